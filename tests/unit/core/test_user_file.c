/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/child.h"
#include "core/user_file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOBODY = 65534, LONG_MS = 10000 };

/* A home: of a second user when root runs this, else of whoever does. */
struct home {
    char dir[64];
    uid_t uid;
    gid_t gid;
};

static const char *path_of(const struct home *h, const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", h->dir, name);
    return path;
}

static void own(const struct home *h, const char *path)
{
    assert_int_equal(lchown(path, h->uid, h->gid), 0);
}

static void write_file(const struct home *h, const char *name, const char *text, mode_t mode)
{
    const char *path = path_of(h, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    own(h, path);
}

static int set_up(void **state)
{
    struct home *h = calloc(1, sizeof(*h));

    (void)snprintf(h->dir, sizeof(h->dir), "/tmp/plimsoll-home.XXXXXX");
    assert_non_null(mkdtemp(h->dir));
    h->uid = geteuid() ? geteuid() : NOBODY;
    h->gid = geteuid() ? getegid() : NOBODY;
    own(h, h->dir);
    *state = h;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"file", "roots", "link", "fifo", "leased", "big", "third"};
    struct home *h = *state;

    for (size_t i = 0; i < PL_COUNT(names); i++)
        (void)unlink(path_of(h, names[i]));
    (void)rmdir(h->dir);
    free(h);
    return 0;
}

static pl_rc read_named(const struct home *h, const char *path, pl_buf *out, pl_err *err)
{
    int64_t changed_us = 0;
    pl_rc rc = pl_user_file_read(
        &(pl_user_file){
            .path = path, .uid = h->uid, .gid = h->gid, .max = 4096, .deadline_ms = LONG_MS},
        out, &changed_us, err);
    if (!rc)
        assert_true(changed_us >= 0);
    return rc;
}

static void a_private_file_is_read_as_its_user(void **state)
{
    const struct home *h = *state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_err err = {0};

    write_file(h, "file", "secret\n", 0600);
    assert_ok(read_named(h, path_of(h, "file"), &out, &err), err);
    assert_str(pl_buf_view(&out), "secret\n");
}

static void the_reader_has_the_users_ids_and_no_capability(void **state)
{
    const struct home *h = *state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_err err = {0};
    char uids[64];

    assert_ok(read_named(h, "/proc/self/status", &out, &err), err);
    (void)snprintf(uids, sizeof(uids), "Uid:\t%u\t%u\t%u\t%u\n", h->uid, h->uid, h->uid, h->uid);
    assert_true(pl_str_has(pl_buf_view(&out), pl_str_c(uids)));
    assert_true(pl_str_has(pl_buf_view(&out), PL_S("CapEff:\t0000000000000000\n")));
    assert_true(pl_str_has(pl_buf_view(&out), PL_S("NoNewPrivs:\t1\n")));
}

static void what_the_user_may_not_read_is_denied_to_root_too(void **state)
{
    const struct home *h = *state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_err err = {0};

    write_file(h, "roots", "x", 0);
    if (geteuid() == 0)
        assert_int_equal(chown(path_of(h, "roots"), 0, 0), 0);
    assert_int_equal(read_named(h, path_of(h, "roots"), &out, &err), PL_DENIED);
    assert_int_equal(out.n, 0);
}

static void a_link_is_not_followed(void **state)
{
    const struct home *h = *state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_err err = {0};

    assert_int_equal(symlink("/etc/passwd", path_of(h, "link")), 0);
    own(h, path_of(h, "link"));
    assert_int_not_equal(read_named(h, path_of(h, "link"), &out, &err), PL_OK);
    assert_int_equal(out.n, 0);
    assert_non_null(strstr(err.text, "link"));
}

static void a_fifo_without_a_writer_is_refused_at_once(void **state)
{
    const struct home *h = *state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_err err = {0};

    assert_int_equal(mkfifo(path_of(h, "fifo"), 0600), 0);
    own(h, path_of(h, "fifo"));
    pl_rc rc = read_named(h, path_of(h, "fifo"), &out, &err);
    assert_int_not_equal(rc, PL_OK);
    assert_int_not_equal(rc, PL_TIMEOUT);
}

/* Opening a file with a lease waits for its holder, up to 45 s. */
static void a_lease_does_not_make_us_wait(void **state)
{
    const struct home *h = *state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_err err = {0};

    write_file(h, "leased", "x", 0600);
    int fd = open(path_of(h, "leased"), O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_SETSIG, SIGURG), 0); /* ignored by default */
    assert_int_equal(fcntl(fd, F_SETLEASE, F_WRLCK), 0);
    pl_rc rc = read_named(h, path_of(h, "leased"), &out, &err);
    assert_int_not_equal(rc, PL_OK);
    assert_int_not_equal(rc, PL_TIMEOUT);
    close(fd);
}

static void a_file_of_more_than_its_room_is_a_limit(void **state)
{
    const struct home *h = *state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_err err = {0};

    write_file(h, "big", "", 0600);
    assert_int_equal(truncate(path_of(h, "big"), 1 << 20), 0);
    assert_int_equal(read_named(h, path_of(h, "big"), &out, &err), PL_LIMIT);
}

static void a_file_of_a_third_user_is_refused(void **state)
{
    const struct home *h = *state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_err err = {0};

    write_file(h, "third", "x", 0644);
    if (geteuid() == 0)
        assert_int_equal(chown(path_of(h, "third"), 12345, 12345), 0);
    pl_rc rc = read_named(h, path_of(h, "third"), &out, &err);
    assert_int_equal(rc, geteuid() == 0 ? PL_DENIED : PL_OK);
}

static pl_rc never_ends(const void *arg, pl_buf *out, pl_err *err)
{
    (void)arg;
    (void)out;
    (void)err;
    for (;;)
        (void)pause();
    return PL_OK;
}

static void a_read_that_hangs_ends_with_its_deadline(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_err err = {0};

    pl_rc rc = pl_in_child(
        &(pl_errand){.run = never_ends, .what = "a hanging file", .max = 10, .deadline_ms = 20},
        &out, &err);
    assert_int_equal(rc, PL_TIMEOUT);
    assert_non_null(strstr(err.text, "a hanging file"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_private_file_is_read_as_its_user),
        T(the_reader_has_the_users_ids_and_no_capability),
        T(what_the_user_may_not_read_is_denied_to_root_too),
        T(a_link_is_not_followed),
        T(a_fifo_without_a_writer_is_refused_at_once),
        T(a_lease_does_not_make_us_wait),
        T(a_file_of_more_than_its_room_is_a_limit),
        T(a_file_of_a_third_user_is_refused),
        T(a_read_that_hangs_ends_with_its_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
