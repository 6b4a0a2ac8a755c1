/* SPDX-License-Identifier: Apache-2.0 */
/* A whole collection: an engine of recorded answers, a host recorded in a folder, the jail. */
#include "collect_bench.h"

/* ---- the whole ---- */

static void a_container_is_what_the_kernel_shows(void **state)
{
    struct bench *b = *state;
    static const struct want rows[] = {
        {"container.name", "good"},
        {"container.type", "docker"},
        {"container.proc.uids", "[10001]"},
        {"container.proc.no_new_privs", "true"},
        {"container.proc.seccomp", "2"},
        {"container.proc.groups", "[]"},
        {"container.caps", "[]"},
        {"container.ns.host_net", "false"},
        {"container.ns.host_user", "false"},
        {"container.foreign_userns", "true"},
        {"container.cgroup.memory_max", "67108864"},
        {"container.cgroup.pids_max", "200"}, /* the ancestor's */
        {"container.cgroup.as_declared", "true"},
        {"container.listening_tcp", "[]"},
        {"container.tmpfs", "[/tmp, /dev/shm]"},
        {"container.proc.open_kernel_paths", "[/proc/keys]"},
        {"container.proc.lsm_label", "absent"},
        {"container.log_exported", "unreadable (needs:logs)"},
    };
    (void)container_answer(b, b->id);
    assert_ok(collect(b, NULL), b->err);
    says_all(only_container(b), rows, PL_COUNT(rows));
    const pl_record *tmp = pl_get(only_container(b), PL_F_CONTAINER_TMPFS)->u.recs[0];
    assert_false(pl_get(tmp, PL_F_TMPFS_NOEXEC)->u.b); /* as mounted, not as declared */
    assert_true(pl_str_eq(b->facts.containers[0].key, pl_str_c(b->id)));
    assert_str(b->facts.containers[0].klass, "good");
    assert_str(b->facts.containers[0].name, "good");
    assert_int_equal(b->facts.n_problems, 0);
    says(b->facts.engine.rec, "engine.bridges", "[docker0]");
}

/* ---- secrets ---- */

/* A file in the container, seen through its root. */
static void put_secret(const struct bench *b, const char *path, unsigned mode)
{
    char name[256], full[512];

    (void)snprintf(name, sizeof(name), "/proc/%d/root%s", b->pid, path);
    host_file(&b->h, name, "x");
    (void)snprintf(full, sizeof(full), "%s/proc/%d/root%s", b->h.root, b->pid, path);
    assert_int_equal(chmod(full, mode), 0);
}

/* "path filesystem in-memory mode is-private", one a line. */
static void check_secrets(struct bench *b, const char *mounts, const char *want)
{
    PL_AUTO_BUF pl_buf got = {0};

    in_proc(b, b->pid, "mountinfo", mounts);
    (void)container_answer(b, b->id);
    assert_ok(collect(b, NULL), b->err);
    const pl_value *v = pl_get(only_container(b), PL_F_CONTAINER_SECRET_FILES);
    assert_int_equal(v->state, PL_PRESENT);
    for (size_t i = 0; i < v->n; i++) {
        for (size_t k = 0; k < pl_kind_secret_file.n; k++) {
            pl_buf_c(&got, k ? " " : "");
            pl_value_print(&pl_kind_secret_file.fields[k], pl_get(v->u.recs[i], (int)k), &got);
        }
        pl_buf_c(&got, "\n");
    }
    pl_buf_ch(&got, 0);
    assert_string_equal(got.p, want);
}

#define ROOT_MOUNT "1 0 0:1 / / rw - overlay overlay rw\n"

static void secrets_are_seen_where_they_lie_and_who_may_read_them(void **state)
{
    struct bench *b = *state;

    put_secret(b, "/run/secrets/db", 0400);
    put_secret(b, "/run/secrets/app/key", 0444);
    put_secret(b, "/run/secrets/disk", 0646);
    put_secret(b, "/run/other", 0666);
    check_secrets(b,
                  ROOT_MOUNT "2 1 0:2 / /run/secrets rw - tmpfs tmpfs rw\n"
                             "3 2 8:1 /srv/x /run/secrets/disk rw - ext4 /dev/sda1 rw\n"
                             "4 1 0:9 / /run/other rw - tmpfs tmpfs rw\n",
                  "/run/secrets/app/key tmpfs true 0444 true\n"
                  "/run/secrets/db tmpfs true 0400 true\n"
                  "/run/secrets/disk ext4 false 0646 false\n");
}

