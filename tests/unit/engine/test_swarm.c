/* SPDX-License-Identifier: Apache-2.0 */
/* What a real manager of Docker 20.10.24 answered, and answers that lie. */
#include "test.h"

#include "core/buf.h"
#include "engine/fields.h"
#include "engine/parse.h"
#include "fake_engine.h"

#include <string.h>
#include <time.h>

enum { NOW_S = 1795435200 }; /* 2026-11-23 12:00, the day after the recordings */

struct bench {
    pl_arena *a;
    pl_record *e;
    json_t *docs[16];
    size_t n;
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    b->a = pl_arena_new(64 << 20);
    b->e = pl_record_new(b->a, &pl_kind_engine);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < b->n; i++)
        json_decref(b->docs[i]);
    pl_arena_free(b->a);
    free(b);
    return 0;
}

static json_t *say(struct bench *b, pl_engine_doc kind, const char *text)
{
    json_error_t where;
    json_t *doc = json_loads(text, JSON_ALLOW_NUL, &where);

    assert_non_null(doc);
    b->docs[b->n++] = doc;
    pl_swarm_parse(b->a, kind, doc, (int64_t)NOW_S * 1000000, b->e);
    return doc;
}

static json_t *recorded(struct bench *b, pl_engine_doc kind, const char *name)
{
    size_t n;
    char *text = fixture_text(name, &n);
    json_t *doc = say(b, kind, text);
    free(text);
    return doc;
}

static void manager(struct bench *b)
{
    (void)recorded(b, PL_DOC_INFO, "swarm-info.json");
    (void)recorded(b, PL_DOC_NODES, "swarm-nodes.json");
    (void)recorded(b, PL_DOC_SERVICES, "swarm-services.json");
    (void)recorded(b, PL_DOC_CONFIGS, "swarm-configs.json");
    (void)recorded(b, PL_DOC_TASKS, "swarm-tasks.json");
    (void)recorded(b, PL_DOC_SWARM_STATE, "swarm-docker-state.json");
}

static const pl_value *field(const struct bench *b, int f)
{
    return pl_get(b->e, f);
}

static pl_record *element(const struct bench *b, int f, size_t i)
{
    const pl_value *v = field(b, f);
    assert_int_equal(v->state, PL_PRESENT);
    assert_true(i < v->n);
    return v->u.recs[i];
}

static void assert_text(const pl_record *r, int f, const char *want)
{
    const pl_value *v = pl_get(r, f);
    assert_int_equal(v->state, PL_PRESENT);
    if (!pl_str_eq(v->u.s, pl_str_c(want)))
        fail_msg("%s is %.*s, not %s", r->kind->fields[f].name, PL_F(v->u.s), want);
}

static void a_manager_tells_of_its_swarm(void **state)
{
    struct bench *b = *state;

    manager(b);
    assert_true(field(b, PL_F_ENGINE_SWARM_MANAGER)->u.b);
    assert_true(field(b, PL_F_ENGINE_SWARM_AUTOLOCK)->u.b);
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_CERT_DAYS)->u.i, 90);
    assert_false(field(b, PL_F_ENGINE_SWARM_CA_ROTATING)->u.b);
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_MANAGERS)->u.i, 1);
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_UNREACHABLE)->n, 0);
    assert_true(field(b, PL_F_ENGINE_SWARM_INGRESS_USED)->u.b);
    assert_text(b->e, PL_F_ENGINE_SWARM_LISTEN, "10.99.0.1:2377");
    assert_text(b->e, PL_F_ENGINE_SWARM_ADVERTISE, "10.99.0.1:2377");
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_DATA)->state, PL_ABSENT);
}

static void a_node_has_the_services_whose_tasks_run_on_it_each_once(void **state)
{
    struct bench *b = *state;

    manager(b);
    pl_record *node = element(b, PL_F_ENGINE_SWARM_NODES, 0);
    assert_text(node, PL_F_SWARM_NODE_ROLE, "manager");
    assert_text(node, PL_F_SWARM_NODE_ADDRESS, "10.99.0.1");
    assert_true(pl_get(node, PL_F_SWARM_NODE_REACHABLE)->u.b);
    assert_int_equal(pl_get(node, PL_F_SWARM_NODE_UNCHANGED_DAYS)->u.i, 1);
    const pl_value *services = pl_get(node, PL_F_SWARM_NODE_SERVICES);
    assert_int_equal(services->state, PL_PRESENT);
    assert_int_equal(services->n, 1); /* two tasks of it run */
    assert_true(pl_str_eq(services->u.strs[0], PL_S("web")));
}

