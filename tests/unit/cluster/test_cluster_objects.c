/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of a cluster by somebody who would like to look as if the cluster had made them. */
#include "test.h"

#include "cluster/cluster.h"
#include "cluster/kinds.h"
#include "cluster/limits.h"
#include "cluster/lists.h"
#include "cluster/worker.h"
#include "core/io.h"
#include "core/rd.h"
#include "engine/fields.h"
#include "model/common.h"
#include "model/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct world {
    pl_schema *schema;
    pl_arena *arena;
    pl_buf frames;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    w->schema = pl_schema_new();
    pl_common_register(w->schema);
    pl_engine_register(w->schema);
    pl_cluster_register(w->schema);
    w->arena = pl_arena_new(8 << 20);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    pl_buf_done(&w->frames);
    pl_arena_free(w->arena);
    pl_schema_free(w->schema);
    free(w);
    return 0;
}

/* Through the worker, in this process. */
static void read_bytes(struct world *w, pl_cluster_list list, bool is_watch, pl_str bytes)
{
    PL_AUTO_BUF pl_buf input = {0}, args = {0};
    PL_AUTO_FD int in = -1;
    PL_AUTO_FD int out = memfd_create("frames", MFD_CLOEXEC);
    pl_err err = {0};

    pl_buf_u32le(&input, list);
    pl_buf_ch(&input, is_watch ? 1 : 0);
    pl_buf_lstr(&input, bytes);
    pl_buf_u32le(&args, PL_CLUSTER_JOB_PAGES);
    pl_buf_u32le(&args, sizeof(uint64_t));
    pl_buf_u64le(&args, 1);
    assert_ok(pl_jail_memfd(pl_buf_view(&input), &in, &err), err);
    assert_ok(pl_cluster_work(in, out, pl_buf_view(&args), NULL, &err), err);
    assert_int_equal(lseek(out, 0, SEEK_SET), 0);
    pl_buf_done(&w->frames);
    w->frames = (pl_buf){0};
    assert_ok(pl_read_all(out, 1 << 20, &w->frames, &err), err);
}

static void read_list(struct world *w, pl_cluster_list list, const char *items)
{
    PL_AUTO_BUF pl_buf page = {0};

    pl_buf_fmt(&page, "{\"kind\": \"XList\", \"metadata\": {}, \"items\": [%s]}", items);
    read_bytes(w, list, false, pl_buf_view(&page));
}

/* The payload of the frame of that number among those of a type, behind its list. */
static pl_rd frame(const struct world *w, uint32_t type, size_t number)
{
    pl_rd in = pl_rd_of(w->frames.p, w->frames.n);

    while (in.n) {
        uint32_t is = pl_rd_u32le(&in);
        pl_str payload = pl_rd_lstr(&in);
        assert_true(pl_rd_ok(&in));
        if (is != type || number--)
            continue;
        pl_rd inside = pl_rd_of(payload.p, payload.n);
        (void)pl_rd_u32le(&inside);
        return inside;
    }
    fail_msg("there is no such frame");
    return in;
}

static const pl_value *field(struct world *w, size_t number, int field)
{
    pl_rd in = frame(w, PL_CLUSTER_FRAME_RECORD, number);
    pl_record *r = NULL;
    pl_err err = {0};

    assert_ok(pl_record_decode(w->schema, w->arena, &in, &r, &err), err);
    return pl_get(r, field);
}

static bool says(struct world *w, size_t number, int of)
{
    const pl_value *v = field(w, number, of);

    assert_int_equal(v->state, PL_PRESENT);
    return v->u.b;
}

#define DEFAULTS "\"labels\": {\"kubernetes.io/bootstrapping\": \"rbac-defaults\"}"
#define BINDING(name, role, subject)                                                               \
    "{\"metadata\": {\"name\": \"" name "\", " DEFAULTS "}, \"roleRef\": {\"kind\": "              \
    "\"ClusterRole\", \"name\": \"" role "\"}, \"subjects\": [" subject "]}"
#define USER(kind, name) "{\"kind\": \"" kind "\", \"name\": \"" name "\"}"
#define ACCOUNT(space, name)                                                                       \
    "{\"kind\": \"ServiceAccount\", \"namespace\": \"" space "\", \"name\": \"" name "\"}"