static void a_file_system_that_answers_when_it_wants_to_is_not_asked(void **state)
{
    struct bench *b = *state;

    put_secret(b, "/run/secrets/db", 0400);
    check_secrets(b,
                  ROOT_MOUNT "2 1 0:2 / /run rw - fuse.sshfs x rw\n"
                             "3 2 0:3 / /run/secrets rw - tmpfs tmpfs rw\n",
                  "/run/secrets tmpfs true unreadable (unreadable) unreadable (unreadable)\n");
}

static void a_mount_that_covers_another_is_the_one_that_counts(void **state)
{
    struct bench *b = *state;

    put_secret(b, "/run/secrets/db", 0400);
    check_secrets(b,
                  ROOT_MOUNT "2 1 0:2 / /run/secrets/db rw - tmpfs tmpfs rw\n"
                             "3 1 8:1 /x /run/secrets/db rw - xfs /dev/sda1 rw\n",
                  "/run/secrets/db xfs false 0400 true\n");
}

static void a_link_is_no_secret_and_leads_nowhere(void **state)
{
    struct bench *b = *state;
    char full[512];

    put_secret(b, "/run/secrets/db", 0400);
    (void)snprintf(full, sizeof(full), "%s/proc/%d/root/run/secrets/out", b->h.root, b->pid);
    assert_int_equal(symlink("/etc/shadow", full), 0);
    check_secrets(b, ROOT_MOUNT "2 1 0:2 / /run/secrets rw - tmpfs tmpfs rw\n",
                  "/run/secrets/db tmpfs true 0400 true\n");
}

/* Docker's own store has a digest of what came from a registry; containerd's of all that is named.
 */
static void only_dockers_own_store_tells_what_was_pulled(void **state)
{
    static const struct {
        const char *digests, *status, *want;
    } rows[] = {
        {NULL, NULL, "false"},
        {"\"RepoDigests\": [\"busy@sha256:aa\"]", NULL, "true"},
        {"\"RepoDigests\": [\"other@sha256:aa\"]", NULL, "false"},
        {"\"RepoDigests\": [\"busy@sha256:aa\"]",
         "\"DriverStatus\": [[\"driver-type\", \"io.containerd.snapshotter.v1\"],",
         "unreadable (unsupported)"},
        {NULL, "\"DriverStatus\": [[\"driver-type\", \"io.containerd.snapshotter.v1\"],", "false"},
    };
    struct bench *b = *state;

    (void)container_answer(b, b->id);
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        fake_answer *info = &b->answers[1], *images = &b->answers[5];
        images->replace = rows[i].digests ? "\"RepoDigests\": null" : NULL;
        images->with = rows[i].digests;
        info->replace = rows[i].status ? "\"DriverStatus\": [" : NULL;
        info->with = rows[i].status;
        assert_ok(collect(b, NULL), b->err);
        says(only_container(b), "container.image.pulled", rows[i].want);
        pl_engine_close(b->client);
        b->client = NULL;
    }
}

#define SESSION_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SESSION_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* The container has these two sessions; NULL: the engine does not know that one any more. */
static void collect_sessions(struct bench *b, const char *changes, const char *first,
                             const char *second)
{
    const char *const bodies[] = {first, second};
    char path[128];

    fake_answer *c = container_answer(b, b->id);
    c->replace = "\"ExecIDs\": null";
    c->with = "\"ExecIDs\": [\"" SESSION_A "\", \"" SESSION_B "\"]";
    (void)snprintf(path, sizeof(path), "/v1.41/containers/%s/changes", b->id);
    pl_str copy = pl_arena_str(b->a, (pl_str){path, strlen(path) + 1});
    if (changes)
        b->answers[b->e.n++] = (fake_answer){.path = copy.p, .body = changes};
    for (size_t i = 0; i < PL_COUNT(bodies); i++)
        if (bodies[i])
            b->answers[b->e.n++] = (fake_answer){.path = i ? "/v1.41/exec/" SESSION_B "/json"
                                                           : "/v1.41/exec/" SESSION_A "/json",
                                                 .body = bodies[i]};
    assert_ok(collect(b, NULL), b->err);
}

