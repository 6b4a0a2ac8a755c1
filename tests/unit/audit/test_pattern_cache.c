/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "audit/pattern_cache.h"
#include "secrets/secrets.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char patterns[] = "- {secret: a, title: A, severity: low, find: 'abcd[0-9]{4}', "
                               "finds: [abcd1234], passes: [x, y, z]}\n";
static const char other_patterns[] = "- {secret: b, title: B, severity: low, find: 'abcd[0-9]{5}', "
                                     "finds: [abcd12345], passes: [x, y, z]}\n";
static const char names[] =
    "{words: [password], endings: [password], before_colon: [password], phrases: [], exact: [], "
    "last_word_of_others: [], not_secret: [], placeholders: [], finds: [], passes: []}\n";

struct fixture {
    char folder[64];
    int fd;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    (void)snprintf(f->folder, sizeof(f->folder), "/tmp/pl-patterns.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->fd = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(f->fd >= 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/cache", f->folder);
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));)
        (void)unlinkat(dirfd(d), e->d_name, 0);
    if (d)
        (void)closedir(d);
    (void)rmdir(path);
    (void)rmdir(f->folder);
    (void)close(f->fd);
    free(f);
    return 0;
}

/* Was it compiled, and does it find what it should? */
static bool get(const struct fixture *f, int state_fd, const char *yaml)
{
    const pl_content_file files[] = {
        {"secrets/a.yaml", (const unsigned char *)yaml, strlen(yaml)},
        {"secrets/names.yaml", (const unsigned char *)names, sizeof(names) - 1},
        {0}};
    PL_AUTO_BUF pl_buf form = {0};
    PL_AUTO_SECRETS pl_secrets *s = NULL;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_secret_hits hits = {0};
    bool is_compiled = false;
    pl_err err = {0};

    (void)f;
    assert_ok(pl_pattern_cache_get(state_fd, files, &form, &is_compiled, &err), err);
    assert_ok(pl_secrets_read(pl_buf_view(&form), &s, &err), err);
    assert_ok(pl_secrets_find(s, PL_S("x abcd12345"), PL_SECRETS_SHAPES, a, &hits, &err), err);
    assert_int_equal(hits.n, 1);
    return is_compiled;
}

/* The one kept file. */
static int open_kept(const struct fixture *f, char path[512])
{
    char folder[256];
    int n = 0;

    (void)snprintf(folder, sizeof(folder), "%s/cache", f->folder);
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] != '.') {
            (void)snprintf(path, 512, "%s/%s", folder, e->d_name);
            n++;
        }
    (void)closedir(d);
    assert_int_equal(n, 1);
    return open(path, O_RDWR | O_CLOEXEC);
}

static void patterns_are_compiled_once(void **state)
{
    const struct fixture *f = *state;
    char path[512];
    struct stat st;

    assert_true(get(f, f->fd, patterns));
    assert_false(get(f, f->fd, patterns));
    PL_AUTO_FD int fd = open_kept(f, path);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_true(get(f, f->fd, other_patterns)); /* has a file of its own */
    assert_false(get(f, f->fd, patterns));
}

static void without_a_state_directory_they_are_compiled_each_time(void **state)
{
    assert_true(get(*state, -1, patterns));
    assert_true(get(*state, -1, patterns));
}

static void a_damaged_file_is_made_anew(void **state)
{
    const struct fixture *f = *state;
    char path[512];
    static const off_t places[] = {0, 10, 60, 400};

    assert_true(get(f, f->fd, patterns));
    for (size_t i = 0; i < PL_COUNT(places); i++) {
        PL_AUTO_FD int fd = open_kept(f, path);
        char c = 0;
        assert_int_equal(pread(fd, &c, 1, places[i]), 1);
        c ^= 1;
        assert_int_equal(pwrite(fd, &c, 1, places[i]), 1);
        assert_true(get(f, f->fd, patterns));
        assert_false(get(f, f->fd, patterns));
    }
    assert_int_equal(truncate(path, 200), 0);
    assert_true(get(f, f->fd, patterns));
    assert_false(get(f, f->fd, patterns));
}

static void a_file_that_others_can_write_or_name_is_not_used(void **state)
{
    const struct fixture *f = *state;
    char path[512];
    char other[600];

    assert_true(get(f, f->fd, patterns));
    PL_AUTO_FD int fd = open_kept(f, path);
    assert_int_equal(fchmod(fd, 0620), 0);
    assert_true(get(f, f->fd, patterns));
    assert_false(get(f, f->fd, patterns));

    (void)snprintf(other, sizeof(other), "%s.x", path);
    assert_int_equal(link(path, other), 0);
    assert_true(get(f, f->fd, patterns));
    assert_int_equal(unlink(other), 0);

    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink(other, path), 0);
    assert_true(get(f, f->fd, patterns));
    assert_int_equal(unlink(other), 0);

    if (geteuid() == 0) {
        assert_int_equal(chown(path, 65534, 65534), 0);
        assert_true(get(f, f->fd, patterns));
    }
}

static void a_file_of_other_patterns_under_this_name_is_not_used(void **state)
{
    const struct fixture *f = *state;
    char path[512];
    char first[512];

    assert_true(get(f, f->fd, patterns));
    assert_int_equal(close(open_kept(f, first)), 0);
    assert_int_equal(unlink(first), 0);
    assert_true(get(f, f->fd, other_patterns));
    assert_int_equal(close(open_kept(f, path)), 0);
    assert_int_equal(rename(path, first), 0);
    assert_true(get(f, f->fd, patterns));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(patterns_are_compiled_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_state_directory_they_are_compiled_each_time,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_made_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_others_can_write_or_name_is_not_used, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_file_of_other_patterns_under_this_name_is_not_used,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
