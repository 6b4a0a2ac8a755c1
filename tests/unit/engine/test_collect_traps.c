/* SPDX-License-Identifier: Apache-2.0 */
/* Facts that have to be read where they are true: the obvious place says something else. */
#include "collect_bench.h"

#define OTHER_ID "1111111111111111111111111111111111111111111111111111111111111111"

static fake_answer *info_of(struct bench *b)
{
    return &b->answers[1];
}

static void with_security_option(struct bench *b, const char *text)
{
    info_of(b)->replace = "\"name=seccomp,profile=default\"";
    info_of(b)->with = text;
}

static void collect_again(struct bench *b)
{
    pl_engine_close(b->client);
    b->client = NULL;
    assert_ok(collect(b, NULL), b->err);
}

/* ---- AppArmor ---- */

static void check_apparmor(struct bench *b, const char *profile, const char *mode)
{
    collect_again(b);
    says(only_container(b), "container.proc.apparmor_profile", profile);
    says(only_container(b), "container.proc.apparmor_mode", mode);
}

static void a_profile_that_only_complains_says_so(void **state)
{
    struct bench *b = *state;
    with_security_option(b, "\"name=apparmor\",\"name=seccomp,profile=default\"");
    (void)container_answer(b, b->id);
    in_proc(b, b->pid, "attr/current", "docker-default (complain)\n");
    check_apparmor(b, "docker-default", "complain");
    in_proc(b, b->pid, "attr/current", "unconfined\n");
    check_apparmor(b, "unconfined", "unconfined");
    /* Another module came first, so the shared file is its own. */
    in_proc(b, b->pid, "attr/current", "system_u:system_r:container_t:s0:c1,c2");
    in_proc(b, b->pid, "attr/apparmor/current", "docker-default (enforce)\n");
    check_apparmor(b, "docker-default", "enforce");
}

static void a_label_that_is_not_there_to_read_is_not_known(void **state)
{
    struct bench *b = *state;
    (void)container_answer(b, b->id);
    check_apparmor(b, "absent", "absent"); /* the kernel has no AppArmor */
    with_security_option(b, "\"name=apparmor\",\"name=seccomp,profile=default\"");
    check_apparmor(b, "unreadable (unreadable)", "unreadable (unreadable)");
}

/* ---- two containers ---- */

/* A second container, a service of its own, with these namespaces (as host_process counts). */
static void add_neighbour(struct bench *b, const char *name, unsigned base)
{
    char text[256];
    int pid = b->pid + 50;

    (void)snprintf(text, sizeof(text), "[{\"Id\":\"%s\"},{\"Id\":\"" OTHER_ID "\"}]", b->id);
    (void)snprintf(b->list, sizeof(b->list), "%s", text);
    (void)container_answer(b, b->id);
    size_t n;
    char *fixture = fixture_text("container-good.json", &n);
    json_t *doc = json_loadb(fixture, n, 0, NULL);
    (void)json_object_set_new(doc, "Id", json_string(OTHER_ID));
    (void)snprintf(text, sizeof(text), "/%s", name);
    (void)json_object_set_new(doc, "Name", json_string(text));
    (void)json_object_set_new(json_object_get(doc, "State"), "Pid", json_integer(pid));
    char *body = json_dumps(doc, 0);
    pl_str copy = pl_arena_str(b->a, (pl_str){body, strlen(body) + 1});
    b->answers[b->e.n++] =
        (fake_answer){.path = "/v1.41/containers/" OTHER_ID "/json", .body = copy.p};
    free(body);
    free(fixture);
    json_decref(doc);
    host_process(&b->h, pid, "busybox", good_status, base);
    in_proc(b, pid, "cgroup", "0::/docker/" OTHER_ID "\n");
    in_proc(b, pid, "mountinfo", "1 0 0:1 / / rw - overlay overlay rw\n");
    (void)snprintf(text, sizeof(text), "%d\n", pid);
    host_file(&b->h, "/sys/fs/cgroup/docker/" OTHER_ID "/cgroup.procs", text);
}

static const pl_record *named(const struct bench *b, const char *name)
{
    for (size_t i = 0; i < b->facts.n_containers; i++)
        if (pl_str_eq(b->facts.containers[i].name, pl_str_c(name)))
            return b->facts.containers[i].rec;
    fail_msg("no container %s", name);
    return NULL;
}