#define RUNS(user, privileged)                                                                     \
    "{\"Running\": true, \"ProcessConfig\": {\"user\": \"" user "\", \"privileged\": " privileged  \
    "}}"

static void sessions_that_are_open_are_counted(void **state)
{
    struct bench *b = *state;
    collect_sessions(b, "null", RUNS("0:0", "true"), RUNS("10001", "false"));
    const pl_record *r = only_container(b);
    says(r, "container.execs_privileged", "1");
    says(r, "container.execs_as_root", "1");
    says(r, "container.execs_recorded", "unreadable (needs:gate)");
    says(r, "container.changed_files", "absent");
}

static void a_session_that_is_over_or_gone_counts_for_nothing(void **state)
{
    struct bench *b = *state;
    collect_sessions(b, "[]", "{\"Running\": false, \"ProcessConfig\": {\"privileged\": true}}",
                     NULL);
    says(only_container(b), "container.execs_privileged", "0");
    says(only_container(b), "container.execs_as_root", "0");
}

static void a_session_that_cannot_be_read_leaves_the_count_unknown(void **state)
{
    struct bench *b = *state;
    collect_sessions(b, "[]", RUNS("root", "false"), "{\"Running\": true}");
    says(only_container(b), "container.execs_privileged", "unreadable (unreadable)");
}

static void only_changes_of_programs_and_settings_are_listed(void **state)
{
    struct bench *b = *state;
    collect_sessions(
        b,
        "[{\"Path\": \"/usr\", \"Kind\": 0}, {\"Path\": \"/usr/bin\", \"Kind\": 0},"
        "{\"Path\": \"/usr/bin-old\", \"Kind\": 1}, {\"Path\": \"/usr/bin/x\", \"Kind\": 1},"
        "{\"Path\": \"/lib64/y\", \"Kind\": 2}, {\"Path\": \"/etcetera\", \"Kind\": 1},"
        "{\"Path\": \"/var/lib/z\", \"Kind\": 1}, {\"Path\": \"/tmp/q\", \"Kind\": 1},"
        "{\"Path\": 7}, 3, {\"Path\": \"usr/relative\"}]",
        NULL, NULL);
    says(only_container(b), "container.changed_files", "[/lib64/y, /usr/bin-old, /usr/bin/x]");
}

static void changes_that_are_not_told_are_unknown(void **state)
{
    struct bench *b = *state;
    collect_sessions(b, "{\"message\": \"no\"}", NULL, NULL);
    says(only_container(b), "container.changed_files", "unreadable (unreadable)");
}

static void a_process_that_is_worse_than_declared_shows(void **state)
{
    struct bench *b = *state;
    char line[64];
    static const struct want rows[] = {
        {"container.proc.uids", "[10001, 0]"}, {"container.proc.no_new_privs", "false"},
        {"container.caps", "[CAP_SYS_ADMIN]"}, {"container.proc.groups", "[disk, 4711]"},
        {"container.proc.names", "[busybox]"},
    };
    host_process(&b->h, b->pid + 1, "busybox", root_status, 200);
    (void)snprintf(line, sizeof(line), "%d\n%d\n", b->pid, b->pid + 1);
    in_cgroup(b, "cgroup.procs", line);
    (void)container_answer(b, b->id);
    assert_ok(collect(b, NULL), b->err);
    says_all(only_container(b), rows, PL_COUNT(rows));
}

static void processes_in_nested_cgroups_are_found(void **state)
{
    struct bench *b = *state;
    char line[64];
    host_process(&b->h, b->pid + 1, "busybox", root_status, 200);
    (void)snprintf(line, sizeof(line), "%d\n", b->pid + 1);
    in_cgroup(b, "init.scope/cgroup.procs", line);
    (void)container_answer(b, b->id);
    assert_ok(collect(b, NULL), b->err);
    says(only_container(b), "container.proc.uids", "[10001, 0]");
}

