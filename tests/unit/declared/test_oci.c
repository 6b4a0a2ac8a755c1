/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles of OCI runtimes as containers. */
#include "test.h"

#include "core/buf.h"
#include "core/jail.h"
#include "declared/declared.h"
#include "declared/oci.h"
#include "engine/fields.h"

#include <string.h>

/* ---- a worker without a redactor ---- */

static pl_rc keep_record(pl_record *r, pl_arena *a, void *arg, pl_err *err)
{
    (void)r, (void)a, (void)arg, (void)err;
    return PL_OK;
}

static pl_rc keep_document(json_t *doc, pl_engine_redaction *ret, void *arg, pl_err *err)
{
    (void)doc, (void)arg, (void)err;
    *ret = PL_REDACTION_NONE;
    return PL_OK;
}

static pl_rc worker(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    static const pl_declared_hooks hooks = {
        .of = {.record = keep_record, .document = keep_document}};
    return pl_declared_work(in_fd, out_fd, args, &hooks, err);
}

struct reading {
    pl_arena *a;
    pl_schema *schema;
    pl_declared_facts facts;
    pl_err err;
};

static pl_rc read_bytes(struct reading *g, const char *form, pl_str bytes)
{
    PL_AUTO_FD int fd = -1;
    const pl_declared_job job = {
        .name = "test", .path = pl_str_c(form), .worker = "declared", .now_us = 1};

    g->a = pl_arena_new(64 << 20);
    g->schema = pl_schema_new();
    pl_engine_register(g->schema);
    assert_ok(pl_jail_memfd(bytes, &fd, &g->err), g->err);
    return pl_declared_read(&job, fd, g->schema, g->a, &g->facts, &g->err);
}

static void done(struct reading *g)
{
    pl_arena_free(g->a);
    pl_schema_free(g->schema);
}

static void print_field(const pl_record *r, const char *name, pl_buf *out)
{
    int field = pl_kind_field(&pl_kind_container, pl_str_c(name));
    const pl_value *v = pl_get(r, field);

    assert_true(field >= 0);
    if (v->state != PL_PRESENT || pl_kind_container.fields[field].type != PL_T_RECS || !v->n) {
        pl_value_print(&pl_kind_container.fields[field], v, out);
        return;
    }
    for (size_t i = 0; i < v->n; i++) {
        pl_buf_c(out, i ? ", " : "");
        pl_value_print(&v->u.recs[i]->kind->fields[0], pl_get(v->u.recs[i], 0), out);
    }
}

struct want {
    const char *field, *text;
};

static void check(const char *text, const struct want *want, size_t n)
{
    struct reading g = {0};

    assert_ok(read_bytes(&g, "config.json", pl_str_c(text)), g.err);
    assert_int_equal(g.facts.n_subjects, 1);
    for (size_t i = 0; i < n; i++) {
        PL_AUTO_BUF pl_buf got = {0};
        print_field(g.facts.subjects[0].rec, want[i].field, &got);
        if (!pl_str_eq(pl_buf_view(&got), pl_str_c(want[i].text)))
            fail_msg("%s: got \"%.*s\", want \"%s\"", want[i].field, PL_F(pl_buf_view(&got)),
                     want[i].text);
    }
    done(&g);
}
#define CHECK(text, ...)                                                                           \
    do {                                                                                           \
        static const struct want want[] = {__VA_ARGS__};                                           \
        check(text, want, PL_COUNT(want));                                                         \
    } while (0)