static void arguments_are_named_by_the_option_in_front(void **state)
{
    static const struct {
        const char *owner, *name, *value;
    } want[] = {
        {"service web", "A", "b"},
        {"service web", "", "/bin/busybox"},
        {"service web", "", "sleep"},
        {"service web", "token", "abc"},
        {"service web", "password", "def"},
        {"service web", "", "1000"},
        {"config cfg", "cfg", "region = x\n"},
    };
    struct bench *b = *state;

    manager(b);
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_VALUES)->n, PL_COUNT(want));
    for (size_t i = 0; i < PL_COUNT(want); i++) {
        pl_record *r = element(b, PL_F_ENGINE_SWARM_VALUES, i);
        assert_text(r, PL_F_SWARM_VALUE_OWNER, want[i].owner);
        assert_text(r, PL_F_SWARM_VALUE_NAME, want[i].name);
        assert_text(r, PL_F_SWARM_VALUE_VALUE, want[i].value);
    }
}

static void what_a_service_was_before_its_update_counts_too(void **state)
{
    struct bench *b = *state;

    (void)say(b, PL_DOC_SERVICES,
              "[{\"ID\":\"s\",\"Spec\":{\"Name\":\"web\",\"TaskTemplate\":{\"ContainerSpec\":{"
              "\"Secrets\":[{\"SecretName\":\"db\"}]}}},\"PreviousSpec\":{\"Name\":\"web\","
              "\"TaskTemplate\":{\"ContainerSpec\":{\"Env\":[\"K=v=w\"]}}}}]");
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_VALUES)->n, 1);
    pl_record *r = element(b, PL_F_ENGINE_SWARM_VALUES, 0);
    assert_text(r, PL_F_SWARM_VALUE_OWNER, "service web (previous)");
    assert_text(r, PL_F_SWARM_VALUE_VALUE, "v=w");
    pl_record *s = element(b, PL_F_ENGINE_SWARM_SERVICES, 0);
    assert_true(pl_str_eq(pl_get(s, PL_F_SWARM_SERVICE_SECRETS)->u.strs[0], PL_S("db")));
    assert_false(field(b, PL_F_ENGINE_SWARM_INGRESS_USED)->u.b);
}

static pl_str only(const pl_record *r, int f)
{
    const pl_value *v = pl_get(r, f);
    assert_int_equal(v->state, PL_PRESENT);
    assert_int_equal(v->n, 1);
    return v->u.strs[0];
}