static void a_process_that_cannot_be_read_makes_all_of_them_unknown(void **state)
{
    struct bench *b = *state;
    char line[64];
    host_process(&b->h, b->pid + 1, "busybox", "Name:\tx\nUid:\t0\t0\t0\t0\n", 200);
    (void)snprintf(line, sizeof(line), "%d\n%d\n", b->pid, b->pid + 1);
    in_cgroup(b, "cgroup.procs", line);
    (void)container_answer(b, b->id);
    assert_ok(collect(b, NULL), b->err);
    says(only_container(b), "container.proc.uids", "unreadable (unreadable)");
    says(only_container(b), "container.caps", "unreadable (unreadable)");
}

static void a_pid_outside_the_containers_cgroup_is_not_believed(void **state)
{
    struct bench *b = *state;
    in_proc(b, b->pid, "cgroup", "0::/system.slice/sshd.service\n");
    (void)container_answer(b, b->id);
    assert_ok(collect(b, NULL), b->err);
    says(only_container(b), "container.proc.uids", "unreadable (unreadable)");
    says(only_container(b), "container.ns.host_net", "unreadable (unreadable)");
    assert_int_equal(b->facts.n_problems, 1);
    assert_non_null(strstr(b->facts.problems[0].p, "is not in a cgroup of this container"));
}

static void settings_come_from_where_they_were_given(void **state)
{
    struct bench *b = *state;
    static const struct want rows[] = {
        {"engine.pid", "77"},
        {"engine.uid", "0"},
        {"engine.remote", "false"},
        {"engine.log_level", "error"},
        {"engine.log_level_source", "argument"},
        {"engine.iptables", "false"},
        {"engine.iptables_source", "file"},
        {"engine.userland_proxy", "true"},
        {"engine.userland_proxy_source", "default"},
        {"engine.cgroup_parent", "/docker"},
        {"engine.config_file", "/etc/docker/daemon.json"},
        {"engine.restart_pending", "false"},
        {"engine.ip6tables", "false"}, /* 20.10: off by default */
        {"engine.selinux_enforce", "absent"},
        {"engine.apparmor_enabled", "false"},
        {"engine.api_listeners", "[]"},
        {"engine.plugins", "[]"},
    };
    (void)container_answer(b, b->id);
    assert_ok(collect(b, NULL), b->err);
    says_all(b->facts.engine.rec, rows, PL_COUNT(rows));
    assert_true(pl_str_starts(b->facts.engine.key, PL_S("h/C3ZZ:")));
    assert_int_equal(b->facts.hints.engine_pid, ENGINE_PID);
    assert_str(b->facts.hints.config_file, "/etc/docker/daemon.json");
    assert_str(b->facts.hints.published[0], "tcp 127.0.0.1 8080");
}

static void a_file_newer_than_the_process_is_pending(void **state)
{
    struct bench *b = *state;
    host_file(&b->h, "/proc/stat", "cpu 1\nbtime 1000000000\n");
    (void)container_answer(b, b->id);
    assert_ok(collect(b, NULL), b->err);
    says(b->facts.engine.rec, "engine.restart_pending", "true");
    says(b->facts.engine.rec, "engine.iptables", "unreadable (not-observed)");
    says(b->facts.engine.rec, "engine.iptables_source", "restart-pending");
    says(b->facts.engine.rec, "engine.userland_proxy", "unreadable (not-observed)");
    says(b->facts.engine.rec, "engine.log_level", "error"); /* an argument stays what it was */
}