static bool is_default_binding(struct world *w, const char *item)
{
    read_list(w, PL_LIST_CLUSTER_ROLE_BINDINGS, item);
    return says(w, 0, PL_F_GRANT_IS_DEFAULT);
}

static void only_bindings_of_every_cluster_are_default_ones(void **state)
{
    static const char *const good[] = {
        BINDING("cluster-admin", "cluster-admin", USER("Group", "system:masters")),
        BINDING("system:controller:job-controller", "system:controller:job-controller",
                ACCOUNT("kube-system", "job-controller")),
    };
    static const char *const bad[] = {
        BINDING("system:mine", "cluster-admin", USER("Group", "system:authenticated")),
        BINDING("cluster-admin", "cluster-admin", USER("User", "system:mallory")),
        BINDING("system:node-proxier", "cluster-admin", USER("User", "system:kube-proxy")),
        BINDING("system:controller:mine", "system:controller:mine", ACCOUNT("kube-system", "mine")),
        BINDING("system:controller:job-controller", "system:controller:job-controller",
                ACCOUNT("kube-system", "other")),
    };
    struct world *w = *state;

    for (size_t i = 0; i < PL_COUNT(good); i++)
        assert_true(is_default_binding(w, good[i]));
    for (size_t i = 0; i < PL_COUNT(bad); i++)
        assert_false(is_default_binding(w, bad[i]));
}

#define ROLE(space, name)                                                                          \
    "{\"metadata\": {" space "\"name\": \"" name "\", " DEFAULTS "}, \"rules\": []}"

static bool is_default_role(struct world *w, pl_cluster_list list, const char *item)
{
    read_list(w, list, item);
    return says(w, 0, PL_F_ROLE_IS_DEFAULT);
}

static void only_roles_of_every_cluster_are_default_ones(void **state)
{
    struct world *w = *state;

    assert_true(is_default_role(w, PL_LIST_CLUSTER_ROLES, ROLE("", "system:node")));
    assert_true(
        is_default_role(w, PL_LIST_CLUSTER_ROLES, ROLE("", "system:controller:ttl-controller")));
    assert_false(is_default_role(w, PL_LIST_CLUSTER_ROLES, ROLE("", "system:evil")));
    assert_false(is_default_role(w, PL_LIST_CLUSTER_ROLES, ROLE("", "system:controller:evil")));
    assert_false(
        is_default_role(w, PL_LIST_ROLES, ROLE("\"namespace\": \"shop\", ", "cluster-admin")));
}

static void an_account_that_is_named_as_a_user_is_that_account(void **state)
{
    struct world *w = *state;

    read_list(w, PL_LIST_CLUSTER_ROLE_BINDINGS,
              BINDING("b", "edit", USER("User", "system:serviceaccount:shop:default")));
    assert_str(field(w, 0, PL_F_GRANT_SUBJECT)->u.s, "ServiceAccount:shop/default");
}

static void who_changes_templates_makes_pods(void **state)
{
    struct world *w = *state;

    read_list(w, PL_LIST_CLUSTER_ROLES,
              "{\"metadata\": {\"name\": \"r\"}, \"rules\": [{\"apiGroups\": [\"apps\"],"
              " \"resources\": [\"daemonsets\"], \"verbs\": [\"patch\"],"
              " \"resourceNames\": [\"agent\"]}]}");
    const pl_value *rights = field(w, 0, PL_F_ROLE_RIGHTS);
    assert_int_equal(rights->n, 1);
    assert_str(rights->u.strs[0], "create-pods");
}

static void a_policy_that_lets_everything_in_opens(void **state)
{
    struct world *w = *state;

    read_list(w, PL_LIST_NETWORK_POLICIES,
              "{\"metadata\": {\"name\": \"a\"}, \"spec\": {\"podSelector\": {},"
              " \"policyTypes\": [\"Ingress\"]}},"
              "{\"metadata\": {\"name\": \"b\"}, \"spec\": {\"podSelector\": {},"
              " \"ingress\": [{}]}},"
              "{\"metadata\": {\"name\": \"c\"}, \"spec\": {\"podSelector\": {},"
              " \"ingress\": [{\"ports\": [{\"port\": 80}]}]}}");
    assert_true(says(w, 0, PL_F_NETWORK_POLICY_DENIES_INGRESS));
    assert_false(says(w, 0, PL_F_NETWORK_POLICY_OPENS_INGRESS));
    assert_true(says(w, 1, PL_F_NETWORK_POLICY_OPENS_INGRESS));
    assert_false(says(w, 2, PL_F_NETWORK_POLICY_OPENS_INGRESS));
}

