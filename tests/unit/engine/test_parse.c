/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded documents of Docker 20.10.24 and Podman 4.3.1, and documents that lie. */
#include "test.h"

#include "core/buf.h"
#include "engine/caps.h"
#include "engine/fields.h"
#include "engine/made_by.h"
#include "engine/parse.h"
#include "engine/reference.h"
#include "engine/service.h"
#include "fake_engine.h"

#include <string.h>

struct bench {
    pl_arena *a;
    json_t *doc;
    pl_record *r;
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    b->a = pl_arena_new(64 << 20);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    json_decref(b->doc);
    pl_arena_free(b->a);
    free(b);
    return 0;
}

enum { NOW_S = 1795267000 }; /* within an hour of the recordings */

static bool parse_text(struct bench *b, const char *text, size_t n)
{
    json_error_t where;
    json_decref(b->doc);
    b->doc = json_loadb(text, n, JSON_ALLOW_NUL, &where);
    b->r = pl_record_new(b->a, &pl_kind_container);
    return pl_container_parse(b->a, b->doc, (int64_t)NOW_S * 1000000, b->r);
}

static void parse_file(struct bench *b, const char *name)
{
    size_t n;
    char *text = fixture_text(name, &n);
    if (!parse_text(b, text, n))
        fail_msg("%s is not an inspect document", name);
    free(text);
}

/* The recorded document with one member set: path as in json_rows.h, value as JSON. */
static bool parse_changed(struct bench *b, const char *name, const char *path, const char *value)
{
    size_t n;
    char *text = fixture_text(name, &n);
    json_t *doc = json_loadb(text, n, 0, NULL);
    char copy[256];
    json_t *at = doc;

    free(text);
    (void)snprintf(copy, sizeof(copy), "%s", path);
    char *key = copy;
    for (char *slash; (slash = strchr(key, '/')); key = slash + 1) {
        *slash = '\0';
        at = json_object_get(at, key);
    }
    if (value)
        json_object_set_new(at, key, json_loads(value, JSON_DECODE_ANY, NULL));
    else
        json_object_del(at, key);
    char *changed = json_dumps(doc, 0);
    json_decref(doc);
    bool ok = parse_text(b, changed, strlen(changed));
    free(changed);
    return ok;
}

static void says(const struct bench *b, const char *field, const char *want)
{
    PL_AUTO_BUF pl_buf out = {0};
    int i = pl_kind_field(b->r->kind, pl_str_c(field));

    assert_true(i >= 0);
    pl_value_print(&b->r->kind->fields[i], &b->r->v[i], &out);
    if (!pl_str_eq(pl_buf_view(&out), pl_str_c(want)))
        fail_msg("%s is \"%.*s\", want \"%s\"", field, PL_F(pl_buf_view(&out)), want);
}

static void a_hardened_container_reads_as_it_was_started(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *field, *want;
    } rows[] = {
        {"container.name", "good"},
        {"container.image.repository", "busy"},
        {"container.image.tag", "1"},
        {"container.state", "running"},
        {"container.running", "true"},
        {"container.privileged", "false"},
        {"container.readonly_rootfs", "true"},
        {"container.declared_uid", "10001"},
        {"container.cap_add", "[]"},
        {"container.cap_drop", "[ALL]"},
        {"container.memory_limit", "67108864"},
        {"container.nano_cpus", "500000000"},
        {"container.pids_limit", "50"},
        {"container.restart_policy", "on-failure"},
        {"container.restart_max", "3"},
        {"container.no_new_privileges", "true"},
        {"container.security_opt", "[no-new-privileges=true]"},
        {"container.seccomp", "default"},
        {"container.ports", "[127.0.0.1:8080/tcp]"},
        {"container.tmpfs", "[/tmp]"},
        {"container.health", "healthy"},
        {"container.log_driver", "json-file"},
        {"container.age_days", "0"},
        {"container.orchestrator", "absent"},
    };
    parse_file(b, "container-good.json");
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        says(b, rows[i].field, rows[i].want);
}