static void a_rootless_engine_has_its_file_in_a_home(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < b->e.n; i++) {
        if (!strstr(b->answers[i].path, "/info"))
            continue;
        b->answers[i].replace = "\"name=seccomp,profile=default\"";
        b->answers[i].with = "\"name=seccomp,profile=builtin\",\"name=rootless\"";
    }
    host_process(
        &b->h, ENGINE_PID, "dockerd",
        "Name:\tdockerd\nPPid:\t1\nUid:\t1000\t1000\t1000\t1000\nGid:\t0\t0\t0\t0\nGroups:\t\n"
        "CapPrm:\t0\nCapBnd:\t0\nCapAmb:\t0\nNoNewPrivs:\t0\nSeccomp:\t0\n",
        100);
    host_file(&b->h, "/etc/passwd",
              "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n");
    host_file(&b->h, "/home/ann/.config/docker/daemon.json", "{\"userland-proxy\":false}");
    (void)container_answer(b, b->id);
    assert_ok(collect(b, NULL), b->err);
    says(b->facts.engine.rec, "engine.rootless", "true");
    says(b->facts.engine.rec, "engine.uid", "1000");
    says(b->facts.engine.rec, "engine.seccomp_profile", "builtin");
    says(b->facts.engine.rec, "engine.userland_proxy", "false");
    says(b->facts.engine.rec, "engine.iptables_source", "default"); /* root's file is not its own */
    assert_true(b->facts.hints.is_rootless);
    assert_int_equal(b->facts.hints.uid, 1000);
}

static void a_broken_file_leaves_its_settings_unknown(void **state)
{
    struct bench *b = *state;
    host_file(&b->h, "/etc/docker/daemon.json", "{\"iptables\":");
    (void)container_answer(b, b->id);
    assert_ok(collect(b, NULL), b->err);
    says(b->facts.engine.rec, "engine.iptables", "unreadable (unreadable)");
    says(b->facts.engine.rec, "engine.log_level", "error");
    assert_int_equal(b->facts.n_problems, 1);
    assert_true(pl_str_starts(b->facts.problems[0], PL_S("engine configuration: ")));
}

static void an_engine_without_a_process_here_is_somewhere_else(void **state)
{
    struct bench *b = *state;
    in_proc(b, ENGINE_PID, "net/unix", "Num\n0: 2 0 00010000 1 1 555 /run/other.sock\n");
    (void)container_answer(b, b->id);
    assert_ok(collect(b, NULL), b->err);
    says(b->facts.engine.rec, "engine.remote", "true");
    says(b->facts.engine.rec, "engine.log_level", "unreadable (unreadable)");
    says(only_container(b), "container.proc.uids", "unreadable (unreadable)");
    says(only_container(b), "container.cap_drop", "[ALL]"); /* what the API says stays */
    assert_false(b->facts.hints.is_here);
}

static void without_the_hosts_files_the_api_still_speaks(void **state)
{
    struct bench *b = *state;
    fake_host made = b->h;
    (void)container_answer(b, b->id);
    (void)snprintf(b->h.root, sizeof(b->h.root), "/nonexistent");
    pl_rc rc = collect(b, NULL);
    b->h = made;
    assert_ok(rc, b->err);
    says(only_container(b), "container.readonly_rootfs", "true");
    says(only_container(b), "container.proc.uids", "unreadable (unreadable)");
    says(b->facts.engine.rec, "engine.log_level", "unreadable (unreadable)");
    assert_true(b->facts.n_problems >= 1);
    assert_true(pl_str_starts(b->facts.problems[0], PL_S("host: ")));
}

/* ---- mounts ---- */

static const pl_record *mount_of(struct bench *b, const char *mounts)
{
    fake_answer *a = container_answer(b, b->id);
    a->replace = "\"Mounts\": [],";
    a->with = mounts;
    assert_ok(collect(b, NULL), b->err);
    const pl_value *list = pl_get(only_container(b), PL_F_CONTAINER_MOUNTS);
    assert_int_equal(list->n, 1);
    return list->u.recs[0];
}

#define MOUNT(type, source, more)                                                                  \
    "\"Mounts\": [{\"Type\":\"" type "\",\"Source\":\"" source                                     \
    "\",\"Destination\":\"/x\",\"RW\":true" more "}],"

static void a_volume_shows_the_host_path_that_it_hides(void **state)
{
    const pl_record *m = mount_of(*state, MOUNT("volume", "/var/lib/docker/volumes/hidden/_data",
                                                ",\"Name\":\"hidden\",\"Driver\":\"local\""));
    says(m, "mount.host_path", "/etc");
    says(m, "mount.in_engine_data", "false");
}