#define LINUX(more) "\"linux\":{" more "}"
#define ALL_OWN                                                                                    \
    "\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"},"                \
    "{\"type\":\"uts\"},{\"type\":\"mount\"},{\"type\":\"cgroup\"}]"
#define PROCESS(more) "\"process\":{\"user\":{\"uid\":0,\"gid\":0}" more "}"
#define BUNDLE(...) "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"}," __VA_ARGS__ "}"
#define CAPS(list) ",\"capabilities\":{\"bounding\":[" list "],\"permitted\":[" list "]}"

/* ---- what a configuration says ---- */

static void a_bundle_says_what_inspect_would(void **state)
{
    (void)state;
    CHECK("{\n\t\"ociVersion\": \"1.0.2-dev\",\n"
          "\t\"process\": {\"user\": {\"uid\": 1000, \"gid\": 5, \"additionalGids\": [7]},\n"
          "\t\t\"env\": [\"A=b\"], \"noNewPrivileges\": true, \"oomScoreAdj\": 5,\n"
          "\t\t\"capabilities\": {\"bounding\": [\"CAP_CHOWN\", \"CAP_SYS_ADMIN\"]},\n"
          "\t\t\"rlimits\": [{\"type\": \"RLIMIT_NOFILE\", \"hard\": 18446744073709551615, "
          "\"soft\": 1024}],\n"
          "\t\t\"apparmorProfile\": \"cri-containerd.apparmor.d\"},\n"
          "\t\"root\": {\"path\": \"rootfs\", \"readonly\": true},\n"
          "\t\"mounts\": [{\"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\"},\n"
          "\t\t{\"destination\": \"/host\", \"type\": \"bind\", \"source\": \"/etc\", \"options\": "
          "[\"rbind\", \"ro\", \"rshared\"]},\n"
          "\t\t{\"destination\": \"/etc/hosts\", \"type\": \"bind\", \"source\": "
          "\"/var/lib/kubelet/pods/1/etc-hosts\", \"options\": [\"rbind\"]}],\n"
          "\t\"linux\": {" ALL_OWN ", \"sysctl\": {\"kernel.msgmax\": \"1\"},\n"
          "\t\t\"resources\": {\"devices\": [{\"allow\": false, \"access\": \"rwm\"}, {\"allow\": "
          "true, \"type\": \"c\", \"major\": 1, \"minor\": 3, \"access\": \"rwm\"}],\n"
          "\t\t\t\"memory\": {\"limit\": 1048576}, \"cpu\": {\"quota\": 5000, \"shares\": 2}, "
          "\"pids\": {\"limit\": 9}},\n"
          "\t\t\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ERRNO\"},\n"
          "\t\t\"maskedPaths\": [\"/proc/kcore\"], \"readonlyPaths\": [\"/proc/sys\"]}\n}\n",
          {"container.user", "1000:5"}, {"container.declared_uid", "1000"},
          {"container.privileged", "false"}, {"container.readonly_rootfs", "true"},
          {"container.cap_add", "[CAP_SYS_ADMIN]"},
          {"container.caps", "[CAP_CHOWN, CAP_SYS_ADMIN]"}, {"container.no_new_privileges", "true"},
          {"container.memory_limit", "1048576"}, {"container.cpu_quota", "5000"},
          {"container.cpu_shares", "2"}, {"container.pids_limit", "9"},
          {"container.oom_score_adj", "5"}, {"container.mounts", "/host"},
          {"container.devices", "[]"}, {"container.ulimits", "nofile"},
          {"container.sysctls", "kernel.msgmax"}, {"container.masked_paths", "[/proc/kcore]"},
          {"container.readonly_paths", "[/proc/sys]"}, {"container.network_mode", "private"},
          {"container.pid_mode", ""}, {"container.userns_mode", "host"},
          {"container.foreign_userns", "false"},
          {"container.apparmor_profile", "cri-containerd.apparmor.d"},
          {"container.seccomp", "unreadable (not-observed)"},
          {"container.seccomp_default_action", "SCMP_ACT_ERRNO"}, {"container.group_add", "[7]"},
          {"container.env", "A"});
}

static void what_only_an_engine_knows_stays_unknown(void **state)
{
    (void)state;
    CHECK(BUNDLE(PROCESS(CAPS("")) "," LINUX(ALL_OWN)),
          {"container.restart_policy", "unreadable (not-observed)"},
          {"container.ports", "unreadable (not-observed)"},
          {"container.health", "unreadable (not-observed)"},
          {"container.log_driver", "unreadable (not-observed)"},
          {"container.image.name", "unreadable (not-observed)"},
          {"container.image.origin", "unreadable (not-observed)"},
          {"container.networks", "unreadable (not-observed)"}, {"container.cap_drop", "[ALL]"},
          {"container.caps", "[]"}, {"container.seccomp", "unconfined"},
          {"container.masked_paths", "[]"});
}

static void without_a_namespace_of_its_own_it_is_in_the_hosts(void **state)
{
    (void)state;
    CHECK(BUNDLE(PROCESS("") "," LINUX("\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"ipc\","
                                       "\"path\":\"/proc/1/ns/ipc\"},{\"type\":\"network\",\"path\""
                                       ":\"/run/netns/a\"}]")),
          {"container.pid_mode", "host"}, {"container.uts_mode", "host"},
          {"container.ipc_mode", "host"},
          /* It may be the host's that somebody mounted there. */
          {"container.network_mode", "unreadable (not-observed)"},
          {"container.cap_add", "unreadable (not-observed)"},
          {"container.privileged", "unreadable (not-observed)"});
}

/* A user namespace in which root is root keeps nothing apart. */
static void a_user_namespace_is_foreign_where_it_maps_root_away(void **state)
{
#define MAPPED(rows) BUNDLE(PROCESS("") "," LINUX("\"namespaces\":[{\"type\":\"user\"}]" rows))
    (void)state;
    CHECK(MAPPED(",\"uidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":65536}]"),
          {"container.foreign_userns", "true"});
    CHECK(MAPPED(",\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":65536}]"),
          {"container.foreign_userns", "false"});
    CHECK(MAPPED(",\"uidMappings\":[{\"containerID\":1,\"hostID\":100000,\"size\":9},"
                 "{\"containerID\":0,\"hostID\":0,\"size\":1}]"),
          {"container.foreign_userns", "false"});
    CHECK(MAPPED(""), {"container.foreign_userns", "unreadable (not-observed)"});
}