static void a_service_says_where_it_may_run_and_what_it_is_for(void **state)
{
    struct bench *b = *state;

    (void)say(
        b, PL_DOC_SERVICES,
        "[{\"Spec\":{\"Name\":\"db\",\"Labels\":{\"function\":\"web\",\"data-class\":\"pan\"},"
        "\"TaskTemplate\":{\"ContainerSpec\":{\"Labels\":{\"function\":\"database\"},"
        "\"Secrets\":[{\"SecretName\":\"key\"}]},"
        "\"Placement\":{\"Constraints\":[\"node.labels.zone == card\"]}}}},"
        "{\"Spec\":{\"Name\":\"free\"}}]");
    pl_record *db = element(b, PL_F_ENGINE_SWARM_SERVICES, 0);
    pl_record *other = element(b, PL_F_ENGINE_SWARM_SERVICES, 1);
    assert_true(
        pl_str_eq(only(db, PL_F_SWARM_SERVICE_CONSTRAINTS), PL_S("node.labels.zone==card")));
    assert_true(pl_str_eq(only(db, PL_F_SWARM_SERVICE_SECRET_USES), PL_S("key:db")));
    assert_text(db, PL_F_SWARM_SERVICE_ZONE, "card");
    assert_text(db, PL_F_SWARM_SERVICE_FUNCTION, "database");
    assert_text(db, PL_F_SWARM_SERVICE_DATA_CLASS, "pan");
    assert_int_equal(pl_get(other, PL_F_SWARM_SERVICE_CONSTRAINTS)->n, 0);
    assert_int_equal(pl_get(other, PL_F_SWARM_SERVICE_ZONE)->state, PL_ABSENT);
    static const char *const loose[] = {"node.labels.zone!=test",
                                        "node.labels.zone==", "node.labels.zone2==card",
                                        "engine.labels.zone==card"};
    for (size_t i = 0; i < PL_COUNT(loose); i++) {
        char text[256];
        (void)snprintf(text, sizeof(text),
                       "[{\"Spec\":{\"Name\":\"a\",\"TaskTemplate\":{\"Placement\":{"
                       "\"Constraints\":[\"%s\"]}}}}]",
                       loose[i]);
        (void)say(b, PL_DOC_SERVICES, text);
        other = element(b, PL_F_ENGINE_SWARM_SERVICES, 0);
        assert_int_equal(pl_get(other, PL_F_SWARM_SERVICE_ZONE)->state, PL_ABSENT);
    }
    assert_int_equal(pl_get(other, PL_F_SWARM_SERVICE_FUNCTION)->state, PL_ABSENT);
    assert_int_equal(pl_get(other, PL_F_SWARM_SERVICE_DATA_CLASS)->state, PL_ABSENT);
}

static void a_secret_is_as_old_as_its_making(void **state)
{
    struct bench *b = *state;
    char made[64], text[512];
    time_t then = NOW_S - 3 * 86400 - 100;
    struct tm t;

    assert_non_null(gmtime_r(&then, &t));
    assert_true(strftime(made, sizeof(made), "%Y-%m-%dT%H:%M:%S.123456789Z", &t) > 0);
    (void)snprintf(
        text, sizeof(text),
        "[{\"CreatedAt\":\"%s\",\"Spec\":{\"Name\":\"db\"}},"
        "{\"CreatedAt\":\"%s\",\"Spec\":{\"Name\":\"v\",\"Driver\":{\"Name\":\"vault\"}}},"
        "{\"CreatedAt\":\"soon\",\"Spec\":{\"Name\":\"odd\"}},"
        "{\"CreatedAt\":\"2199-01-01T00:00:00Z\",\"Spec\":{\"Name\":\"to come\"}}]",
        made, made);
    (void)say(b, PL_DOC_SECRETS, text);
    assert_text(element(b, PL_F_ENGINE_SWARM_SECRETS, 0), PL_F_SWARM_SECRET_NAME, "db");
    assert_int_equal(pl_get(element(b, PL_F_ENGINE_SWARM_SECRETS, 0), PL_F_SWARM_SECRET_AGE)->u.i,
                     3);
    const pl_value *v = pl_get(element(b, PL_F_ENGINE_SWARM_SECRETS, 1), PL_F_SWARM_SECRET_AGE);
    assert_int_equal(v->state, PL_UNREADABLE);
    assert_string_equal(v->reason, "unsupported");
    for (size_t i = 2; i < 4; i++) {
        v = pl_get(element(b, PL_F_ENGINE_SWARM_SECRETS, i), PL_F_SWARM_SECRET_AGE);
        assert_int_equal(v->state, PL_UNREADABLE);
    }
}

static void a_port_of_the_host_is_no_ingress(void **state)
{
    struct bench *b = *state;

    (void)say(
        b, PL_DOC_SERVICES,
        "[{\"Spec\":{\"Name\":\"a\"},\"Endpoint\":{\"Ports\":[{\"PublishMode\":\"host\"}]}}]");
    assert_false(field(b, PL_F_ENGINE_SWARM_INGRESS_USED)->u.b);
    (void)say(
        b, PL_DOC_SERVICES,
        "[{\"Spec\":{\"Name\":\"a\"},\"Endpoint\":{\"Ports\":[{\"PublishMode\":\"host\"},{}]}}]");
    assert_true(field(b, PL_F_ENGINE_SWARM_INGRESS_USED)->u.b);
}