static void an_ordinary_volume_has_no_host_path(void **state)
{
    const pl_record *m = mount_of(*state, MOUNT("volume", "/var/lib/docker/volumes/plainvol/_data",
                                                ",\"Name\":\"plainvol\",\"Driver\":\"local\""));
    says(m, "mount.host_path", "absent");
    says(m, "mount.control_socket", "absent");
}

static void a_volume_that_nobody_lists_is_not_known(void **state)
{
    const pl_record *m = mount_of(*state, MOUNT("volume", "/x", ",\"Name\":\"strange\""));
    says(m, "mount.host_path", "unreadable (unreadable)");
    says(m, "mount.control_socket", "unreadable (unreadable)");
}

static void links_are_followed_to_what_is_mounted(void **state)
{
    struct bench *b = *state;
    host_link(&b->h, "/srv/harmless", "../var/./run//");
    const pl_record *m = mount_of(b, MOUNT("bind", "/srv/harmless", ""));
    says(m, "mount.host_path", "/run");
    says(m, "mount.control_socket", "/run/docker.sock"); /* the folder above the socket */
}

static void a_link_that_leads_round_in_circles_ends(void **state)
{
    struct bench *b = *state;
    host_link(&b->h, "/srv/a", "b");
    host_link(&b->h, "/srv/b", "a");
    const pl_record *m = mount_of(b, MOUNT("bind", "/srv/a/x", ""));
    assert_int_equal(pl_get(m, PL_F_MOUNT_HOST_PATH)->state, PL_PRESENT);
}

static void dots_cannot_leave_the_host(void **state)
{
    const pl_record *m = mount_of(*state, MOUNT("bind", "/srv/../../../etc/./shadow/", ""));
    says(m, "mount.host_path", "/etc/shadow");
}

static void the_engines_own_data_is_told(void **state)
{
    const pl_record *m = mount_of(*state, MOUNT("bind", "/var/lib/docker/overlay2", ""));
    says(m, "mount.in_engine_data", "true");
}

/* ---- engines that lie or fail ---- */

static void an_answer_about_another_container_is_refused(void **state)
{
    struct bench *b = *state;
    fake_answer *a = container_answer(b, b->id);
    a->file = "container-bad.json";
    assert_ok(collect(b, NULL), b->err);
    says(only_container(b), "container.privileged", "unreadable (unreadable)");
    assert_true(pl_str_eq(b->facts.containers[0].key, pl_str_c(b->id)));
    assert_non_null(strstr(b->facts.problems[0].p, "the engine answered about"));
}

static void a_container_that_is_gone_is_no_subject(void **state)
{
    struct bench *b = *state;
    assert_ok(collect(b, NULL), b->err); /* 404 */
    assert_int_equal(b->facts.n_containers, 0);
    assert_int_equal(b->facts.n_problems, 0);
}

static void a_container_that_cannot_be_read_stays_a_subject(void **state)
{
    struct bench *b = *state;
    static const struct {
        fake_answer a;
        const char *value, *problem;
    } rows[] = {
        {{.body = "oops", .status = 500}, "unreadable (unreadable)", "HTTP status 500: oops"},
        {{.body = "no", .status = 403}, "unreadable (denied)", "HTTP status 403"},
        {{.body = "{"}, "unreadable (unreadable)", "JSON: line 1"},
        {{.body = "{}"}, "unreadable (unreadable)", "JSON of another kind"},
        {{.body = "{\"Id\":1,\"Id\":2}"}, "unreadable (unreadable)", "duplicate"},
        {{.file = "container-good.json", .padding = 5 << 20},
         "unreadable (limit:size)",
         "answer is longer than 4194304 bytes"},
    };
    fake_answer *a = container_answer(b, b->id);
    const char *path = a->path;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        *a = rows[i].a;
        a->path = path;
        assert_ok(collect(b, NULL), b->err);
        says(only_container(b), "container.privileged", rows[i].value);
        says(only_container(b), "container.env", rows[i].value);
        assert_int_equal(b->facts.n_problems, 1);
        if (!strstr(b->facts.problems[0].p, rows[i].problem))
            fail_msg("%.*s", PL_F(b->facts.problems[0]));
        pl_engine_close(b->client);
        b->client = NULL;
    }
}

