/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "image/store_names.h"
#include "image/store_worker.h"
#include "image/tar.h"
#include "image/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void names_are_the_same_with_and_without_what_engines_put_in_front(void **state)
{
    static const struct {
        const char *wanted, *name;
        bool is_same;
    } rows[] = {
        {"web:1", "web:1", true},
        {"web:1", "localhost/web:1", true},
        {"web:1", "docker.io/library/web:1", true},
        {"docker.io/team/web:1", "team/web:1", true},
        {"web", "localhost/web:latest", true},
        {"web", "web:1", false},
        {"host:5000/web", "host:5000/web:latest", true},
        {"host:5000/web", "host:5000/web:5000", false},
        {"web:1", "evil/web:1", false},
        {"web:1", "web:11", false},
        {"", "web:latest", false},
    };

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_store_is_name(pl_str_c(rows[i].wanted), pl_str_c(rows[i].name)) != rows[i].is_same)
            fail_msg("%s and %s", rows[i].wanted, rows[i].name);
}

static void an_id_needs_twelve_digits(void **state)
{
    (void)state;
    assert_true(pl_store_is_id(PL_S(ID), PL_S(ID)));
    assert_true(pl_store_is_id(PL_S("sha256:" ID), PL_S(ID)));
    assert_true(pl_store_is_id(PL_S("0123456789ab"), PL_S(ID)));
    assert_false(pl_store_is_id(PL_S("0123456789a"), PL_S(ID)));
    assert_false(pl_store_is_id(PL_S("123456789abc"), PL_S(ID)));
    assert_false(pl_store_is_id(PL_S(ID "0"), PL_S(ID)));
    assert_false(pl_store_is_id(PL_S("0123456789ab"), PL_S("0123456789abcdef")));
}

/* ---- layers ---- */

static pl_rc find_rows(pl_arena *a, const char *layers, pl_store_found *found, pl_err *err)
{
    static const char images[] = "[{\"id\":\"" ID "\",\"names\":[\"web:1\"],\"layer\":\"b\"}]";
    PL_AUTO_BUF pl_buf documents = {0};

    pl_buf_lstr(&documents, pl_str_c(images));
    pl_buf_lstr(&documents, pl_str_c(layers));
    for (int i = 0; i < 3; i++)
        pl_buf_lstr(&documents, PL_S(""));
    pl_str kept = pl_arena_str(a, pl_buf_view(&documents));
    return pl_store_find(PL_STORE_JOB_CONTAINERS, PL_S("web:1"), kept, a, found, err);
}

static void a_chain_of_layers_ends_and_has_no_circle(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_store_found *found = PL_NEW(a, pl_store_found);
    pl_err err = {0};

    (void)state;
    assert_int_equal(find_rows(a, "[{\"id\":\"b\",\"parent\":\"a\"},{\"id\":\"a\"}]", found, &err),
                     PL_OK);
    assert_int_equal(found->n_layers, 2);
    assert_true(pl_str_eq(found->layers[0], PL_S("a")));
    assert_int_equal(find_rows(a, "[{\"id\":\"b\",\"parent\":\"b\"}]", found, &err), PL_LIMIT);
    assert_int_equal(find_rows(a, "[{\"id\":\"b\",\"parent\":\"x\"}]", found, &err), PL_FORMAT);
    assert_int_equal(find_rows(a, "[{\"id\":\"b\",\"parent\":", found, &err), PL_FORMAT);
}

/* ---- folders ---- */