static void a_container_of_a_bad_day_hides_nothing(void **state)
{
    struct bench *b = *state;
    parse_file(b, "container-bad.json");
    says(b, "container.privileged", "true");
    says(b, "container.network_mode", "host");
    says(b, "container.pid_mode", "host");
    says(b, "container.security_opt", "[label=disable]");
    says(b, "container.masked_paths", "absent"); /* null: privileged */
    says(b, "container.running", "false");
    says(b, "container.declared_uid", "0");
    says(b, "container.mounts", "[/var/run/docker.sock, /h]");
    says(b, "container.env", "[AWS_SECRET_ACCESS_KEY, PATH]");
    says(b, "container.restart_policy", "no");
}

static void a_container_that_never_ran_has_no_times_of_a_run(void **state)
{
    struct bench *b = *state;
    parse_file(b, "container-never.json");
    says(b, "container.state", "created");
    says(b, "container.start_ts", "absent");
    says(b, "container.finished", "absent");
    says(b, "container.pid", "absent");
    says(b, "container.apparmor_profile", "absent");
}

/* A restart renews StartedAt. */
static void a_restart_makes_no_container_young(void **state)
{
    struct bench *b = *state;
    assert_true(parse_changed(b, "container-good.json", "Created", "\"2026-09-22T13:00:00Z\""));
    says(b, "container.age_days", "60");
    assert_true(
        parse_changed(b, "container-good.json", "State/StartedAt", "\"2026-09-22T13:00:00Z\""));
    says(b, "container.age_days", "0");
}

static void podman_says_the_same_in_its_own_words(void **state)
{
    struct bench *b = *state;
    parse_file(b, "podman-container.json");
    says(b, "container.name", "pod1");
    says(b, "container.image.repository", "localhost/busy");
    says(b, "container.ulimits", "[nofile, nproc]"); /* RLIMIT_NOFILE, RLIMIT_NPROC */
    says(b, "container.declared_uid", "10001");
    says(b, "container.restart_policy", "no");
    says(b, "container.masked_paths", "absent");
}

static void a_document_without_its_parts_is_no_container(void **state)
{
    struct bench *b = *state;
    static const char *const parts[] = {"HostConfig", "Config", "State", "NetworkSettings",
                                        "Mounts"};
    assert_false(parse_text(b, "{}", 2));
    assert_false(parse_text(b, "[]", 2));
    for (size_t i = 0; i < PL_COUNT(parts); i++) {
        assert_false(parse_changed(b, "container-good.json", parts[i], NULL));
        assert_false(parse_changed(b, "container-good.json", parts[i], "7"));
    }
}

/* A value that is missing or of another type can never make a check pass. */
static void a_value_of_the_wrong_type_is_unreadable(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *path, *value, *field;
    } rows[] = {
        {"HostConfig/Privileged", NULL, "container.privileged"},
        {"HostConfig/Privileged", "\"false\"", "container.privileged"},
        {"HostConfig/Privileged", "0", "container.privileged"},
        {"HostConfig/ReadonlyRootfs", "1", "container.readonly_rootfs"},
        {"HostConfig/Memory", "\"much\"", "container.memory_limit"},
        {"HostConfig/CapAdd", "\"ALL\"", "container.cap_add"},
        {"HostConfig/CapDrop", "{}", "container.cap_drop"},
        {"HostConfig/MaskedPaths", "\"/proc\"", "container.masked_paths"},
        {"HostConfig/MaskedPaths", "[1]", "container.masked_paths"},
        {"State/Running", "\"yes\"", "container.running"},
        {"Config/Env", "\"A=1\"", "container.env"},
        {"HostConfig/GroupAdd", "7", "container.group_add"},
        {"HostConfig/RestartPolicy", "null", "container.restart_policy"},
        {"Created", "\"yesterday\"", "container.created"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        assert_true(parse_changed(b, "container-good.json", rows[i].path, rows[i].value));
        says(b, rows[i].field, "unreadable (unreadable)");
    }
}