static void strange_ids_are_never_asked_for(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < b->e.n; i++)
        if (strstr(b->answers[i].path, "all=1"))
            b->answers[i].body = "[{\"Id\":\"../../info?\"},{\"Id\":7},{}]";
    assert_ok(collect(b, NULL), b->err);
    assert_int_equal(b->facts.n_containers, 3);
    for (size_t i = 0; i < 3; i++)
        says(b->facts.containers[i].rec, "container.privileged", "unreadable (denied)");
}

static void nothing_at_all_is_an_error(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < b->e.n; i++)
        b->answers[i] = (fake_answer){.path = b->answers[i].path, .body = "x", .status = 500};
    assert_int_equal(collect(b, NULL), PL_NET);
    assert_non_null(strstr(b->err.text, "HTTP status 500"));
}

static void without_info_the_containers_are_still_judged(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < b->e.n; i++)
        if (strstr(b->answers[i].path, "/info"))
            b->answers[i] = (fake_answer){.path = b->answers[i].path, .body = "x", .status = 500};
    (void)container_answer(b, b->id);
    assert_ok(collect(b, NULL), b->err);
    says(only_container(b), "container.readonly_rootfs", "true");
    says(b->facts.engine.rec, "engine.rootless", "unreadable (unreadable)");
    assert_true(b->facts.n_problems >= 1);
}

/* ---- secrets ---- */

static bool has_bytes(pl_str s, const char *text)
{
    return memmem(s.p, s.n, text, strlen(text));
}

static void without_a_redactor_no_value_leaves_the_worker(void **state)
{
    struct bench *b = *state;
    fake_answer *a = container_answer(b, b->id);
    a->replace = "PATH=";
    a->with = "TOKEN=swordfish";
    assert_ok(collect(b, NULL), b->err);
    const pl_record *env = pl_get(only_container(b), PL_F_CONTAINER_ENV)->u.recs[0];
    says(env, "env.name", "TOKEN");
    says(env, "env.secret", "unreadable (needs:redact)");
    assert_int_equal(pl_get(env, PL_F_ENV_VALUE)->state, PL_UNREADABLE);
    assert_int_equal(b->facts.n_documents, 0);
}

static pl_rc mark_env(pl_record *r, pl_arena *a, void *arg, pl_err *err)
{
    (void)a;
    (void)arg;
    (void)err;
    if (r->kind != &pl_kind_container)
        return PL_OK;
    const pl_value *env = pl_get(r, PL_F_CONTAINER_ENV);
    for (size_t i = 0; i < env->n; i++) {
        pl_set_str(env->u.recs[i], PL_F_ENV_SECRET, PL_S("word"));
        pl_set_str(env->u.recs[i], PL_F_ENV_VALUE, PL_S("gone"));
    }
    return PL_OK;
}

/* What a container's environment is replaced with comes in the descriptor for hooks. */
static pl_rc replace_env(json_t *doc, pl_engine_redaction *ret, void *arg, pl_err *err)
{
    json_t *config = json_object_get(doc, "Config");
    (void)err;
    if (!json_object_get(config, "Env") || !json_object_get(doc, "HostConfig"))
        return PL_OK;
    *ret = PL_REDACTION_SECRET;
    json_object_set_new(config, "Env", json_string(arg));
    return PL_OK;
}

static pl_rc redacting_worker(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    static char with[32];
    static const pl_engine_hooks hooks = {.record = mark_env, .document = replace_env, .arg = with};
    (void)args;
    (void)!read(PL_ENGINE_HOOK_FD, with, sizeof(with) - 1);
    return pl_engine_work(in_fd, out_fd, &hooks, err);
}

