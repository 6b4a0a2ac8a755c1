/* SPDX-License-Identifier: Apache-2.0 */
#include "folder.h"
#include "test.h"

#include "core/hostfile.h"
#include "core/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>

/* A tree of its own for each test; it is at once the root and the place outside it. */
struct tree {
    char dir[64];
    pl_root root;
};

static int make_tree(void **state)
{
    struct tree *t = calloc(1, sizeof(*t));
    pl_err err = {0};

    (void)snprintf(t->dir, sizeof(t->dir), "/tmp/plimsoll-hostfile-XXXXXX");
    assert_non_null(mkdtemp(t->dir));
    assert_ok(pl_root_open(t->dir, &t->root, &err), err);
    *state = t;
    return 0;
}

static int drop_tree(void **state)
{
    struct tree *t = *state;
    pl_root_close(&t->root);
    (void)remove_folder(t->dir);
    free(t);
    return 0;
}

static const char *in(const struct tree *t, const char *path)
{
    static char full[2][PATH_MAX];
    static int turn;
    turn = !turn;
    (void)snprintf(full[turn], sizeof(full[turn]), "%s%s", t->dir, path);
    return full[turn];
}

static void put(const struct tree *t, const char *path, const char *text)
{
    PL_AUTO_FD int fd = open(in(t, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(pl_write_all(fd, pl_str_c(text), NULL), PL_OK);
}

static void put_link(const struct tree *t, const char *path, const char *text)
{
    assert_int_equal(symlink(text, in(t, path)), 0);
}

static pl_rc get(const pl_root *r, const char *path, char text[256], pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_rc rc = pl_root_read(r, pl_str_c(path), PL_HOSTFILE_MAX, &b, NULL, err);
    (void)snprintf(text, 256, "%.*s", PL_F(pl_buf_view(&b)));
    return rc;
}

static void assert_reads(const struct tree *t, const char *path, const char *want)
{
    char text[256];
    pl_err err = {0};
    assert_ok(get(&t->root, path, text, &err), err);
    assert_string_equal(text, want);
}

/* The error is of that kind, starts with the whole path and ends with WHY. */
static void assert_fails(const struct tree *t, const char *path, pl_rc want, const char *why)
{
    char text[256];
    char full[PL_ERR_TEXT];
    pl_err err = {0};
    pl_rc rc = get(&t->root, path, text, &err);

    (void)snprintf(full, sizeof(full), "%s%s: %s", t->dir, path, why);
    if (rc != want || strcmp(err.text, full) != 0)
        fail_msg("%s: %s\nwant: %s", pl_rc_text(rc), err.text, full);
}

static void a_file_comes_with_its_state(void **state)
{
    struct tree *t = *state;
    PL_AUTO_BUF pl_buf b = {0};
    struct stat st;
    pl_err err = {0};

    put(t, "/daemon.json", "{}\n");
    assert_int_equal(chmod(in(t, "/daemon.json"), 0640), 0);
    assert_ok(pl_root_read(&t->root, PL_S("/daemon.json"), PL_HOSTFILE_MAX, &b, &st, &err), err);
    assert_str(pl_buf_view(&b), "{}\n");
    assert_int_equal(st.st_mode, S_IFREG | 0640);
    assert_int_equal(st.st_size, 3);
}

static void what_is_no_regular_file_is_refused_by_name(void **state)
{
    struct tree *t = *state;
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    PL_AUTO_FD int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", in(t, "/socket"));
    assert_int_equal(bind(s, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(mkfifo(in(t, "/fifo"), 0600), 0);
    assert_int_equal(mkdir(in(t, "/folder"), 0700), 0);

    assert_fails(t, "/fifo", PL_FORMAT, "is a FIFO, not a regular file");
    assert_fails(t, "/socket", PL_FORMAT, "is a socket, not a regular file");
    assert_fails(t, "/folder", PL_FORMAT, "is a folder, not a regular file");
    assert_fails(t, "/none", PL_NOTFOUND, "No such file or directory");
    assert_fails(t, "/none/x", PL_NOTFOUND, "No such file or directory");
}

/* Opening a device has effects (a watchdog resets the machine), so it is never opened. */
static void a_device_is_refused_unopened(void **state)
{
    struct tree *t = *state;
    if (mknod(in(t, "/dev"), S_IFCHR | 0600, makedev(1, 3)) < 0)
        skip(); /* needs the right to make a device */
    assert_fails(t, "/dev", PL_FORMAT, "is a device (char), not a regular file");
}

static void a_huge_sparse_file_is_refused_unread(void **state)
{
    struct tree *t = *state;
    put(t, "/sparse", "");
    assert_int_equal(truncate(in(t, "/sparse"), (off_t)10 << 30), 0);
    assert_fails(t, "/sparse", PL_LIMIT, "is 10737418240 bytes long, over the limit of 1048576");
}

static void a_file_of_exactly_the_cap_is_read(void **state)
{
    struct tree *t = *state;
    PL_AUTO_BUF pl_buf b = {0};
    pl_err err = {0};

    put(t, "/five", "12345");
    assert_ok(pl_root_read(&t->root, PL_S("/five"), 5, &b, NULL, &err), err);
    assert_int_equal(pl_root_read(&t->root, PL_S("/five"), 4, &b, NULL, &err), PL_LIMIT);
}

static void a_link_of_the_owner_is_followed_once(void **state)
{
    struct tree *t = *state;

    assert_int_equal(mkdir(in(t, "/etc"), 0755) | mkdir(in(t, "/usr"), 0755), 0);
    put(t, "/usr/os-release", "ID=debian\n");
    put_link(t, "/etc/os-release", "../usr/os-release");
    put_link(t, "/etc/absolute", "/usr/os-release");
    put_link(t, "/etc/two", "os-release");
    put_link(t, "/etc/self", "self");
    put_link(t, "/lib", "usr");
    put_link(t, "/etc/nowhere", "../gone");

    assert_reads(t, "/etc/os-release", "ID=debian\n");
    assert_reads(t, "/etc/absolute", "ID=debian\n");
    assert_reads(t, "/lib/os-release", "ID=debian\n");
    assert_fails(t, "/etc/two", PL_FORMAT, "is a symbolic link, not a regular file");

    char text[256];
    pl_err err = {0};
    assert_int_equal(get(&t->root, "/etc/nowhere", text, &err), PL_NOTFOUND);
    assert_non_null(strstr(err.text, "/etc/nowhere is a symbolic link: "));
    assert_non_null(strstr(err.text, "/etc/../gone: No such file"));
}

static void no_path_leads_out_of_the_root(void **state)
{
    struct tree *t = *state;

    put(t, "/passwd", "inside\n");
    put_link(t, "/out", "/../../../../../../etc/hostname");
    put_link(t, "/up", "..");
    assert_reads(t, "/../../passwd", "inside\n");
    assert_reads(t, "/up/up/passwd", "inside\n");

    char text[256];
    pl_err err = {0};
    assert_int_equal(get(&t->root, "/out", text, &err), PL_NOTFOUND);
    assert_int_equal(get(&t->root, "passwd", text, &err), PL_USAGE);
}

static void a_link_of_another_user_is_not_followed(void **state)
{
    struct tree *t = *state;
    if (geteuid() != 0)
        skip(); /* needs the right to give files away */

    put(t, "/target", "x");
    put_link(t, "/link", "target");
    assert_int_equal(lchown(in(t, "/link"), 1000, 1000), 0);
    assert_fails(t, "/link", PL_FORMAT, "is a symbolic link of uid 1000");

    assert_int_equal(lchown(in(t, "/link"), 0, 0), 0);
    assert_int_equal(chown(in(t, "/target"), 1000, 1000), 0);
    assert_fails(t, "/link", PL_FORMAT, "is a symbolic link to a file of uid 1000");
}

static void a_magic_link_is_read_but_never_followed(void **state)
{
    PL_AUTO_ROOT pl_root live = {.fd = -1};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(64 << 10);
    char text[256];
    pl_str link;
    pl_err err = {0};
    (void)state;

    assert_ok(pl_root_open("/", &live, &err), err);
    assert_true(pl_root_is_live(&live));
    assert_int_equal(get(&live, "/proc/self/root/etc/hostname", text, &err), PL_FORMAT);
    assert_ok(pl_root_readlink(&live, PL_S("/proc/self/ns/net"), a, &link, &err), err);
    assert_true(pl_str_starts(link, PL_S("net:[")));
    assert_ok(pl_root_readlink(&live, PL_S("/proc/self/exe"), a, &link, &err), err);
    assert_true(pl_str_ends(link, PL_S("test_core_hostfile")));
    assert_int_equal(pl_root_readlink(&live, PL_S("/proc/self/status"), a, &link, &err), PL_FORMAT);
    assert_string_equal(err.text, "/proc/self/status: is not a symbolic link");
}

static void proc_files_say_no_size_and_are_read_whole(void **state)
{
    PL_AUTO_ROOT pl_root live = {.fd = -1};
    char text[256];
    pl_err err = {0};
    (void)state;

    assert_ok(pl_root_open("/", &live, &err), err);
    assert_ok(get(&live, "/proc/sys/kernel/ostype", text, &err), err);
    assert_string_equal(text, "Linux\n");
    assert_int_equal(get(&live, "/proc/999999999/status", text, &err), PL_NOTFOUND);
    assert_string_equal(err.text, "/proc/999999999/status: No such file or directory");
}

static void a_path_is_shown_without_its_escape_sequences(void **state)
{
    struct tree *t = *state;
    char text[256];
    pl_err err = {0};
    assert_int_equal(get(&t->root, "/a\nb\x1b[2J", text, &err), PL_NOTFOUND);
    assert_non_null(strstr(err.text, "/a\\nb\\x1b[2J: No such file"));
}

/* Root may read everything, so it acts as nobody for this. */
static void no_right_to_read_is_said(void **state)
{
    struct tree *t = *state;
    char text[256];
    pl_err err = {0};
    bool is_root = geteuid() == 0;

    put(t, "/shadow", "x");
    assert_int_equal(chmod(t->dir, 0755) | chmod(in(t, "/shadow"), 0), 0);
    if (is_root && seteuid(65534) < 0)
        skip(); /* root of a user namespace without another uid */
    pl_rc rc = get(&t->root, "/shadow", text, &err);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(rc, PL_DENIED);
    assert_true(pl_str_ends((pl_str){err.text, err.len}, PL_S("/shadow: Permission denied")));
}

/* ---- swapped while we look ---- */

struct swapper {
    const struct tree *t;
    atomic_bool stop;
};

static void *swap(void *arg)
{
    struct swapper *s = arg;
    char names[4][PATH_MAX];
    static const char *const paths[] = {"/file", "/fifo", "/link", "/x"};

    for (size_t i = 0; i < PL_COUNT(paths); i++)
        (void)snprintf(names[i], sizeof(names[i]), "%s%s", s->t->dir, paths[i]);
    for (unsigned n = 0; !atomic_load(&s->stop); n++)
        (void)renameat2(AT_FDCWD, names[n % 3], AT_FDCWD, names[3], RENAME_EXCHANGE);
    return NULL;
}

static bool is_clear(pl_rc rc, const char *text, const pl_err *err)
{
    if (rc == PL_OK)
        return strcmp(text, "good") == 0;
    return (rc == PL_FORMAT || rc == PL_NOTFOUND) && strstr(err->text, "/x");
}

static void a_file_that_is_swapped_while_it_is_opened_gives_itself_or_an_error(void **state)
{
    struct swapper s = {.t = *state};
    pthread_t thread;
    size_t good = 0;
    size_t bad = 0;

    put(s.t, "/x", "good");
    put(s.t, "/file", "good");
    put_link(s.t, "/link", "nowhere");
    assert_int_equal(mkfifo(in(s.t, "/fifo"), 0600), 0);
    assert_int_equal(pthread_create(&thread, NULL, swap, &s), 0);
    for (size_t i = 0; i < 1000000 && (i < 5000 || !good || !bad); i++) {
        char text[256];
        pl_err err = {0};
        pl_rc rc = get(&s.t->root, "/x", text, &err);
        if (!is_clear(rc, text, &err)) {
            atomic_store(&s.stop, true);
            fail_msg("%s: %s: %s", pl_rc_text(rc), err.text, text);
        }
        *(rc ? &bad : &good) += 1;
    }
    atomic_store(&s.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(good > 0 && bad > 0);
}

/* ---- state, names, attributes ---- */

static void state_is_known_of_any_type(void **state)
{
    struct tree *t = *state;
    struct stat st;
    pl_err err = {0};

    assert_int_equal(mkfifo(in(t, "/fifo"), 0622), 0);
    assert_int_equal(chmod(in(t, "/fifo"), 0622), 0);
    put_link(t, "/link", "fifo");
    assert_ok(pl_root_lstat(&t->root, PL_S("/link"), &st, &err), err);
    assert_true(S_ISLNK(st.st_mode));
    assert_ok(pl_root_stat(&t->root, PL_S("/link"), &st, &err), err);
    assert_int_equal(st.st_mode, S_IFIFO | 0622);
}

static void a_folder_is_listed_in_order_up_to_a_cap(void **state)
{
    struct tree *t = *state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(64 << 10);
    pl_names names;
    pl_err err = {0};
    char path[32];

    for (int i = 0; i < 40; i++) {
        (void)snprintf(path, sizeof(path), "/f%02d", (i * 7) % 40);
        put(t, path, "");
    }
    assert_ok(pl_root_list(&t->root, PL_S("/"), 40, a, &names, &err), err);
    assert_int_equal(names.n, 40);
    assert_str(names.items[0], "f00");
    assert_str(names.items[39], "f39");
    assert_int_equal(pl_root_list(&t->root, PL_S("/"), 39, a, &names, &err), PL_LIMIT);
    assert_int_equal(pl_root_list(&t->root, PL_S("/f00"), 39, a, &names, &err), PL_NOTFOUND);
}

static void an_access_list_shows_whom_the_mode_hides(void **state)
{
    /* version 2; owner rwx, user 1000 rwx, group r-x, mask r-x, others --- */
    static const unsigned char raw[] = {2,   0,   0,   0,   1,   0,    7,  0,   255, 255, 255,
                                        255, 2,   0,   7,   0,   0xe8, 3,  0,   0,   4,   0,
                                        5,   0,   255, 255, 255, 255,  16, 0,   5,   0,   255,
                                        255, 255, 255, 32,  0,   0,    0,  255, 255, 255, 255};
    struct tree *t = *state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(64 << 10);
    pl_acl acl;
    pl_err err = {0};

    put(t, "/plain", "");
    put(t, "/acl", "");
    assert_ok(pl_root_acl(&t->root, PL_S("/plain"), a, &acl, &err), err);
    assert_int_equal(acl.n, 0);
    if (setxattr(in(t, "/acl"), "system.posix_acl_access", raw, sizeof(raw), 0) < 0)
        skip(); /* the file system of /tmp has no access lists */
    assert_ok(pl_root_acl(&t->root, PL_S("/acl"), a, &acl, &err), err);
    assert_int_equal(acl.n, 1);
    assert_false(acl.items[0].is_group);
    assert_int_equal(acl.items[0].id, 1000);
    assert_int_equal(acl.items[0].perm, 5);
    assert_int_equal(pl_root_acl(&t->root, PL_S("/none"), a, &acl, &err), PL_NOTFOUND);
}

static void a_root_below_ends_at_mount_points(void **state)
{
    PL_AUTO_ROOT pl_root live = {.fd = -1};
    PL_AUTO_ROOT pl_root tree = {.fd = -1};
    PL_AUTO_ROOT pl_root below = {.fd = -1};
    struct tree *t = *state;
    char text[256];
    pl_err err = {0};

    assert_int_equal(mkdir(in(t, "/merged"), 0755), 0);
    put(t, "/merged/f", "in");
    assert_ok(pl_root_below(&t->root, PL_S("/merged"), &tree, &err), err);
    assert_ok(get(&tree, "/../f", text, &err), err);
    assert_string_equal(text, "in");

    assert_ok(pl_root_open("/", &live, &err), err);
    assert_ok(pl_root_below(&live, PL_S("/"), &below, &err), err);
    assert_int_not_equal(get(&below, "/proc/version", text, &err), PL_OK);
}

#define in_tree(f) cmocka_unit_test_setup_teardown(f, make_tree, drop_tree)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_tree(a_file_comes_with_its_state),
        in_tree(what_is_no_regular_file_is_refused_by_name),
        in_tree(a_device_is_refused_unopened),
        in_tree(a_huge_sparse_file_is_refused_unread),
        in_tree(a_file_of_exactly_the_cap_is_read),
        in_tree(a_link_of_the_owner_is_followed_once),
        in_tree(no_path_leads_out_of_the_root),
        in_tree(a_link_of_another_user_is_not_followed),
        cmocka_unit_test(a_magic_link_is_read_but_never_followed),
        cmocka_unit_test(proc_files_say_no_size_and_are_read_whole),
        in_tree(a_path_is_shown_without_its_escape_sequences),
        in_tree(no_right_to_read_is_said),
        in_tree(a_file_that_is_swapped_while_it_is_opened_gives_itself_or_an_error),
        in_tree(state_is_known_of_any_type),
        in_tree(a_folder_is_listed_in_order_up_to_a_cap),
        in_tree(an_access_list_shows_whom_the_mode_hides),
        in_tree(a_root_below_ends_at_mount_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