static void users_are_numbers_or_not_known(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *user, *uid;
    } rows[] = {
        {"\"\"", "0"},
        {"\"root\"", "0"},
        {"\"0:0\"", "0"},
        {"\"00\"", "0"},
        {"\"10\"", "10"},
        {"\"10:0\"", "10"},
        {"null", "0"},
        {"\"app\"", "unreadable (not-observed)"},
        {"\"-1\"", "unreadable (not-observed)"},
        {"\"4294967296\"", "unreadable (not-observed)"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        assert_true(parse_changed(b, "container-good.json", "Config/User", rows[i].user));
        says(b, "container.declared_uid", rows[i].uid);
    }
}

static void capabilities_are_read_in_any_spelling(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *json, *want;
    } rows[] = {
        {"[\"sys_admin\", \"CAP_NET_RAW\"]", "[CAP_SYS_ADMIN, CAP_NET_RAW]"},
        {"[\"all\"]", "[ALL]"},
        {"[\"CAP_ALL\"]", "[ALL]"},
        {"null", "[]"},
        {"[\"made_up\"]", "[CAP_MADE_UP]"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        assert_true(parse_changed(b, "container-good.json", "HostConfig/CapDrop", rows[i].json));
        says(b, "container.cap_drop", rows[i].want);
    }
    assert_true(parse_changed(b, "container-good.json", "HostConfig/CapAdd", "[\"ALL\"]"));
    assert_int_equal(pl_get(b->r, PL_F_CONTAINER_CAP_ADD)->n, 41);
}

static void security_options_have_one_form(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *json, *field, *want;
    } rows[] = {
        {"[\"label:disable\"]", "container.security_opt", "[label=disable]"},
        {"[\"label:type:spc_t\"]", "container.security_opt", "[label=type:spc_t]"},
        {"[\"no-new-privileges:false\"]", "container.no_new_privileges", "false"},
        {"[\"no-new-privileges\"]", "container.no_new_privileges", "true"},
        {"[\"seccomp=unconfined\"]", "container.seccomp", "unconfined"},
        {"[\"seccomp:unconfined\"]", "container.seccomp", "unconfined"},
        {"[\"seccomp=builtin\"]", "container.seccomp", "default"},
        {"[\"seccomp={\\\"defaultAction\\\":\\\"SCMP_ACT_ALLOW\\\"}\"]",
         "container.seccomp_default_action", "SCMP_ACT_ALLOW"},
        {"[\"seccomp={\\\"defaultAction\\\":\\\"SCMP_ACT_ALLOW\\\"}\"]", "container.seccomp",
         "custom"},
        {"[\"seccomp={broken\"]", "container.seccomp_default_action", "unreadable (unreadable)"},
        {"[\"seccomp=/etc/profile.json\"]", "container.seccomp_digest", "unreadable (unreadable)"},
        {"null", "container.no_new_privileges", "absent"},
        {"[\"systempaths=unconfined\"]", "container.security_opt", "[systempaths=unconfined]"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        assert_true(
            parse_changed(b, "container-good.json", "HostConfig/SecurityOpt", rows[i].json));
        says(b, rows[i].field, rows[i].want);
    }
}

/* The digest is what sha256sum says of the profile's text. */
static void an_inline_profile_is_known_by_its_digest(void **state)
{
    struct bench *b = *state;
    assert_true(parse_changed(b, "container-good.json", "HostConfig/SecurityOpt",
                              "[\"seccomp={\\\"defaultAction\\\":\\\"SCMP_ACT_ERRNO\\\"}\"]"));
    says(b, "container.seccomp_digest",
         "sha256:4b9a142931f026292d45914eab52edec8271378769fd2e886eab9d476457b755");
}