static void a_worker_knows_nothing_of_the_cluster(void **state)
{
    struct bench *b = *state;

    (void)say(b, PL_DOC_INFO,
              "{\"Swarm\":{\"LocalNodeState\":\"active\",\"ControlAvailable\":false}}");
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_MANAGER)->state, PL_PRESENT);
    assert_false(field(b, PL_F_ENGINE_SWARM_MANAGER)->u.b);
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_AUTOLOCK)->state, PL_UNREADABLE);
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_CERT_DAYS)->state, PL_UNREADABLE);
}

static void a_locked_manager_may_not_pass_for_a_worker(void **state)
{
    struct bench *b = *state;

    (void)say(b, PL_DOC_INFO,
              "{\"Swarm\":{\"LocalNodeState\":\"locked\",\"ControlAvailable\":false}}");
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_MANAGER)->state, PL_UNREADABLE);
    assert_string_equal(field(b, PL_F_ENGINE_SWARM_MANAGER)->reason, "swarm-not-active");
}

static void the_life_of_a_certificate_is_rounded_up(void **state)
{
    static const struct {
        const char *ns;
        int64_t days; /* 0: not known */
    } rows[] = {{"86400000000000", 1}, {"86400000000001", 2}, {"1", 1}, {"0", 0}, {"-1", 0},
                {"\"90d\"", 0}};
    struct bench *b = *state;

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf text = {0};
        b->e = pl_record_new(b->a, &pl_kind_engine);
        pl_buf_fmt(&text,
                   "{\"Swarm\":{\"Cluster\":{\"Spec\":{\"CAConfig\":{\"NodeCertExpiry\":%s}}}}}",
                   rows[i].ns);
        pl_buf_ch(&text, '\0');
        (void)say(b, PL_DOC_INFO, text.p);
        const pl_value *v = field(b, PL_F_ENGINE_SWARM_CERT_DAYS);
        assert_int_equal(v->state, rows[i].days ? PL_PRESENT : PL_UNREADABLE);
        if (rows[i].days)
            assert_int_equal(v->u.i, rows[i].days);
    }
}

static void a_manager_without_reachability_leaves_the_list_unknown(void **state)
{
    struct bench *b = *state;

    (void)say(b, PL_DOC_NODES,
              "[{\"Spec\":{\"Role\":\"manager\"},\"Description\":{\"Hostname\":\"m1\"},"
              "\"ManagerStatus\":{\"Reachability\":\"unreachable\"}},"
              "{\"Spec\":{\"Role\":\"worker\"}}]");
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_MANAGERS)->u.i, 1);
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_UNREACHABLE)->n, 1);
    b->e = pl_record_new(b->a, &pl_kind_engine);
    (void)say(b, PL_DOC_NODES, "[{\"Spec\":{\"Role\":\"manager\"}}]");
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_UNREACHABLE)->state, PL_UNREADABLE);
}

static void bytes_of_a_config_are_no_evidence_but_their_digest_is(void **state)
{
    struct bench *b = *state;
    json_t *doc = recorded(b, PL_DOC_CONFIGS, "swarm-configs.json");

    pl_swarm_clean(PL_DOC_CONFIGS, doc);
    json_t *data = json_object_get(json_object_get(json_array_get(doc, 0), "Spec"), "Data");
    assert_int_equal(strncmp(json_string_value(data), "sha256:", 7), 0);
    assert_int_equal(json_string_length(data), 7 + 64);
}

static void a_config_that_is_no_base64_is_not_passed_over(void **state)
{
    struct bench *b = *state;

    (void)say(b, PL_DOC_SERVICES, "[]");
    (void)say(b, PL_DOC_CONFIGS, "[{\"Spec\":{\"Name\":\"c\",\"Data\":\"%%%\"}}]");
    pl_record *r = element(b, PL_F_ENGINE_SWARM_VALUES, 0);
    assert_int_equal(pl_get(r, PL_F_SWARM_VALUE_VALUE)->state, PL_UNREADABLE);
    assert_int_equal(pl_get(r, PL_F_SWARM_VALUE_SECRET)->state, PL_UNREADABLE);
}