static void make(const char *top, const char *name, const char *text)
{
    char path[300];

    (void)snprintf(path, sizeof(path), "%s/%s", top, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
}

/* The upper folder of a container, and what it is written to. */
struct upper {
    char top[40];
    int fd;
    pl_tar_out count, out;
    FILE *to;
};

static int make_upper(void **state)
{
    struct upper *u = calloc(1, sizeof(*u));
    char path[300];

    *state = u;
    (void)snprintf(u->top, sizeof(u->top), "/tmp/plimsoll-store.XXXXXX");
    assert_non_null(mkdtemp(u->top));
    make(u->top, "file", "hello");
    (void)snprintf(path, sizeof(path), "%s/gone", u->top);
    assert_int_equal(mknod(path, S_IFCHR, makedev(0, 0)), 0);
    (void)snprintf(path, sizeof(path), "%s/folder", u->top);
    assert_int_equal(mkdir(path, 0700), 0);
    make(path, "inner", "x");
    u->fd = open(u->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    u->to = tmpfile();
    u->count = (pl_tar_out){.fd = -1};
    u->out = (pl_tar_out){.fd = fileno(u->to)};
    return 0;
}

static int remove_upper(void **state)
{
    static const char *const names[] = {"more", "file", "gone", "folder/inner", "folder", ""};
    struct upper *u = *state;
    char path[300];

    pl_tar_out_done(&u->count);
    pl_tar_out_done(&u->out);
    (void)fclose(u->to);
    (void)close(u->fd);
    for (size_t i = 0; i < PL_COUNT(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", u->top, names[i]);
        (void)remove(path);
    }
    free(u);
    return 0;
}

/* Names of the entries of what was written. */
static void names_of(int fd, pl_buf *ret)
{
    pl_in_fd in = pl_in_of_fd(fd);
    PL_AUTO_TAR pl_tar *tar = pl_tar_new(&in.in);
    pl_tar_entry e;
    bool is_end = false;
    pl_err err = {0};

    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    while (pl_tar_next(tar, &e, &is_end, &err) == PL_OK && !is_end)
        pl_buf_fmt(ret, "%.*s%s ", PL_F(e.path), e.unread ? "!" : "");
    assert_true(is_end);
}

static void a_counted_upper_folder_is_as_long_as_it_is_written(void **state)
{
    struct upper *u = *state;
    PL_AUTO_BUF pl_buf names = {0};
    pl_err err = {0};

    assert_int_equal(pl_walk_upper(u->fd, &u->count, &err), PL_OK);
    assert_int_equal(pl_walk_upper(u->fd, &u->out, &err), PL_OK);
    assert_int_equal(u->count.n, u->out.n);
    assert_int_equal(pl_tar_out_end(&u->out, &err), PL_OK);
    names_of(u->out.fd, &names);
    assert_true(pl_str_eq(pl_buf_view(&names), PL_S("file folder folder/inner .wh.gone ")));
}

static void what_comes_after_the_count_does_not_fit_and_is_told(void **state)
{
    struct upper *u = *state;
    PL_AUTO_BUF pl_buf names = {0};
    pl_err err = {0};

    assert_int_equal(pl_walk_upper(u->fd, &u->count, &err), PL_OK);
    make(u->top, "more", "came later");
    u->out.max = u->count.n;
    assert_int_equal(pl_walk_upper(u->fd, &u->out, &err), PL_OK);
    assert_true(u->out.is_full && u->out.n <= u->count.n);
    u->out.is_full = u->out.is_stopped = false;
    u->out.max = 0;
    assert_int_equal(pl_walk_miss(&u->out, ESTALE, &err), PL_OK);
    assert_int_equal(pl_tar_out_end(&u->out, &err), PL_OK);
    names_of(u->out.fd, &names);
    assert_true(pl_str_has(pl_buf_view(&names), PL_S("!")));
}

static void files_that_no_layer_has_are_found(void **state)
{
    const struct upper *u = *state;
    pl_store_names names = {.key = pl_sipkey_process()};
    PL_AUTO_BUF pl_buf first = {0};
    size_t n = 0;
    pl_err err = {0};

    assert_int_equal(pl_store_names_add(&names, PL_S("./file"), &err), PL_OK);
    assert_int_equal(pl_store_names_add(&names, PL_S("/folder/"), &err), PL_OK);
    assert_int_equal(pl_store_names_extra(&names, u->fd, &n, &first, &err), PL_OK);
    assert_int_equal(n, 1);
    assert_true(pl_str_eq(pl_buf_view(&first), PL_S("folder/inner")));
    pl_buf_reset(&first);
    assert_int_equal(pl_store_names_add(&names, PL_S("folder/inner"), &err), PL_OK);
    assert_int_equal(pl_store_names_extra(&names, u->fd, &n, &first, &err), PL_OK);
    assert_int_equal(n, 0);
    pl_store_names_done(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_the_same_with_and_without_what_engines_put_in_front),
        cmocka_unit_test(an_id_needs_twelve_digits),
        cmocka_unit_test(a_chain_of_layers_ends_and_has_no_circle),
        cmocka_unit_test_setup_teardown(a_counted_upper_folder_is_as_long_as_it_is_written,
                                        make_upper, remove_upper),
        cmocka_unit_test_setup_teardown(what_comes_after_the_count_does_not_fit_and_is_told,
                                        make_upper, remove_upper),
        cmocka_unit_test_setup_teardown(files_that_no_layer_has_are_found, make_upper,
                                        remove_upper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