static void ports_come_from_where_they_are_true(void **state)
{
    struct bench *b = *state;
    parse_file(b, "container-plain.json"); /* running: NetworkSettings, both families */
    says(b, "container.ports", "[0.0.0.0:81/tcp, [::]:81/tcp]");
    assert_true(parse_changed(b, "container-never.json", "HostConfig/PortBindings",
                              "{\"53/udp\":[{\"HostIp\":\"\",\"HostPort\":\"\"},"
                              "{\"HostIp\":\"10.0.0.5\",\"HostPort\":\"5353\"}],\"80/tcp\":null}"));
    says(b, "container.ports", "[:*->53/udp, 10.0.0.5:5353/udp]");
    const pl_record *p = pl_get(b->r, PL_F_CONTAINER_PORTS)->u.recs[0];
    assert_int_equal(pl_get(p, PL_F_PORT_HOST_PORT)->state, PL_ABSENT);
    assert_int_equal(pl_get(p, PL_F_PORT_CONTAINER_PORT)->u.i, 53);
}

/* A number that the engine chose is another one after each start, and no sign of another setting.
 */
static void a_port_that_the_engine_chose_is_told_without_its_number(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *asked, *want;
    } rows[] = {
        {"{}", "[0.0.0.0:*->81/tcp, [::]:*->81/tcp]"}, /* -P */
        {"{\"81/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"\"}]}",
         "[0.0.0.0:*->81/tcp, [::]:*->81/tcp]"},
        {"{\"81/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"0\"}]}",
         "[0.0.0.0:*->81/tcp, [::]:*->81/tcp]"},
        {"{\"81/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"80-90\"}]}",
         "[0.0.0.0:*->81/tcp, [::]:*->81/tcp]"},
        {"{\"81/udp\":[{\"HostIp\":\"\",\"HostPort\":\"81\"}]}",
         "[0.0.0.0:*->81/tcp, [::]:*->81/tcp]"},
        {"{\"81/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"81\"}]}", "[0.0.0.0:81/tcp, [::]:81/tcp]"},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        assert_true(
            parse_changed(b, "container-plain.json", "HostConfig/PortBindings", rows[i].asked));
        says(b, "container.ports", rows[i].want);
        const pl_record *p = pl_get(b->r, PL_F_CONTAINER_PORTS)->u.recs[0];
        assert_int_equal(pl_get(p, PL_F_PORT_HOST_PORT)->u.i, 81);
    }
}

static void an_exec_option_opens_a_temporary_file_system(void **state)
{
    struct bench *b = *state;
    assert_true(parse_changed(b, "container-never.json", "HostConfig/Tmpfs",
                              "{\"/a\":\"rw,exec\",\"/b\":\"\",\"/c\":\"noexec,suid,dev\"}"));
    static const bool want[3][3] = {{false, true, true}, {true, true, true}, {true, false, false}};
    const pl_value *list = pl_get(b->r, PL_F_CONTAINER_TMPFS);
    assert_int_equal(list->n, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(list->u.recs[i]->v[PL_F_TMPFS_NOEXEC].u.b, want[i][0]);
        assert_int_equal(list->u.recs[i]->v[PL_F_TMPFS_NOSUID].u.b, want[i][1]);
        assert_int_equal(list->u.recs[i]->v[PL_F_TMPFS_NODEV].u.b, want[i][2]);
    }
}

static void hostile_text_is_only_text(void **state)
{
    struct bench *b = *state;
    PL_AUTO_BUF pl_buf value = {0};

    pl_buf_c(&value, "{\"</script>\":\"");
    for (size_t i = 0; i < 1 << 20; i++)
        pl_buf_ch(&value, 'x');
    pl_buf_c(&value, "\",\"a\\nb\":\"\\u001b[2J\\u202e\\u0000=cmd|\"}");
    pl_buf_ch(&value, '\0');
    size_t n;
    char *text = fixture_text("container-good.json", &n);
    json_t *doc = json_loadb(text, n, 0, NULL);
    json_object_set_new(json_object_get(doc, "Config"), "Labels",
                        json_loads(value.p, JSON_ALLOW_NUL, NULL));
    json_object_set_new(doc, "Name", json_string("/</script>\x1b[31m\n"));
    char *changed = json_dumps(doc, 0);
    json_decref(doc);
    free(text);
    assert_true(parse_text(b, changed, strlen(changed)));
    free(changed);
    const pl_value *labels = pl_get(b->r, PL_F_CONTAINER_LABEL);
    assert_int_equal(labels->n, 2);
    assert_int_equal(labels->u.recs[0]->v[PL_F_LABEL_VALUE].u.s.n, 1 << 20);
    assert_int_equal(labels->u.recs[1]->v[PL_F_LABEL_VALUE].u.s.n, 13);
    says(b, "container.name", "</script>\x1b[31m\n");
}