static void who_sits_in_the_namespace_of_another_shows_on_both_sides(void **state)
{
    struct bench *b = *state;
    add_neighbour(b, "guest", 200);
    collect_again(b);
    says(named(b, "good"), "container.ns.shared_with", "[guest]");
    says(named(b, "guest"), "container.ns.shared_with", "[good]");
    host_process(&b->h, b->pid + 50, "busybox", good_status, 300);
    collect_again(b);
    says(named(b, "good"), "container.ns.shared_with", "[]");
}

static void the_same_categories_are_no_separation(void **state)
{
    struct bench *b = *state;
    add_neighbour(b, "guest", 300);
    in_proc(b, b->pid, "attr/current", "system_u:system_r:container_t:s0:c1,c2");
    in_proc(b, b->pid + 50, "attr/current", "system_u:system_r:other_t:s0:c1,c2");
    collect_again(b);
    says(named(b, "good"), "container.proc.mcs_shared", "true");
    in_proc(b, b->pid + 50, "attr/current", "system_u:system_r:container_t:s0:c1,c3");
    collect_again(b);
    says(named(b, "good"), "container.proc.mcs_shared", "false");
    in_proc(b, b->pid + 50, "attr/current", "system_u:system_r:container_t:s0");
    collect_again(b);
    says(named(b, "guest"), "container.proc.mcs_shared", "absent"); /* it has none: no pass */
    in_proc(b, b->pid + 50, "cgroup", "0::/elsewhere\n");           /* its label is not to be had */
    collect_again(b);
    says(named(b, "good"), "container.proc.mcs_shared", "unreadable (unreadable)");
}

/* ---- namespaces of the host ---- */

static void what_inspect_calls_private_is_the_hosts_when_the_kernel_says_so(void **state)
{
    static const char *const fields[] = {"net", "pid", "ipc", "uts", "user", "cgroup"};
    struct bench *b = *state;
    char name[64];

    host_process(&b->h, b->pid, "busybox", good_status, 100);
    (void)container_answer(b, b->id);
    assert_ok(collect(b, NULL), b->err);
    for (size_t i = 0; i < PL_COUNT(fields); i++) {
        (void)snprintf(name, sizeof(name), "container.ns.host_%s", fields[i]);
        says(only_container(b), name, "true");
    }
    says(only_container(b), "container.foreign_userns", "false");
}

/* ---- ports ---- */

static void a_port_without_an_address_has_the_networks(void **state)
{
    static const struct {
        const char *said, *binding, *want;
    } rows[] = {
        {"\"HostIp\": \"\"", "0.0.0.0", "0.0.0.0"},
        {"\"HostIp\": \"\"", "192.0.2.1", "192.0.2.1"},
        {"\"HostIp\": \"127.0.0.1\"", "0.0.0.0", "127.0.0.1"},
    };
    struct bench *b = *state;
    fake_answer *c = container_answer(b, b->id);

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        char with[64];
        (void)snprintf(with, sizeof(with), "host_binding_ipv4\": \"%s\"", rows[i].binding);
        c->replace = "\"HostIp\": \"127.0.0.1\"";
        c->with = rows[i].said;
        b->answers[2].replace = "host_binding_ipv4\": \"0.0.0.0\"";
        b->answers[2].with = with;
        collect_again(b);
        const pl_value *ports = pl_get(only_container(b), PL_F_CONTAINER_PORTS);
        assert_int_equal(ports->n, 1);
        says(ports->u.recs[0], "port.host_ip", rows[i].want);
    }
}

/* ---- the engine ---- */

static const char containerd_store[] =
    "\"DriverStatus\": [[\"driver-type\", \"io.containerd.snapshotter.v1\"],";

static void registries_of_containerds_store_have_files_of_their_own(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"server = \"https://r.example\"\n", "[]"},
        {"# skip_verify = true\n", "[]"},
        {"[host.\"https://r.example\"]\n  skip_verify = false\n", "[]"},
        {"[host.\"https://r.example\"]\n  skip_verify = true\n", "bad"},
        {"[host.\"http://r.example\"]\n", "bad"},
        {"[host.'http://r.example']\n", "bad"},
        {"server = \"http://r.example\"\n", "bad"},
        {"server='http://r.example'\n", "bad"},
    };
    static const char path[] = "/etc/containerd/certs.d/r.example/hosts.toml";
    struct bench *b = *state;

    (void)container_answer(b, b->id);
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        bool is_bad = strcmp(rows[i].want, "bad") == 0;
        host_file(&b->h, path, rows[i].text);
        info_of(b)->replace = "\"DriverStatus\": [";
        info_of(b)->with = containerd_store;
        collect_again(b);
        says(b->facts.engine.rec, "engine.containerd_store", "true");
        says(b->facts.engine.rec, "engine.insecure_hosts",
             is_bad ? "[/etc/containerd/certs.d/r.example/hosts.toml]" : "[]");
        info_of(b)->replace = NULL; /* Docker's own store does not read them */
        collect_again(b);
        says(b->facts.engine.rec, "engine.insecure_hosts", "[]");
    }
}