static void a_webhook_of_what_belongs_to_pods_is_asked_for_pods(void **state)
{
#define HOOK(resource)                                                                             \
    "{\"metadata\": {\"name\": \"h\"}, \"webhooks\": [{\"name\": \"a\", \"rules\": "               \
    "[{\"apiGroups\": "                                                                            \
    "[\"\"], \"operations\": [\"CREATE\"], \"resources\": [\"" resource "\"]}]}]}"
    struct world *w = *state;

    read_list(
        w, PL_LIST_VALIDATING_WEBHOOKS,
        HOOK("pods") "," HOOK("pods/*") "," HOOK("*/*") "," HOOK("pods/exec") "," HOOK("pod*"));
    assert_true(says(w, 0, PL_F_WEBHOOK_COVERS_PODS));
    assert_true(says(w, 1, PL_F_WEBHOOK_COVERS_PODS));
    assert_true(says(w, 2, PL_F_WEBHOOK_COVERS_PODS));
    assert_false(says(w, 3, PL_F_WEBHOOK_COVERS_PODS));
    assert_false(says(w, 4, PL_F_WEBHOOK_COVERS_PODS));
}

static pl_str revision(const struct world *w, size_t number)
{
    pl_rd in = frame(w, PL_CLUSTER_FRAME_WORKLOAD, number);
    pl_str owner = pl_rd_lstr(&in);

    assert_str(owner, "ReplicaSet/shop/web-5d8f");
    return pl_rd_lstr(&in);
}

#define POD(name, node, volume, more)                                                              \
    "{\"metadata\": {\"namespace\": \"shop\", \"name\": \"" name "\", \"labels\": "                \
    "{\"pod-template-hash\": \"5d8f\"}, \"ownerReferences\": [{\"kind\": \"ReplicaSet\", "         \
    "\"name\": \"web-5d8f\", \"controller\": true}]}, \"spec\": {\"nodeName\": \"" node "\", "     \
    "\"volumes\": [{\"name\": \"kube-api-access-" volume "\"}], \"containers\": "                  \
    "[{\"name\": \"web\", \"image\": \"x\"" more "}]}}"

static void a_pod_that_only_looks_like_its_siblings_is_no_sibling(void **state)
{
    static const char first[] = POD("web-1", "n1", "abcde", "");
    static const char second[] = POD("web-2", "n2", "fghij", "");
    static const char third[] =
        POD("web-3", "n1", "klmno", ", \"securityContext\": {\"privileged\": true}");
    struct world *w = *state;
    char pods[4096];

    (void)snprintf(pods, sizeof(pods), "%s,%s,%s", first, second, third);

    read_list(w, PL_LIST_PODS, pods);
    assert_true(pl_str_starts(revision(w, 0), PL_S("5d8f ")));
    assert_true(pl_str_eq(revision(w, 0), revision(w, 1)));
    assert_false(pl_str_eq(revision(w, 0), revision(w, 2)));
}

#define SPACE(name) "{\"kind\": \"Namespace\", \"metadata\": {\"name\": \"" name "\"}}"
#define EVENT(type, object) "{\"type\": \"" type "\", \"object\": " object "}\n"

/* How a watch ended, and whether the list is to be read again. */
static pl_rc watch(struct world *w, const char *events, bool *ret_is_gone)
{
    read_bytes(w, PL_LIST_NAMESPACES, true, pl_str_c(events));
    pl_rd in = frame(w, PL_CLUSTER_FRAME_WATCHED, 0);
    uint32_t rc = pl_rd_u32le(&in);
    (void)pl_rd_lstr(&in);
    *ret_is_gone = pl_rd_u32le(&in);
    assert_true(pl_rd_done(&in));
    return (pl_rc)rc;
}

