/* SPDX-License-Identifier: Apache-2.0 */
/* The way to the state directory, and what commands of root do in a directory of another user. */
#include "helper.h"

#include "core/io.h"
#include "ledger/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OTHER = 12345 };

static int setup(void **state)
{
    th_dir *d = calloc(1, sizeof(*d));

    th_make(d);
    *state = d;
    return 0;
}

static int teardown(void **state)
{
    th_drop(*state);
    free(*state);
    return 0;
}

/* Below the scratch directory; valid until the call after the next. */
static const char *below(const th_dir *d, const char *name)
{
    static char paths[2][200];
    static size_t i;

    i = 1 - i;
    (void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", d->path, name);
    return paths[i];
}

static pl_rc open_it(const char *path, bool create, struct stat *ret)
{
    PL_AUTO_FD int fd = -1;
    pl_err err = {0};

    pl_rc rc = pl_state_open(path, create, &fd, &err);
    if (!rc)
        assert_int_equal(fstat(fd, ret), 0);
    return rc;
}

static void missing_parts_of_the_way_are_made(void **state)
{
    th_dir *d = *state;
    const char *path = below(d, "a/./b//state");
    struct stat st;

    assert_int_equal(open_it(path, false, &st), PL_NOTFOUND);
    assert_int_equal(open_it(path, true, &st), PL_OK);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat(below(d, "a/b"), &st), 0);
    assert_int_equal(st.st_uid, geteuid());
    assert_int_equal(open_it(path, false, &st), PL_OK);
}

static void a_name_that_is_too_long_or_a_file_is_no_directory(void **state)
{
    th_dir *d = *state;
    char name[PL_STATE_NAME_MAX + 2];
    struct stat st;

    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(open_it(name, true, &st), PL_USAGE);
    assert_int_equal(open_it("", true, &st), PL_USAGE);
    PL_AUTO_FD int fd = open(below(d, "file"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(open_it(below(d, "file"), true, &st), PL_SYS);
    assert_int_equal(open_it(below(d, "file/state"), true, &st), PL_SYS);
}

static void a_link_that_another_user_laid_is_not_followed(void **state)
{
    th_dir *d = *state;
    struct stat st;

    assert_int_equal(mkdir(below(d, "real"), 0700), 0);
    assert_int_equal(symlink("real", below(d, "link")), 0);
    assert_int_equal(open_it(below(d, "link"), true, &st), PL_OK);
    assert_int_equal(open_it(below(d, "link/sub"), true, &st), PL_OK);
    if (geteuid() != 0)
        return;
    assert_int_equal(lchown(below(d, "link"), OTHER, OTHER), 0);
    assert_int_equal(open_it(below(d, "link"), true, &st), PL_DENIED);
    assert_int_equal(open_it(below(d, "link/sub"), false, &st), PL_DENIED);
    /* The one who asked root for it may. */
    assert_int_equal(setenv("SUDO_UID", "12345", 1), 0);
    assert_int_equal(open_it(below(d, "link"), true, &st), PL_OK);
    assert_int_equal(unsetenv("SUDO_UID"), 0);
}

static void a_directory_that_everybody_can_rename_in_is_no_way(void **state)
{
    th_dir *d = *state;
    struct stat st;

    assert_int_equal(mkdir(below(d, "open"), 0700), 0);
    assert_int_equal(chmod(below(d, "open"), 0777), 0);
    assert_int_equal(open_it(below(d, "open/state"), true, &st), PL_DENIED);
    assert_int_equal(access(below(d, "open/state"), F_OK), -1);
    assert_int_equal(chmod(below(d, "open"), 01777), 0);
    assert_int_equal(open_it(below(d, "open/state"), true, &st), PL_OK);
}

static void assert_holds(const char *path, const char *want)
{
    PL_AUTO_BUF pl_buf got = {0};
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(pl_read_all(fd, 4096, &got, NULL), PL_OK);
    assert_true(pl_str_eq(pl_buf_view(&got), pl_str_c(want)));
}

static void put(const char *path, const char *text)
{
    PL_AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void a_file_of_a_command_takes_the_place_of_a_link_and_has_the_owner(void **state)
{
    th_dir *d = *state;
    struct stat st;
    pl_err err = {0};

    put(below(d, "victim"), "root's");
    assert_int_equal(symlink("victim", below(d, "report.html")), 0);
    if (geteuid() == 0)
        assert_int_equal(fchown(d->state, OTHER, OTHER), 0);
    assert_ok(pl_state_write(d->state, "report.html", PL_S("page"), &err), err);
    assert_holds(below(d, "victim"), "root's");
    assert_holds(below(d, "report.html"), "page");
    assert_int_equal(lstat(below(d, "report.html"), &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_uid, geteuid() == 0 ? OTHER : geteuid());
}

static void inside_the_owners_rights_roots_files_are_out_of_reach(void **state)
{
    th_dir *d = *state;
    pl_err err = {0};

    if (geteuid() != 0)
        return;
    put(below(d, "victim"), "root's");
    assert_int_equal(fchown(d->state, OTHER, OTHER), 0);
    assert_ok(pl_state_enter(d->state, &err), err);
    int fd = openat(d->state, "victim", O_WRONLY | O_CLOEXEC);
    int e = errno;
    int own = openat(d->state, "own", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    /* Its path leads through directories of root alone. */
    int by_path = open(below(d, "own"), O_WRONLY | O_CLOEXEC);
    pl_state_leave();
    assert_int_equal(fd, -1);
    assert_int_equal(e, EACCES);
    struct stat st;
    assert_int_equal(fstat(own, &st), 0);
    assert_int_equal(st.st_uid, OTHER);
    (void)close(own);
    assert_true(by_path >= 0);
    (void)close(by_path);
    fd = openat(d->state, "victim", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    (void)close(fd);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(missing_parts_of_the_way_are_made),
        T(a_name_that_is_too_long_or_a_file_is_no_directory),
        T(a_link_that_another_user_laid_is_not_followed),
        T(a_directory_that_everybody_can_rename_in_is_no_way),
        T(a_file_of_a_command_takes_the_place_of_a_link_and_has_the_owner),
        T(inside_the_owners_rights_roots_files_are_out_of_reach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