static void digest_with(struct bench *b, const char *replace, const char *with, char ret[128])
{
    PL_AUTO_BUF pl_buf text = {0};

    info_of(b)->replace = replace;
    info_of(b)->with = with;
    collect_again(b);
    const pl_record *e = b->facts.engine.rec;
    pl_value_print(&e->kind->fields[PL_F_ENGINE_SETTINGS_DIGEST],
                   pl_get(e, PL_F_ENGINE_SETTINGS_DIGEST), &text);
    (void)snprintf(ret, 128, "%.*s", PL_F(pl_buf_view(&text)));
    assert_true(pl_str_starts(pl_str_c(ret), PL_S("sha256:")));
}

static void counters_and_times_are_no_settings(void **state)
{
    static const struct {
        const char *replace, *with;
        bool is_setting;
    } rows[] = {
        {"\"Containers\": ", "\"Containers\": 7", false},
        {"\"NGoroutines\": ", "\"NGoroutines\": 7", false},
        {"\"SystemTime\": \"", "\"SystemTime\": \"7", false},
        {"\"NFd\": ", "\"NFd\": 7", false},
        {"\"Images\": ", "\"Images\": 7", false},
        {"\"NodeID\": \"", "\"NodeID\": \"7", false},
        {"\"RemoteManagers\": null", "\"RemoteManagers\": [], \"Nodes\": 7, \"Managers\": 3",
         false},
        {"\"LiveRestoreEnabled\": false", "\"LiveRestoreEnabled\": true", true},
        {"\"LocalNodeState\": \"inactive\"", "\"LocalNodeState\": \"active\"", true},
        {"\"name=seccomp,profile=default\"", "\"name=seccomp,profile=unconfined\"", true},
    };
    struct bench *b = *state;
    char first[128], then[128];

    (void)container_answer(b, b->id);
    digest_with(b, NULL, NULL, first);
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        digest_with(b, rows[i].replace, rows[i].with, then);
        if ((strcmp(first, then) != 0) != rows[i].is_setting)
            fail_msg("%s", rows[i].replace);
    }
    host_file(&b->h, "/etc/docker/daemon.json", "{\"iptables\":false }");
    digest_with(b, NULL, NULL, then);
    assert_string_not_equal(first, then);
}

static void a_number_that_matters_to_containerd_is_read_in_its_file(void **state)
{
    static const struct {
        const char *config, *want;
    } rows[] = {
        {"[grpc]\n  tcp_address = \"0.0.0.0:9000\"\n", "0.0.0.0:9000"},
        {"[grpc]\n  tcp_address = \"\"\n[ttrpc]\n  tcp_address = \"x:1\"\n", "absent"},
        {"imports = [\"/etc/more.toml\"]\n", "unreadable (unsupported)"},
        {"imports = []\n", "absent"},
    };
    static const char cmdline[] = "containerd\0--config\0/etc/c.toml";
    struct bench *b = *state;
    char status[512];

    (void)container_answer(b, b->id);
    (void)snprintf(status, sizeof(status), "%s", engine_status);
    host_process(&b->h, 78, "containerd", status, 100);
    host_bytes(&b->h, "/proc/78/cmdline", cmdline, sizeof(cmdline));
    in_proc(b, 78, "net/tcp", "  sl  local rem\n");
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        host_file(&b->h, "/etc/c.toml", rows[i].config);
        collect_again(b);
        says(b->facts.engine.rec, "engine.containerd_pid", "78");
        says(b->facts.engine.rec, "engine.containerd_tcp_address", rows[i].want);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{"engine", pl_engine_worker}, {NULL, NULL}};
    const struct CMUnitTest tests[] = {
        T(a_profile_that_only_complains_says_so),
        T(a_label_that_is_not_there_to_read_is_not_known),
        T(who_sits_in_the_namespace_of_another_shows_on_both_sides),
        T(the_same_categories_are_no_separation),
        T(what_inspect_calls_private_is_the_hosts_when_the_kernel_says_so),
        T(a_port_without_an_address_has_the_networks),
        T(registries_of_containerds_store_have_files_of_their_own),
        T(counters_and_times_are_no_settings),
        T(a_number_that_matters_to_containerd_is_read_in_its_file),
    };
    pl_jail_main(argc, argv, kinds);
    pl_engine_client_main(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