static void a_list_above_its_limit_is_not_read(void **state)
{
    struct bench *b = *state;
    PL_AUTO_BUF pl_buf list = {0};

    pl_buf_ch(&list, '[');
    for (int i = 0; i < 4097; i++)
        pl_buf_fmt(&list, "%s\"A=1\"", i ? "," : "");
    pl_buf_add(&list, "]", 2);
    assert_true(parse_changed(b, "container-good.json", "Config/Env", list.p));
    says(b, "container.env", "unreadable (limit:elements)");
    assert_true(parse_changed(b, "container-good.json", "HostConfig/DeviceCgroupRules", list.p));
    says(b, "container.devices", "unreadable (limit:elements)");
}

static void references_are_cut_where_they_should(void **state)
{
    (void)state;
    static const struct {
        const char *in, *repository, *tag, *digest;
    } rows[] = {
        {"busy:1", "busy", "1", ""},
        {"busy", "busy", "", ""},
        {"127.0.0.1:5000/team/busy", "127.0.0.1:5000/team/busy", "", ""},
        {"127.0.0.1:5000/team/busy:2@sha256:aa", "127.0.0.1:5000/team/busy", "2", "sha256:aa"},
        {"r/x@sha256:aa", "r/x", "", "sha256:aa"},
        {"sha256:aa", "", "", "sha256:aa"},
        {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "", "",
         "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
        {"", "", "", ""},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_image_name n = pl_image_name_of(pl_str_c(rows[i].in));
        if (!pl_str_eq(n.repository, pl_str_c(rows[i].repository)) ||
            !pl_str_eq(n.tag, pl_str_c(rows[i].tag)) ||
            !pl_str_eq(n.digest, pl_str_c(rows[i].digest)))
            fail_msg("%s gives %.*s %.*s %.*s", rows[i].in, PL_F(n.repository), PL_F(n.tag),
                     PL_F(n.digest));
    }
}

static void a_reference_comes_from_the_registry_that_it_leaves_out(void **state)
{
    static const char *const rows[][2] = {
        {"nginx", "docker.io/library/nginx"},
        {"team/nginx", "docker.io/team/nginx"},
        {"docker.io/nginx", "docker.io/library/nginx"},
        {"index.docker.io/team/nginx", "docker.io/team/nginx"},
        {"docker.io/library/nginx", "docker.io/library/nginx"},
        {"registry.example/web", "registry.example/web"},
        {"registry.example/a/b", "registry.example/a/b"},
        {"localhost/web", "localhost/web"},
        {"REGISTRY/web", "REGISTRY/web"},
        {"localhost:5000/web", "localhost:5000/web"},
        {"host:5000/web", "host:5000/web"},
        {"localhost", "docker.io/library/localhost"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf origin = {0};
        pl_image_origin(pl_str_c(rows[i][0]), &origin);
        if (!pl_str_eq(pl_buf_view(&origin), pl_str_c(rows[i][1])))
            fail_msg("%s comes from %.*s", rows[i][0], PL_F(pl_buf_view(&origin)));
    }
}

static void copies_of_a_service_have_one_class(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *labels, *name, *orchestrator, *service;
    } rows[] = {
        {"{}", "web", "", "web"},
        {"{}", "web-1", "", "web"},
        {"{}", "web_12", "", "web"},
        {"{}", "web-2024x", "", "web-2024x"},
        {"{}", "7", "", "7"},
        {"{\"com.docker.compose.project\":\"shop\",\"com.docker.compose.service\":\"web\"}",
         "shop-web-3", "compose", "compose:shop/web"},
        {"{\"com.docker.swarm.service.id\":\"abc\"}", "web.1.xyz", "swarm", "swarm:abc"},
        {"{\"com.amazonaws.ecs.task-definition-family\":\"f\","
         "\"com.amazonaws.ecs.container-name\":\"c\"}",
         "x", "ecs", "ecs:f/c"},
        {"{\"io.kubernetes.pod.name\":\"web-7d4b9c6f5d-x2xkq\",\"io.kubernetes.pod.namespace\":"
         "\"prod\",\"io.kubernetes.container.name\":\"app\"}",
         "k8s_x", "kubernetes", "kubernetes:prod/web/app"},
        {"{\"io.kubernetes.pod.name\":\"db-0\",\"io.kubernetes.pod.namespace\":\"prod\","
         "\"io.kubernetes.container.name\":\"app\"}",
         "k8s_x", "kubernetes", "kubernetes:prod/db/app"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        json_t *labels = json_loads(rows[i].labels, 0, NULL);
        pl_service s = pl_service_of(b->a, labels, pl_str_c(rows[i].name));
        if (!pl_str_eq(s.name, pl_str_c(rows[i].service)) ||
            !pl_str_eq(s.orchestrator, pl_str_c(rows[i].orchestrator)))
            fail_msg("%s gives %.*s %.*s", rows[i].name, PL_F(s.orchestrator), PL_F(s.name));
        json_decref(labels);
    }
}

#define UID "0f0e0d0c-1111-2222-3333-444455556666"
#define POD "{\"io.kubernetes.pod.name\":\"web-0\",\"io.kubernetes.pod.uid\":\"" UID "\"}"

/* An image may bring any label; it chooses neither the name nor the cgroup. */
static void an_orchestrator_is_believed_by_the_name_that_it_gives(void **state)
{
    static const struct {
        const char *orchestrator, *labels, *name;
        bool is_made;
    } rows[] = {
        {"kubernetes", POD, "k8s_app_web-0_shop_" UID "_0", true},
        {"kubernetes", POD, "web", false},
        {"kubernetes", POD, "k8s_app_web-0_shop_other_0", false},
        {"kubernetes", POD, "app_" UID "_0", false},
        {"kubernetes", "{\"io.kubernetes.pod.name\":\"web-0\"}", "k8s_app_web-0_shop__0", false},
        {"swarm", "{\"com.docker.swarm.task.id\":\"abc\"}", "web.1.abc", true},
        {"swarm", "{\"com.docker.swarm.task.id\":\"abc\"}", "web.1abc", false},
        {"swarm", "{\"com.docker.swarm.task.id\":\"abc\"}", "abc", false},
        {"swarm", "{}", "web.1.abc", false},
        {"ecs", "{\"com.amazonaws.ecs.task-definition-family\":\"f\"}", "ecs-f-1-c-aa", true},
        {"ecs", "{\"com.amazonaws.ecs.task-definition-family\":\"f\"}", "ecs-fg-1-c-aa", false},
        {"ecs", "{\"com.amazonaws.ecs.task-definition-family\":\"f\"}", "f-1", false},
        {"nomad", "{\"com.hashicorp.nomad.alloc_id\":\"9a-b\"}", "web-9a-b", true},
        {"nomad", "{\"com.hashicorp.nomad.alloc_id\":\"9a-b\"}", "web", false},
        {"compose", "{}", "anything", true},
    };

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        json_t *labels = json_loads(rows[i].labels, 0, NULL);
        if (pl_is_made_by(pl_str_c(rows[i].orchestrator), labels, pl_str_c(rows[i].name)) !=
            rows[i].is_made)
            fail_msg("row %zu: %s by the name %s", i, rows[i].orchestrator, rows[i].name);
        json_decref(labels);
    }
}

static void a_pod_has_the_folder_of_its_cgroup(void **state)
{
    struct bench *b = *state;
    static const char folder[] = "/var/lib/kubelet/pods/" UID "/";
    static const struct {
        const char *labels, *cgroup, *folder;
    } rows[] = {
        {POD, "/kubepods/burstable/pod" UID, folder},
        {POD, "kubepods-besteffort-pod0f0e0d0c_1111_2222_3333_444455556666.slice", folder},
        {"{}", "kubepods-pod0f0e0d0c_1111_2222_3333_444455556666.slice:cri-containerd:ab", folder},
        {"{\"io.kubernetes.cri.sandbox-uid\":\"" UID "\"}", "/x/kubepods/pod" UID "/ab", folder},
        {"{}", "/kubepods/pod0123456789abcdef0123456789abcdef",
         "/var/lib/kubelet/pods/0123456789abcdef0123456789abcdef/"},
        {"{\"io.kubernetes.pod.uid\":\"other\"}", "/kubepods/pod" UID, ""},
        {POD, "/docker/pod" UID, ""},
        {POD, "/kubepods/pod" UID "0", ""},
        {POD, "/kubepods/podx", ""},
        {POD, "/kubepods/pod", ""},
        {POD, "/kubepods/pod..", ""},
        {POD, "", ""},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        json_t *labels = json_loads(rows[i].labels, 0, NULL);
        pl_str got = pl_pod_folder(b->a, labels, pl_str_c(rows[i].cgroup));
        if (!pl_str_eq(got, pl_str_c(rows[i].folder)))
            fail_msg("row %zu: %s gives \"%.*s\"", i, rows[i].cgroup, PL_F(got));
        json_decref(labels);
    }
}

static void labels_of_an_image_make_no_pod(void **state)
{
    struct bench *b = *state;

    assert_true(parse_changed(b, "container-good.json", "Config/Labels", POD));
    says(b, "container.orchestrator", "absent");
    says(b, "container.pod_folder", "absent");
    says(b, "k8s.pod.name", "web-0"); /* a claim, told as one */
}

/* What Mesos and Marathon write into the environment of a task (Docker containerizer). */
static void a_task_of_marathon_is_known_by_its_environment(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *env, *orchestrator, *service, *task;
    } rows[] = {
        {"[\"MESOS_TASK_ID=shop_web.1f\",\"MARATHON_APP_ID=/shop/web\"]", "marathon",
         "marathon:/shop/web", "shop_web.1f"},
        {"[\"MESOS_TASK_ID=ct:1\"]", "absent", "good", "ct:1"},
        {"[\"MARATHON_APP_ID=/shop/web\"]", "absent", "good", "absent"},
        {"[\"MESOS_TASK_ID=\",\"MARATHON_APP_ID=\"]", "absent", "good", "absent"},
        {"[\"MESOS_TASK_IDS=a\",\"MARATHON_APP_IDX=/b\"]", "absent", "good", "absent"},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        assert_true(parse_changed(b, "container-good.json", "Config/Env", rows[i].env));
        says(b, "container.orchestrator", rows[i].orchestrator);
        says(b, "container.service", rows[i].service);
        says(b, "container.task", rows[i].task);
    }
}