#define MIGHTY CAPS("\"CAP_SYS_ADMIN\",\"CAP_SYS_MODULE\",\"CAP_SYS_RAWIO\",\"CAP_SYS_PTRACE\"")

static void one_that_lacks_nothing_is_privileged(void **state)
{
    (void)state;
    CHECK(BUNDLE(PROCESS(MIGHTY) "," LINUX(ALL_OWN)), {"container.privileged", "true"});
    CHECK(BUNDLE(PROCESS(MIGHTY) "," LINUX(ALL_OWN ",\"maskedPaths\":[\"/proc/kcore\"]")),
          {"container.privileged", "false"});
    CHECK(BUNDLE(PROCESS(MIGHTY) "," LINUX(ALL_OWN
                                           ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\"}")),
          {"container.privileged", "false"}, {"container.seccomp", "custom"});
    CHECK(BUNDLE(PROCESS(MIGHTY) "," LINUX(ALL_OWN ",\"resources\":{\"devices\":[{\"allow\":false,"
                                                   "\"access\":\"rwm\"}]}")),
          {"container.privileged", "false"});
    CHECK(BUNDLE(PROCESS(MIGHTY) "," LINUX(ALL_OWN ",\"resources\":{\"devices\":[{\"allow\":false,"
                                                   "\"access\":\"rwm\"},{\"allow\":true,"
                                                   "\"access\":\"rwm\"}]}")),
          {"container.privileged", "true"}, {"container.devices", "a *:* rwm"});
}

static void annotations_say_which_pod_it_is(void **state)
{
    (void)state;
    CHECK(BUNDLE(PROCESS(
              "") ",\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"web-7d4b9c-x2vbn\","
                  "\"io.kubernetes.cri.sandbox-namespace\":\"shop\","
                  "\"io.kubernetes.cri.container-name\":\"nginx\","
                  "\"io.kubernetes.cri.image-name\":\"reg.example/web:1\"}"),
          {"container.name", "shop/web-7d4b9c-x2vbn/nginx"}, {"k8s.pod.name", "web-7d4b9c-x2vbn"},
          {"k8s.ns.name", "shop"}, {"container.orchestrator", "kubernetes"},
          {"container.image.name", "reg.example/web:1"}, {"container.image.tag", "1"});
    CHECK(BUNDLE(PROCESS("") ",\"annotations\":{\"io.kubernetes.pod.name\":\"db-0\","
                             "\"io.kubernetes.pod.namespace\":\"shop\"}"),
          {"container.name", "shop/db-0/sandbox"}, {"container.service", "kubernetes:shop/db"},
          {"container.pod_folder", "absent"});
    CHECK(
        BUNDLE(PROCESS("") ",\"linux\":{\"cgroupsPath\":\"kubepods-burstable-pod0f0e0d0c_1111_2222_"
                           "3333_444455556666.slice:cri-containerd:ab\"},"
                           "\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"db-0\"}"),
        {"container.pod_folder", "/var/lib/kubelet/pods/0f0e0d0c-1111-2222-3333-444455556666/"});
}

static void a_mount_that_only_looks_like_the_engines_is_told(void **state)
{
    (void)state;
    CHECK(
        BUNDLE(PROCESS("") ",\"mounts\":["
                           "{\"destination\":\"/etc/hosts\",\"type\":\"bind\",\"source\":"
                           "\"/var/lib/kubelet/pods/../../../etc/hosts\"},"
                           "{\"destination\":\"/a\",\"type\":\"bind\",\"source\":"
                           "\"/var/lib/kubelet/pods/1/etc-hosts\"},"
                           "{\"destination\":\"/b\",\"type\":\"ext4\",\"source\":\"/dev/sda1\"},"
                           "{\"destination\":\"/c\",\"options\":[\"bind\"],\"source\":\"/root\"}]"),
        {"container.mounts", "/etc/hosts, /a, /b, /c"});
}

/* ---- many of them ---- */

static void put(pl_buf *b, const char *id, const char *text)
{
    pl_buf_lstr(b, pl_str_c(id));
    pl_buf_lstr(b, pl_str_c(text));
}