static void configs_without_services_are_not_all_of_it(void **state)
{
    struct bench *b = *state;

    (void)recorded(b, PL_DOC_CONFIGS, "swarm-configs.json");
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_VALUES)->state, PL_UNREADABLE);
}

static void too_many_values_are_told_and_not_cut(void **state)
{
    struct bench *b = *state;
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_c(&text, "[{\"Spec\":{\"Name\":\"w\",\"TaskTemplate\":{\"ContainerSpec\":{\"Env\":[");
    for (int i = 0; i < 4097; i++)
        pl_buf_c(&text, i ? ",\"A=b\"" : "\"A=b\"");
    pl_buf_c(&text, "]}}}}]");
    pl_buf_ch(&text, '\0');
    (void)say(b, PL_DOC_SERVICES, text.p);
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_VALUES)->state, PL_UNREADABLE);
    assert_string_equal(field(b, PL_F_ENGINE_SWARM_VALUES)->reason, "limit:elements");
}

static void versions_that_send_clear_text_are_known(void **state)
{
    static const struct {
        const char *version;
        int safe; /* -1: cannot be told */
    } rows[] = {{"20.10.24+dfsg1", 1},
                {"20.10.23", 0},
                {"19.3.15", 0},
                {"20.9.99", 0},
                {"23.0.0", 0},
                {"23.0.2", 0},
                {"23.0.3", 1},
                {"23.1.0", 1},
                {"22.06.0-beta.0", 0},
                {"28.2.2", 1},
                {"dev", -1},
                {"24.0", -1},
                {"", -1}};
    struct bench *b = *state;

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf text = {0};
        b->e = pl_record_new(b->a, &pl_kind_engine);
        pl_buf_fmt(&text, "{\"Version\":\"%s\"}", rows[i].version);
        pl_buf_ch(&text, '\0');
        (void)say(b, PL_DOC_VERSION, text.p);
        const pl_value *v = field(b, PL_F_ENGINE_OVERLAY_SAFE);
        if ((v->state == PL_PRESENT ? v->u.b : -1) != rows[i].safe)
            fail_msg("version %s", rows[i].version);
    }
}

static void networks_of_a_swarm_say_whether_they_are_encrypted(void **state)
{
    struct bench *b = *state;
    size_t n, seen = 0;
    char *text = fixture_text("swarm-networks.json", &n);
    json_t *doc = json_loads(text, 0, NULL);

    b->docs[b->n++] = doc;
    free(text);
    pl_engine_parse(b->a, PL_DOC_NETWORKS, doc, b->e);
    const pl_value *nets = field(b, PL_F_ENGINE_NETWORKS);
    for (size_t i = 0; i < nets->n; i++) {
        const pl_record *r = nets->u.recs[i];
        bool is_own = pl_str_eq(pl_get(r, PL_F_NETWORK_NAME)->u.s, PL_S("ov"));
        bool is_ingress = pl_get(r, PL_F_NETWORK_INGRESS)->u.b;
        assert_int_equal(pl_get(r, PL_F_NETWORK_ENCRYPTED)->u.b, is_own);
        if (is_own || is_ingress)
            assert_text(r, PL_F_NETWORK_SCOPE, "swarm");
        seen += is_own + is_ingress;
    }
    assert_int_equal(seen, 2);
}

static void every_address_has_one_spelling(void **state)
{
    static const struct {
        const char *typed, *want;
    } rows[] = {{"[0::0]:2377", "[::]:2377"},    {"[::ffff:0.0.0.0]:4242", "[::]:4242"},
                {"[::]:2377", "[::]:2377"},      {"[fd00::1]:2377", "[fd00::1]:2377"},
                {"[::1]:2377", "[::1]:2377"},    {"[", "["},
                {"0.0.0.0:2377", "0.0.0.0:2377"}};
    struct bench *b = *state;

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&text, "{\"ListenAddr\":\"%s\"}", rows[i].typed);
        pl_buf_ch(&text, '\0');
        (void)say(b, PL_DOC_SWARM_STATE, text.p);
        assert_text(b->e, PL_F_ENGINE_SWARM_LISTEN, rows[i].want);
    }
}