static pl_record *engine_of(struct bench *b, pl_engine_doc kind, const char *file)
{
    size_t n;
    char *text = fixture_text(file, &n);
    json_decref(b->doc);
    b->doc = json_loadb(text, n, 0, NULL);
    free(text);
    if (!b->r || b->r->kind != &pl_kind_engine)
        b->r = pl_record_new(b->a, &pl_kind_engine);
    pl_engine_parse(b->a, kind, b->doc, b->r);
    return b->r;
}

static void an_engine_reads_from_its_documents(void **state)
{
    struct bench *b = *state;
    engine_of(b, PL_DOC_INFO, "info.json");
    says(b, "engine.storage_driver", "overlay2");
    says(b, "engine.rootless", "false");
    says(b, "engine.seccomp_profile", "default");
    says(b, "engine.cgroup_version", "1");         /* a string in the document */
    says(b, "engine.insecure_registries", "[]");   /* 127.0.0.0/8 is built in */
    says(b, "engine.authorization_plugins", "[]"); /* null */
    says(b, "engine.runtimes", "[io.containerd.runc.v2, io.containerd.runtime.v1.linux, runc]");
    engine_of(b, PL_DOC_VERSION, "version.json");
    says(b, "engine.type", "docker");
    says(b, "engine.experimental", "false");
    engine_of(b, PL_DOC_NETWORKS, "networks.json");
    says(b, "engine.bridge_icc", "true");
    says(b, "engine.default_bind", "0.0.0.0");
    engine_of(b, PL_DOC_VOLUMES, "volumes.json");
    says(b, "engine.volumes", "[hidden, plainvol]");
    const pl_record *hidden = pl_get(b->r, PL_F_ENGINE_VOLUMES)->u.recs[0];
    assert_str(pl_get(hidden, PL_F_ENGINE_VOLUME_HOST_PATH)->u.s, "/etc");
}