static void is_named(const struct world *w, size_t number, pl_cluster_change change, const char *as)
{
    pl_rd in = frame(w, PL_CLUSTER_FRAME_OBJECT, number);

    assert_int_equal(pl_rd_u32le(&in), change);
    assert_true(pl_str_eq(pl_rd_lstr(&in), pl_str_c(as)));
}

static void a_watch_names_each_object_that_changed_and_reads_what_is_left(void **state)
{
    struct world *w = *state;
    bool is_gone = true;

    assert_int_equal(watch(w,
                           EVENT("ADDED", SPACE("a")) EVENT("MODIFIED", SPACE("b"))
                               EVENT("DELETED", SPACE("a")) EVENT("BOOKMARK", "{}"),
                           &is_gone),
                     PL_OK);
    assert_false(is_gone);
    is_named(w, 0, PL_CLUSTER_CHANGED, "a");
    is_named(w, 1, PL_CLUSTER_CHANGED, "b");
    is_named(w, 2, PL_CLUSTER_DELETED, "a");
    assert_true(pl_str_eq(field(w, 1, PL_F_NAMESPACE_NAME)->u.s, PL_S("b")));
    assert_int_equal(watch(w, "", &is_gone), PL_OK);
}

static void a_watch_that_is_none_says_so_behind_what_was_good(void **state)
{
    static const char *const bad[] = {
        EVENT("ADDED", SPACE("a")) "{\"type\": \"ADDED\", \"obj",
        EVENT("ADDED", SPACE("a")) "{\"type\": \"BOOKMARK\"}", /* whole, but its line is not */
        EVENT("ADDED", SPACE("a")) EVENT("ADDED", "{\"kind\": \"Secret\"}"),
        EVENT("ADDED", SPACE("a")) EVENT("ADDED", "{\"kind\": \"Namespace\"}"),
        EVENT("ADDED", SPACE("a")) EVENT("RENAMED", SPACE("b")),
        EVENT("ADDED", SPACE("a")) EVENT("ERROR", "{\"code\": 500}"),
        EVENT("ADDED", SPACE("a")) EVENT("DELETED", "7"),
        EVENT("ADDED", SPACE("a")) "\n",
        EVENT("ADDED", SPACE("a")) "[]\n",
    };
    struct world *w = *state;
    bool is_gone = true;

    for (size_t i = 0; i < PL_COUNT(bad); i++) {
        assert_int_equal(watch(w, bad[i], &is_gone), PL_FORMAT);
        assert_false(is_gone);
        is_named(w, 0, PL_CLUSTER_CHANGED, "a");
    }
    assert_int_equal(watch(w, EVENT("ERROR", "{\"code\": 410}"), &is_gone), PL_FORMAT);
    assert_true(is_gone);
}

static void a_watch_has_an_end(void **state)
{
    struct world *w = *state;
    PL_AUTO_BUF pl_buf events = {0};
    bool is_gone = false;

    for (int i = 0; i < PL_CLUSTER_EVENTS; i++)
        pl_buf_c(&events, EVENT("BOOKMARK", "{}"));
    pl_buf_ch(&events, '\0');
    assert_int_equal(watch(w, events.p, &is_gone), PL_OK);
    events.n--;
    pl_buf_c(&events, EVENT("BOOKMARK", "{}"));
    pl_buf_ch(&events, '\0');
    assert_int_equal(watch(w, events.p, &is_gone), PL_LIMIT);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(only_bindings_of_every_cluster_are_default_ones),
        TEST(only_roles_of_every_cluster_are_default_ones),
        TEST(an_account_that_is_named_as_a_user_is_that_account),
        TEST(who_changes_templates_makes_pods),
        TEST(a_policy_that_lets_everything_in_opens),
        TEST(a_webhook_of_what_belongs_to_pods_is_asked_for_pods),
        TEST(a_pod_that_only_looks_like_its_siblings_is_no_sibling),
        TEST(a_watch_names_each_object_that_changed_and_reads_what_is_left),
        TEST(a_watch_that_is_none_says_so_behind_what_was_good),
        TEST(a_watch_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