static void overlay_traffic_has_its_own_port_or_the_usual_one(void **state)
{
    static const struct {
        const char *cluster;
        int64_t port; /* 0: not known */
    } rows[] = {{"{\"DataPathPort\":7777}", 7777},
                {"{\"DataPathPort\":0}", 4789},
                {"{}", 4789},
                {"{\"DataPathPort\":\"x\"}", 0},
                {"null", 0}};
    struct bench *b = *state;

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf text = {0};
        b->e = pl_record_new(b->a, &pl_kind_engine);
        pl_buf_fmt(&text, "{\"Swarm\":{\"LocalNodeState\":\"active\",\"Cluster\":%s}}",
                   rows[i].cluster);
        pl_buf_ch(&text, '\0');
        (void)say(b, PL_DOC_INFO, text.p);
        const pl_value *v = field(b, PL_F_ENGINE_SWARM_DATA_PORT);
        assert_int_equal(v->state == PL_PRESENT ? v->u.i : 0, rows[i].port);
    }
}

/* What is no list is not an empty one. */
static void an_answer_of_another_kind_leaves_its_facts_unknown(void **state)
{
    struct bench *b = *state;

    (void)say(b, PL_DOC_SERVICES, "{\"message\":\"no\"}");
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_VALUES)->state, PL_UNREADABLE);
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_INGRESS_USED)->state, PL_UNREADABLE);
    (void)say(b, PL_DOC_SERVICES, "[]");
    (void)say(b, PL_DOC_CONFIGS, "{\"message\":\"no\"}");
    assert_int_equal(field(b, PL_F_ENGINE_SWARM_VALUES)->state, PL_UNREADABLE);
    (void)recorded(b, PL_DOC_NODES, "swarm-nodes.json");
    (void)say(b, PL_DOC_TASKS, "{\"message\":\"no\"}");
    const pl_value *v = pl_get(element(b, PL_F_ENGINE_SWARM_NODES, 0), PL_F_SWARM_NODE_SERVICES);
    assert_int_equal(v->state, PL_UNREADABLE);
}

static void more_tasks_than_may_be_leave_the_services_unknown(void **state)
{
    struct bench *b = *state;
    PL_AUTO_BUF pl_buf text = {0};

    (void)recorded(b, PL_DOC_NODES, "swarm-nodes.json");
    pl_buf_ch(&text, '[');
    for (int i = 0; i < 4097; i++)
        pl_buf_c(&text, i ? ",{}" : "{}");
    pl_buf_c(&text, "]");
    pl_buf_ch(&text, '\0');
    (void)say(b, PL_DOC_TASKS, text.p);
    const pl_value *v = pl_get(element(b, PL_F_ENGINE_SWARM_NODES, 0), PL_F_SWARM_NODE_SERVICES);
    assert_int_equal(v->state, PL_UNREADABLE);
    assert_string_equal(v->reason, "limit:elements");
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_manager_tells_of_its_swarm),
        T(a_node_has_the_services_whose_tasks_run_on_it_each_once),
        T(arguments_are_named_by_the_option_in_front),
        T(what_a_service_was_before_its_update_counts_too),
        T(a_service_says_where_it_may_run_and_what_it_is_for),
        T(a_secret_is_as_old_as_its_making),
        T(a_port_of_the_host_is_no_ingress),
        T(a_worker_knows_nothing_of_the_cluster),
        T(a_locked_manager_may_not_pass_for_a_worker),
        T(the_life_of_a_certificate_is_rounded_up),
        T(a_manager_without_reachability_leaves_the_list_unknown),
        T(bytes_of_a_config_are_no_evidence_but_their_digest_is),
        T(a_config_that_is_no_base64_is_not_passed_over),
        T(configs_without_services_are_not_all_of_it),
        T(too_many_values_are_told_and_not_cut),
        T(versions_that_send_clear_text_are_known),
        T(networks_of_a_swarm_say_whether_they_are_encrypted),
        T(every_address_has_one_spelling),
        T(overlay_traffic_has_its_own_port_or_the_usual_one),
        T(an_answer_of_another_kind_leaves_its_facts_unknown),
        T(more_tasks_than_may_be_leave_the_services_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