static void podman_is_told_from_docker(void **state)
{
    struct bench *b = *state;
    engine_of(b, PL_DOC_VERSION, "podman-version.json");
    says(b, "engine.type", "podman");
}

static void an_empty_answer_says_nothing_about_an_engine(void **state)
{
    struct bench *b = *state;
    static const pl_engine_doc kinds[] = {PL_DOC_INFO,    PL_DOC_NETWORKS, PL_DOC_VOLUMES,
                                          PL_DOC_PLUGINS, PL_DOC_IMAGES,   PL_DOC_CONTAINERS};
    static const char *const fields[] = {
        "engine.rootless",   "engine.security_options", "engine.insecure_registries",
        "engine.mirrors",    "engine.runtimes",         "engine.live_restore",
        "engine.plugins",    "engine.images",           "engine.container_ids",
        "engine.bridge_icc", "engine.log_driver",       "engine.authorization_plugins",
    };
    b->doc = json_loads("\"x\"", JSON_DECODE_ANY, NULL);
    b->r = pl_record_new(b->a, &pl_kind_engine);
    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        pl_engine_parse(b->a, kinds[i], b->doc, b->r);
    for (size_t i = 0; i < PL_COUNT(fields); i++)
        says(b, fields[i], "unreadable (unreadable)");
}