static void one_that_lies_hides_no_other(void **state)
{
    PL_AUTO_BUF pl_buf b = {0}, large = {0};
    struct reading g = {0};

    (void)state;
    pl_buf_c(&large, "{\"ociVersion\":\"1\",\"process\":{},\"annotations\":{\"a\":\"");
    for (int i = 0; i < 1 << 20; i++)
        pl_buf_ch(&large, 'x');
    pl_buf_c(&large, "\"}}");
    put(&b, "list", "[1]");
    put(&b, "twice", BUNDLE(PROCESS("") ",\"process\":{}"));
    put(&b, "cut", "{\"ociVersion\":\"1\",\"process\":{");
    put(&b, "shapes",
        "{\"ociVersion\":\"1\",\"process\":[],\"linux\":7,\"mounts\":{},"
        "\"annotations\":[1]}");
    pl_buf_lstr(&b, PL_S("large"));
    pl_buf_lstr(&b, pl_buf_view(&large));
    put(&b, "good", BUNDLE(PROCESS("")));
    assert_ok(read_bytes(&g, PL_DECLARED_BUNDLES, pl_buf_view(&b)), g.err);
    assert_int_equal(g.facts.n_gaps, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(g.facts.gaps[i].hides);
    assert_int_equal(g.facts.n_subjects, 3);
    PL_AUTO_BUF pl_buf id = {0};
    print_field(g.facts.subjects[2].rec, "container.full_id", &id);
    assert_str(pl_buf_view(&id), "good");
    /* What has another shape than it should says nothing. */
    const pl_value *mounts = pl_get(g.facts.subjects[0].rec, PL_F_CONTAINER_MOUNTS);
    assert_true(mounts->state == PL_PRESENT && mounts->n == 1);
    assert_int_equal(pl_get(mounts->u.recs[0], PL_F_MOUNT_HOST_PATH)->state, PL_UNREADABLE);
    assert_int_equal(pl_get(g.facts.subjects[0].rec, PL_F_CONTAINER_CAP_ADD)->state, PL_UNREADABLE);
    assert_int_equal(pl_get(g.facts.subjects[0].rec, PL_F_CONTAINER_DECLARED_UID)->state,
                     PL_UNREADABLE);
    done(&g);
}

static void notes_of_runtimes_say_where_and_which(void **state)
{
    static const char *const notes[] = {
        "{\"init_process_pid\":7,\"init_process_start\":99}",
        "{\"config\":{\"labels\":[\"a=b\",\"bundle=/b\"]}}",
        "{\"pid\":8,\"process-start-time\":5,\"bundle\":\"/crun\"}",
        "{\"config\":{\"labels\":[\"bundle=/b\",\"bundle=/evil\"]}}",
        "{\"pid\":-4,\"bundle\":[]}",
        "not one",
    };
    PL_AUTO_BUF pl_buf b = {0};
    struct reading g = {0};

    (void)state;
    for (size_t i = 0; i < PL_COUNT(notes); i++)
        pl_buf_lstr(&b, pl_str_c(notes[i]));
    assert_ok(read_bytes(&g, PL_DECLARED_STATES, pl_buf_view(&b)), g.err);
    assert_int_equal(g.facts.n_states, PL_COUNT(notes));
    assert_int_equal(g.facts.states[0].pid, 7);
    assert_int_equal(g.facts.states[0].start_ticks, 99);
    assert_str(g.facts.states[1].bundle, "/b");
    assert_str(g.facts.states[2].bundle, "/crun");
    assert_int_equal(g.facts.states[2].pid, 8);
    assert_int_equal(g.facts.states[2].start_ticks, 5);
    /* An annotation can look like runc's own label: neither is believed. */
    for (size_t i = 3; i < PL_COUNT(notes); i++)
        assert_int_equal(g.facts.states[i].bundle.n, 0);
    assert_int_equal(g.facts.states[4].pid, 0);
    done(&g);
}

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{"declared", worker}, {0}};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_says_what_inspect_would),
        cmocka_unit_test(what_only_an_engine_knows_stays_unknown),
        cmocka_unit_test(without_a_namespace_of_its_own_it_is_in_the_hosts),
        cmocka_unit_test(a_user_namespace_is_foreign_where_it_maps_root_away),
        cmocka_unit_test(one_that_lacks_nothing_is_privileged),
        cmocka_unit_test(annotations_say_which_pod_it_is),
        cmocka_unit_test(a_mount_that_only_looks_like_the_engines_is_told),
        cmocka_unit_test(one_that_lies_hides_no_other),
        cmocka_unit_test(notes_of_runtimes_say_where_and_which),
    };

    pl_jail_main(argc, argv, kinds);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