static void a_redactor_changes_record_and_document_before_they_leave(void **state)
{
    struct bench *b = *state;
    bool found = false;
    fake_answer *a = container_answer(b, b->id);
    a->replace = "PATH=";
    a->with = "TOKEN=swordfish";
    assert_ok(collect(b, "redacting"), b->err);
    const pl_record *env = pl_get(only_container(b), PL_F_CONTAINER_ENV)->u.recs[0];
    says(env, "env.secret", "word");
    assert_str(pl_get(env, PL_F_ENV_VALUE)->u.s, "gone");
    for (size_t i = 0; i < b->facts.n_documents; i++) {
        const pl_engine_document *d = &b->facts.documents[i];
        bool is_it = d->kind == PL_DOC_CONTAINER && pl_str_eq(d->id, pl_str_c(b->id));
        assert_false(has_bytes(d->json, "swordfish"));
        assert_int_equal(d->redaction, is_it ? PL_REDACTION_SECRET : PL_REDACTION_NONE);
        assert_int_equal(has_bytes(d->json, "(blanked)"), is_it);
        assert_int_equal(d->original.n, 0);
        found |= is_it;
    }
    assert_true(found);
}

static void originals_are_kept_when_asked_for_and_only_of_what_was_changed(void **state)
{
    struct bench *b = *state;
    size_t n = 0;
    fake_answer *a = container_answer(b, b->id);
    a->replace = "PATH=";
    a->with = "TOKEN=swordfish";
    assert_ok(collect_by(b, "redacting", true), b->err);
    for (size_t i = 0; i < b->facts.n_documents; i++) {
        const pl_engine_document *d = &b->facts.documents[i];
        assert_int_equal(d->original.n != 0, d->redaction == PL_REDACTION_SECRET);
        assert_false(has_bytes(d->json, "swordfish"));
        n += has_bytes(d->original, "TOKEN=swordfish");
    }
    assert_int_equal(n, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {
        {"engine", pl_engine_worker}, {"redacting", redacting_worker}, {NULL, NULL}};
    const struct CMUnitTest tests[] = {
        T(a_container_is_what_the_kernel_shows),
        T(secrets_are_seen_where_they_lie_and_who_may_read_them),
        T(a_file_system_that_answers_when_it_wants_to_is_not_asked),
        T(a_mount_that_covers_another_is_the_one_that_counts),
        T(a_link_is_no_secret_and_leads_nowhere),
        T(only_dockers_own_store_tells_what_was_pulled),
        T(sessions_that_are_open_are_counted),
        T(a_session_that_is_over_or_gone_counts_for_nothing),
        T(a_session_that_cannot_be_read_leaves_the_count_unknown),
        T(only_changes_of_programs_and_settings_are_listed),
        T(changes_that_are_not_told_are_unknown),
        T(a_process_that_is_worse_than_declared_shows),
        T(processes_in_nested_cgroups_are_found),
        T(a_process_that_cannot_be_read_makes_all_of_them_unknown),
        T(a_pid_outside_the_containers_cgroup_is_not_believed),
        T(settings_come_from_where_they_were_given),
        T(a_file_newer_than_the_process_is_pending),
        T(a_rootless_engine_has_its_file_in_a_home),
        T(a_broken_file_leaves_its_settings_unknown),
        T(an_engine_without_a_process_here_is_somewhere_else),
        T(without_the_hosts_files_the_api_still_speaks),
        T(a_volume_shows_the_host_path_that_it_hides),
        T(an_ordinary_volume_has_no_host_path),
        T(a_volume_that_nobody_lists_is_not_known),
        T(links_are_followed_to_what_is_mounted),
        T(a_link_that_leads_round_in_circles_ends),
        T(dots_cannot_leave_the_host),
        T(the_engines_own_data_is_told),
        T(an_answer_about_another_container_is_refused),
        T(a_container_that_is_gone_is_no_subject),
        T(a_container_that_cannot_be_read_stays_a_subject),
        T(strange_ids_are_never_asked_for),
        T(nothing_at_all_is_an_error),
        T(without_info_the_containers_are_still_judged),
        T(without_a_redactor_no_value_leaves_the_worker),
        T(a_redactor_changes_record_and_document_before_they_leave),
        T(originals_are_kept_when_asked_for_and_only_of_what_was_changed),
    };
    pl_jail_main(argc, argv, kinds);
    pl_engine_client_main(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