static void capability_names_and_bits_agree(void **state)
{
    (void)state;
    unsigned bit = 0;
    assert_true(pl_cap_bit(PL_S("CAP_SYS_ADMIN"), &bit));
    assert_int_equal(bit, 21);
    assert_true(pl_cap_bit(PL_S("CAP_CHECKPOINT_RESTORE"), &bit));
    assert_int_equal(bit, 40);
    assert_false(pl_cap_bit(PL_S("CAP_NOTHING"), &bit));
    assert_int_equal(pl_cap_defaults_docker(), 0xa80425fb); /* CapBnd of an untouched container */
    assert_int_equal(pl_cap_all(), 0x1ffffffffff);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_hardened_container_reads_as_it_was_started),
        T(a_container_of_a_bad_day_hides_nothing),
        T(a_container_that_never_ran_has_no_times_of_a_run),
        T(a_restart_makes_no_container_young),
        T(podman_says_the_same_in_its_own_words),
        T(a_document_without_its_parts_is_no_container),
        T(a_value_of_the_wrong_type_is_unreadable),
        T(users_are_numbers_or_not_known),
        T(capabilities_are_read_in_any_spelling),
        T(security_options_have_one_form),
        T(an_inline_profile_is_known_by_its_digest),
        T(ports_come_from_where_they_are_true),
        T(a_port_that_the_engine_chose_is_told_without_its_number),
        T(an_exec_option_opens_a_temporary_file_system),
        T(hostile_text_is_only_text),
        T(a_list_above_its_limit_is_not_read),
        T(references_are_cut_where_they_should),
        T(a_reference_comes_from_the_registry_that_it_leaves_out),
        T(copies_of_a_service_have_one_class),
        T(an_orchestrator_is_believed_by_the_name_that_it_gives),
        T(a_pod_has_the_folder_of_its_cgroup),
        T(labels_of_an_image_make_no_pod),
        T(a_task_of_marathon_is_known_by_its_environment),
        T(an_engine_reads_from_its_documents),
        T(podman_is_told_from_docker),
        T(an_empty_answer_says_nothing_about_an_engine),
        T(capability_names_and_bits_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
