/* SPDX-License-Identifier: Apache-2.0 */
/* A tree made by somebody who wants the collector to hang, to leave the tree or to believe him. */
#include "folder.h"
#include "test.h"

#include "core/clock.h"
#include "core/jail.h"
#include "host/host.h"
#include "host/kinds.h"
#include "package/package.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

struct tree {
    char root[64];
    pl_schema *schema;
    pl_arena *arena;
    pl_host_facts facts;
};

static const char *at(const struct tree *t, const char *path)
{
    static char place[512];
    (void)snprintf(place, sizeof(place), "%s%s", t->root, path);
    return place;
}

static void make_dirs(const struct tree *t, const char *path)
{
    char place[512];
    (void)snprintf(place, sizeof(place), "%s%s", t->root, path);
    for (char *p = place + strlen(t->root) + 1; *p; p++)
        if (*p == '/') {
            *p = '\0';
            (void)mkdir(place, 0755);
            *p = '/';
        }
}

static void put(const struct tree *t, const char *path, const void *text, size_t n)
{
    make_dirs(t, path);
    PL_AUTO_FILE FILE *f = fopen(at(t, path), "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
}

static void put_text(const struct tree *t, const char *path, const char *text)
{
    put(t, path, text, strlen(text));
}

static int set_up(void **state)
{
    struct tree *t = calloc(1, sizeof(*t));
    assert_non_null(t);
    (void)snprintf(t->root, sizeof(t->root), "/tmp/plimsoll-host-XXXXXX");
    assert_non_null(mkdtemp(t->root));
    t->schema = pl_schema_new();
    pl_package_register(t->schema);
    pl_host_register(t->schema);
    put_text(t, "/proc/sys/kernel/hostname", "hostile\n");
    put_text(t, "/proc/sys/net/ipv4/tcp_syncookies", "1\n");
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct tree *t = *state;
    (void)remove_folder(t->root);
    pl_arena_free(t->arena);
    pl_schema_free(t->schema);
    free(t);
    return 0;
}

/* Reads the tree in a worker; whatever lies in it, this succeeds and the rest of it is read. */
static void collect(struct tree *t, const pl_host_hints *hints)
{
    const pl_host_source src = {.root = t->root, .salt = PL_S("salt")};
    pl_err err = {0};

    pl_arena_free(t->arena);
    t->arena = pl_arena_new((size_t)64 << 20);
    assert_ok(pl_host_collect(&src, hints, t->schema, &pl_clock_system, t->arena, &t->facts, &err),
              err);
    const pl_value *cookies = pl_get(t->facts.subject.rec, PL_F_HOST_TCP_SYNCOOKIES);
    assert_int_equal(cookies->state, PL_PRESENT);
    assert_int_equal(cookies->u.i, 1);
}

static size_t problems_with(const struct tree *t, const char *path)
{
    size_t n = 0;
    for (size_t i = 0; i < t->facts.n_problems; i++)
        n += pl_str_has(t->facts.problems[i], pl_str_c(path));
    return n;
}

static void show(const struct tree *t)
{
    for (size_t i = 0; i < t->facts.n_problems; i++)
        print_message("problem: %.*s\n", PL_F(t->facts.problems[i]));
}

#define assert_one_problem(t, path)                                                                \
    do {                                                                                           \
        if (problems_with((t), (path)) != 1) {                                                     \
            show(t);                                                                               \
            fail_msg("%s: %zu problems", (path), problems_with((t), (path)));                      \
        }                                                                                          \
    } while (0)

static void assert_unreadable(const struct tree *t, int field, const char *reason)
{
    const pl_value *v = pl_get(t->facts.subject.rec, field);
    if (v->state != PL_UNREADABLE || strcmp(v->reason ? v->reason : "unreadable", reason) != 0)
        fail_msg("%s: state %d, reason %s, want %s", pl_host_kind.fields[field].name, v->state,
                 v->reason ? v->reason : "none", reason);
}

static void what_is_no_file_is_named_once_and_the_rest_goes_on(void **state)
{
    struct tree *t = *state;
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    PL_AUTO_FD int sock = socket(AF_UNIX, SOCK_STREAM, 0);

    put_text(t, "/etc/x", "");
    assert_int_equal(mkfifo(at(t, "/etc/os-release"), 0644), 0);
    assert_int_equal(mkdir(at(t, "/etc/shadow"), 0755), 0);
    assert_true(pl_str_to_c(pl_str_c(at(t, "/etc/issue")), a.sun_path, sizeof(a.sun_path)));
    assert_int_equal(bind(sock, (struct sockaddr *)&a, sizeof(a)), 0);
    if (mknod(at(t, "/etc/passwd"), S_IFCHR | 0644, makedev(1, 5)) != 0)
        assert_int_equal(mkfifo(at(t, "/etc/passwd"), 0644), 0);

    collect(t, NULL);
    assert_one_problem(t, "/etc/os-release");
    assert_one_problem(t, "/etc/shadow");
    assert_one_problem(t, "/etc/issue");
    assert_one_problem(t, "/etc/passwd");
    assert_unreadable(t, PL_F_HOST_OS_ID, "unreadable");
    assert_unreadable(t, PL_F_HOST_OS_SUPPORT, "unreadable");
    assert_unreadable(t, PL_F_HOST_ACCOUNTS, "unreadable");
    assert_unreadable(t, PL_F_HOST_ISSUE_SHA256, "unreadable");
}

static void links_neither_loop_nor_leave_the_tree(void **state)
{
    struct tree *t = *state;

    put_text(t, "/etc/ssh/x", "");
    put_text(t, "/usr/sbin/sshd", "");
    assert_int_equal(symlink("group", at(t, "/etc/group")), 0);
    assert_int_equal(symlink("../../../../../../../../etc/passwd", at(t, "/etc/passwd")), 0);
    assert_int_equal(symlink("/etc/hostname", at(t, "/etc/machine-id")), 0);
    assert_int_equal(symlink("/proc/self/environ", at(t, "/etc/ssh/sshd_config")), 0);
    collect(t, NULL);
    assert_unreadable(t, PL_F_HOST_ACCOUNTS, "unreadable");
    assert_true(problems_with(t, "/etc/passwd") + problems_with(t, "/etc/group") >= 1);
    const pl_value *rules = pl_get(t->facts.subject.rec, PL_F_HOST_SSH_RULES);
    assert_true(rules->state != PL_PRESENT || rules->n == 1);
}

/* systemd.unit(5): by name, wherever they lie; the folder that weighs most has each name. */
static void drop_ins_count_in_the_order_of_their_names(void **state)
{
    struct tree *t = *state;

    put_text(t, "/usr/lib/systemd/system/docker.socket", "[Socket]\nListenStream=2375\n");
    put_text(t, "/etc/systemd/system/docker.socket.d/20.conf", "[Socket]\nListenStream=2377\n");
    put_text(t, "/usr/lib/systemd/system/docker.socket.d/10.conf", "[Socket]\nListenStream=\n");
    put_text(t, "/usr/lib/systemd/system/docker.socket.d/20.conf", "[Socket]\nListenStream=2378\n");
    put_text(t, "/etc/systemd/system/socket.d/30.conf", "[Socket]\nListenStream=2379\n");
    collect(t, NULL);
    const pl_value *tcp = pl_get(t->facts.subject.rec, PL_F_HOST_ENGINE_SOCKET_TCP);
    assert_int_equal(tcp->state, PL_PRESENT);
    assert_int_equal(tcp->n, 2);
    assert_str(tcp->u.strs[0], "2377");
    assert_str(tcp->u.strs[1], "2379");
}

static void a_sparse_file_of_ten_gigabytes_is_over_the_limit(void **state)
{
    struct tree *t = *state;

    put_text(t, "/etc/sudoers", "");
    assert_int_equal(truncate(at(t, "/etc/sudoers"), INT64_C(10) << 30), 0);
    put_text(t, "/var/lib/dpkg/status", "");
    assert_int_equal(truncate(at(t, "/var/lib/dpkg/status"), INT64_C(10) << 30), 0);
    collect(t, NULL);
    assert_one_problem(t, "/etc/sudoers");
    assert_one_problem(t, "/var/lib/dpkg/status");
    assert_unreadable(t, PL_F_HOST_SUDO_GRANTS, "limit:size");
    assert_unreadable(t, PL_F_HOST_PACKAGE_COUNT, "limit:size");
}

static void giant_lines_and_wild_bytes_do_no_harm(void **state)
{
    struct tree *t = *state;
    size_t n = 900000;
    PL_AUTO_FREE char *giant = malloc(n);

    assert_non_null(giant);
    memset(giant, 'A', n);
    put(t, "/etc/sudoers", giant, n);
    put(t, "/etc/group", giant, n);
    for (size_t i = 0; i < n; i++)
        giant[i] = (char)(i * 7919 >> 3);
    put(t, "/etc/passwd", giant, n);
    put(t, "/etc/ssh/sshd_config", giant, n);
    put(t, "/usr/sbin/sshd", giant, 10);
    put(t, "/var/lib/dpkg/status", giant, n);
    put(t, "/proc/1/mountinfo", giant, n);
    put(t, "/etc/apt/sources.list", giant, n);
    put(t, "/etc/containerd/config.toml", giant, n);
    put(t, "/etc/pam.d/sshd", giant, n);
    put(t, "/.recorded/nft", giant, n);
    put(t, "/.recorded/audit-rules", giant, n);
    put(t, "/.recorded/processes", giant, n);
    collect(t, NULL);
    assert_unreadable(t, PL_F_HOST_INBOUND, "unreadable");
    assert_unreadable(t, PL_F_HOST_SUDO_GRANTS, "limit:line");
    assert_unreadable(t, PL_F_HOST_FILESYSTEMS, "unreadable");
    assert_unreadable(t, PL_F_HOST_PACKAGE_COUNT, "unreadable");
    assert_unreadable(t, PL_F_HOST_PACKAGE_NAMES, "unreadable");
    const pl_value *packages = pl_get(t->facts.subject.rec, PL_F_HOST_PACKAGES);
    assert_int_equal(packages->state, PL_PRESENT);
    assert_true(packages->n > 0);
    const pl_value *last = pl_get(packages->u.recs[packages->n - 1], PL_F_PACKAGE_NAME);
    assert_int_equal(last->state, PL_UNREADABLE);
}

static void packages_of_a_host_without_dpkg_are_unknown(void **state)
{
    struct tree *t = *state;

    collect(t, NULL);
    assert_unreadable(t, PL_F_HOST_PACKAGES, "unsupported");
    assert_unreadable(t, PL_F_HOST_PACKAGE_COUNT, "unsupported");
    assert_unreadable(t, PL_F_HOST_PACKAGE_NAMES, "unsupported");
}

/* Without the processes nobody knows whether an engine is here that keeps output somewhere else. */
static void output_of_an_engine_that_nobody_could_see_is_unknown(void **state)
{
    struct tree *t = *state;
    const pl_host_hints told = {.has_engine = true, .data_root = PL_S("/srv/docker")};

    collect(t, NULL);
    const pl_value *files = pl_get(t->facts.subject.rec, PL_F_HOST_LOG_FILES);
    assert_int_equal(files->state, PL_PRESENT);
    assert_int_equal(files->n, 1);
    assert_true(pl_str_eq(pl_get(files->u.recs[0], PL_F_FILE_ROLE)->u.s, PL_S("container-log")));
    assert_int_equal(pl_get(files->u.recs[0], PL_F_FILE_UID)->state, PL_UNREADABLE);
    collect(t, &told);
    assert_int_equal(pl_get(t->facts.subject.rec, PL_F_HOST_LOG_FILES)->n, 0);
}

static void includes_that_include_each_other_end(void **state)
{
    struct tree *t = *state;

    put_text(t, "/usr/sbin/sshd", "");
    put_text(t, "/etc/ssh/sshd_config", "Include /etc/ssh/sshd_config\nInclude /etc/ssh/b\n");
    put_text(t, "/etc/ssh/b", "Include sshd_config b\n");
    put_text(t, "/etc/sudoers", "@include /etc/sudoers\n@includedir /etc/sudoers.d\n");
    put_text(t, "/etc/sudoers.d/a", "@include /etc/sudoers\n");
    put_text(t, "/etc/pam.d/sshd", "auth include sshd\nauth substack sshd\n@include sshd\n");
    collect(t, NULL);
    assert_unreadable(t, PL_F_HOST_SSH_RULES, "limit:includes");
    assert_unreadable(t, PL_F_HOST_SUDO_GRANTS, "limit:includes");
    assert_unreadable(t, PL_F_HOST_PAM_SERVICES, "limit:includes");
}

static void a_block_device_that_stands_on_itself_is_unknown(void **state)
{
    struct tree *t = *state;
    const pl_host_hints hints = {.has_engine = true, .data_root = PL_S("/data")};

    put_text(t, "/proc/1/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n");
    put_text(t, "/proc/swaps", "Filename\n");
    put_text(t, "/data/x", "");
    put_text(t, "/.recorded/processes", "");
    put_text(t, "/sys/class/block/sda1/dev", "8:1\n");
    put_text(t, "/sys/class/block/sdb1/dev", "8:1\n");
    put_text(t, "/sys/dev/block/8:1/slaves/sda1", "");
    put_text(t, "/sys/dev/block/8:1/slaves/sdb1", "");
    collect(t, &hints);
    const pl_value *volumes = pl_get(t->facts.subject.rec, PL_F_HOST_VOLUMES);
    assert_int_equal(volumes->state, PL_PRESENT);
    assert_int_equal(volumes->n, 1);
    const pl_value *v = pl_get(volumes->u.recs[0], PL_F_VOLUME_ENCRYPTION);
    assert_int_equal(v->state, PL_UNREADABLE);
    assert_string_equal(v->reason, "limit:block-depth");
}

/* ---- a file that changes while it is looked at ---- */

struct swapper {
    char path[128], fifo[128], plain[128];
    atomic_bool stop;
};

static void *swap(void *arg)
{
    struct swapper *s = arg;
    while (!atomic_load(&s->stop)) {
        if (link(s->fifo, s->path) == 0)
            (void)unlink(s->path);
        if (link(s->plain, s->path) == 0)
            (void)unlink(s->path);
    }
    return NULL;
}

static void a_file_that_is_swapped_is_a_file_or_an_error(void **state)
{
    struct tree *t = *state;
    struct swapper s = {.stop = false};
    pthread_t thread;

    put_text(t, "/etc/plain", "ID=debian\nVERSION_ID=12\n");
    (void)snprintf(s.path, sizeof(s.path), "%s/etc/os-release", t->root);
    (void)snprintf(s.fifo, sizeof(s.fifo), "%s/etc/fifo", t->root);
    (void)snprintf(s.plain, sizeof(s.plain), "%s/etc/plain", t->root);
    assert_int_equal(mkfifo(s.fifo, 0644), 0);
    assert_int_equal(pthread_create(&thread, NULL, swap, &s), 0);
    for (int i = 0; i < 20; i++) {
        collect(t, NULL);
        const pl_value *id = pl_get(t->facts.subject.rec, PL_F_HOST_OS_ID);
        if (id->state == PL_PRESENT)
            assert_str(id->u.s, "debian");
    }
    atomic_store(&s.stop, true);
    (void)pthread_join(thread, NULL);
}

static void a_tree_that_is_not_there_is_one_error(void **state)
{
    const pl_host_source src = {.root = "/nonexistent/tree", .salt = PL_S("salt")};
    struct tree *t = *state;
    pl_err err = {0};

    t->arena = pl_arena_new(1 << 20);
    assert_int_equal(
        pl_host_collect(&src, NULL, t->schema, &pl_clock_system, t->arena, &t->facts, &err),
        PL_SYS);
    assert_true(pl_str_has(pl_str_c(err.text), PL_S("/nonexistent/tree")));
}

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{"host", pl_host_worker}, {0}};
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_file_is_named_once_and_the_rest_goes_on),
        TEST(links_neither_loop_nor_leave_the_tree),
        TEST(drop_ins_count_in_the_order_of_their_names),
        TEST(a_sparse_file_of_ten_gigabytes_is_over_the_limit),
        TEST(giant_lines_and_wild_bytes_do_no_harm),
        TEST(packages_of_a_host_without_dpkg_are_unknown),
        TEST(output_of_an_engine_that_nobody_could_see_is_unknown),
        TEST(includes_that_include_each_other_end),
        TEST(a_block_device_that_stands_on_itself_is_unknown),
        TEST(a_file_that_is_swapped_is_a_file_or_an_error),
        TEST(a_tree_that_is_not_there_is_one_error),
    };
    pl_jail_main(argc, argv, kinds);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
