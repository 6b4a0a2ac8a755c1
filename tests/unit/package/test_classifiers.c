/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/io.h"
#include "package/classify.h"
#include "package/lines.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FIXTURES PL_SOURCE_ROOT "/tests/fixtures/classifiers/"

enum { PROVED_AT_LEAST = 60, FILE_MAX = 1 << 20 };

static pl_rc write_down(const pl_found *f, void *arg, pl_err *err)
{
    (void)err;
    pl_buf_fmt(arg, "%s/%.*s@%.*s ", pl_lang_type(f->lang), PL_F(f->name), PL_F(f->version));
    return PL_OK;
}

static pl_classifiers *builtin(void)
{
    pl_classifiers *c = NULL;
    pl_err err = {0};

    assert_ok(pl_classifiers_new(pl_content_builtin, &c, &err), err);
    return c;
}

static pl_classifiers *table_of(const char *yaml, pl_rc rc, pl_err *err)
{
    const pl_content_file files[] = {
        {"checks/other.yaml", (const unsigned char *)"x", 1},
        {"classifiers/test.yaml", (const unsigned char *)yaml, strlen(yaml)},
        {0},
    };
    pl_classifiers *c = NULL;

    assert_int_equal(pl_classifiers_new(files, &c, err), rc);
    return c;
}

/* What the table says of these bytes under this name. */
static pl_rc classify(const pl_classifiers *table, const char *path, pl_str bytes, bool is_program,
                      pl_buf *told, pl_err *err)
{
    unsigned char room[PL_WINDOW_ROOM];
    pl_window w = pl_window_of(room);
    pl_classify *c = NULL;

    assert_ok(pl_classify_open(table, &c, err), *err);
    (void)pl_classify_begin(c, pl_str_c(path), is_program);
    pl_rc rc = PL_OK;
    while (!rc && pl_window_push(&w, &bytes)) {
        rc = pl_classify_window(c, &w, is_program, err);
        pl_window_pass(&w);
    }
    pl_window_end(&w);
    if (!rc)
        rc = pl_classify_window(c, &w, is_program, err);
    if (!rc)
        rc = pl_classify_end(c, write_down, told, err);
    pl_classify_close(c);
    return rc;
}

static void says(const pl_classifiers *table, const char *path, pl_str bytes, const char *expected)
{
    PL_AUTO_BUF pl_buf told = {0};
    pl_err err = {0};

    assert_ok(classify(table, path, bytes, true, &told, &err), err);
    if (!pl_str_eq(pl_buf_view(&told), pl_str_c(expected)))
        fail_msg("%s: got \"%.*s\", want \"%s\"", path, PL_F(pl_buf_view(&told)), expected);
}

/* ---- the table that is built in ---- */

static const pl_classifier *row_of(const pl_classifiers *c, pl_str id)
{
    for (size_t i = 0; i < pl_classifiers_count(c); i++)
        if (pl_str_eq(pl_classifiers_at(c, i)->id, id))
            return pl_classifiers_at(c, i);
    return NULL;
}

static void at_least_sixty_rows_are_proved(void **state)
{
    PL_AUTO_CLASSIFIERS pl_classifiers *c = builtin();
    size_t proved = 0;

    (void)state;
    for (size_t i = 0; i < pl_classifiers_count(c); i++)
        proved += pl_classifiers_at(c, i)->proof.n > 0;
    assert_true(proved >= PROVED_AT_LEAST);
}

static void read_fixture(const char *name, pl_buf *out)
{
    PL_AUTO_BUF pl_buf path = {0};
    pl_err err = {0};

    pl_buf_fmt(&path, FIXTURES "%s", name);
    pl_buf_ch(&path, '\0');
    PL_AUTO_FD int fd = open(path.p, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_ok(pl_read_all(fd, FILE_MAX, out, &err), err);
}

static void take_field(pl_str *rest, pl_str *ret)
{
    assert_true(pl_str_cut(rest, '\t', ret));
}

/* program, package, path, number, offset, digest of the file, name of the excerpt */
static void check_excerpt(const pl_classifiers *c, pl_str line, pl_buf *seen)
{
    enum { FIELDS = 7, PROGRAM = 0, PACKAGE = 1, PATH = 2, NUMBER = 3, EXCERPT = 6 };
    PL_AUTO_BUF pl_buf bytes = {0};
    PL_AUTO_BUF pl_buf told = {0};
    PL_AUTO_BUF pl_buf wanted = {0};
    PL_AUTO_BUF pl_buf proof = {0};
    pl_str f[FIELDS];
    char name[200];
    char path[400];
    pl_err err = {0};

    for (size_t i = 0; i < FIELDS; i++)
        take_field(&line, &f[i]);
    const pl_classifier *row = row_of(c, f[PROGRAM]);
    assert_non_null(row);
    assert_true(pl_str_to_c(f[EXCERPT], name, sizeof(name)));
    assert_true(pl_str_to_c(f[PATH], path, sizeof(path)));
    read_fixture(name, &bytes);
    assert_ok(classify(c, path, pl_buf_view(&bytes), !row->is_text, &told, &err), err);
    pl_buf_fmt(&wanted, "%s/%.*s@%.*s ", pl_lang_type(row->lang), PL_F(row->package),
               PL_F(f[NUMBER]));
    if (!pl_str_has(pl_buf_view(&told), pl_buf_view(&wanted)))
        fail_msg("%s: got \"%.*s\", want \"%.*s\"", name, PL_F(pl_buf_view(&told)),
                 PL_F(pl_buf_view(&wanted)));
    pl_buf_fmt(&proof, "%.*s %.*s %.*s", PL_F(f[PACKAGE]), PL_F(f[PATH]), PL_F(f[NUMBER]));
    bool is_there = false;
    for (size_t i = 0; i < row->proof.n; i++)
        is_there |= pl_str_eq(row->proof.v[i], pl_buf_view(&proof));
    assert_true(is_there);
    pl_buf_fmt(seen, "\n%.*s\n", PL_F(row->id));
}

static void every_proved_row_reads_an_excerpt_of_the_real_file(void **state)
{
    PL_AUTO_CLASSIFIERS pl_classifiers *c = builtin();
    PL_AUTO_BUF pl_buf index = {0};
    PL_AUTO_BUF pl_buf seen = {0};
    pl_str line;

    (void)state;
    read_fixture("index.tsv", &index);
    pl_str rest = pl_buf_view(&index);
    while (pl_next_line(&rest, &line))
        if (line.n && line.p[0] != '#')
            check_excerpt(c, line, &seen);
    for (size_t i = 0; i < pl_classifiers_count(c); i++) {
        const pl_classifier *row = pl_classifiers_at(c, i);
        PL_AUTO_BUF pl_buf id = {0};
        pl_buf_fmt(&id, "\n%.*s\n", PL_F(row->id));
        if (row->proof.n && !pl_str_has(pl_buf_view(&seen), pl_buf_view(&id)))
            fail_msg("%.*s: no excerpt", PL_F(row->id));
    }
}

static void a_worker_has_the_same_table(void **state)
{
    PL_AUTO_CLASSIFIERS pl_classifiers *c = builtin();
    PL_AUTO_CLASSIFIERS pl_classifiers *copy = NULL;
    PL_AUTO_BUF pl_buf bytes = {0};
    pl_err err = {0};

    (void)state;
    pl_classifiers_write(c, &bytes);
    assert_ok(pl_classifiers_read(pl_buf_view(&bytes), &copy, &err), err);
    assert_int_equal(pl_classifiers_count(copy), pl_classifiers_count(c));
    assert_true(pl_classifiers_version(copy) == pl_classifiers_version(c));
    for (size_t n = 0; n < bytes.n; n += 97) {
        pl_classifiers *cut = NULL;
        assert_int_equal(pl_classifiers_read(pl_str_sub(pl_buf_view(&bytes), 0, n), &cut, &err),
                         PL_FORMAT);
    }
}

/* ---- other tables ---- */

#define ROW(files, anchor, version)                                                                \
    "- program: x\n  files: [" files "]\n  anchor: " anchor "\n  version: " version                \
    "\n  purl: pkg:generic/x\n"

static void a_star_in_a_name_is_a_part_of_the_version(void **state)
{
    pl_err err = {0};
    PL_AUTO_CLASSIFIERS pl_classifiers *c =
        table_of(ROW("'x3.*'", "\"\\x003.{*}.\"", "'\\x00(3\\.{*}\\.[0-9]+)\\x00'"), PL_OK, &err);

    (void)state;
    says(c, "/bin/x3.11", PL_S("a\0003.11.2\0003.12.1\0"), "generic/x@3.11.2 ");
    says(c, "/bin/x3.12", PL_S("a\0003.11.2\0003.12.1\0"), "generic/x@3.12.1 ");
    says(c, "/bin/x3.11-config", PL_S("a\0003.11.2\0"), "");
    says(c, "/bin/x3.", PL_S("a\0003..2\0"), "");
    says(c, "/bin/x", PL_S("a\0003.11.2\0"), "");
}

static void two_versions_in_one_file_are_none(void **state)
{
    pl_err err = {0};
    PL_AUTO_CLASSIFIERS pl_classifiers *c = table_of(ROW("x", "'v='", "'v=([0-9]+)'"), PL_OK, &err);

    (void)state;
    says(c, "x", PL_S("v=1 v=1"), "generic/x@1 ");
    says(c, "x", PL_S("v=1 v=2"), "generic/x@ ");
    says(c, "x", PL_S("v="), "");
}

static void a_version_that_lies_across_two_windows_is_read(void **state)
{
    pl_err err = {0};
    PL_AUTO_CLASSIFIERS pl_classifiers *c =
        table_of(ROW("x", "'v='", "'v=([0-9.]+);'"), PL_OK, &err);

    (void)state;
    for (size_t at = PL_WINDOW_ROOM - 600; at < PL_WINDOW_ROOM + 8; at += 3) {
        PL_AUTO_BUF pl_buf bytes = {0};
        while (bytes.n < at)
            pl_buf_ch(&bytes, '.');
        pl_buf_c(&bytes, "v=1.2.3;");
        while (bytes.n < PL_WINDOW_ROOM + 2000)
            pl_buf_ch(&bytes, '.');
        says(c, "x", pl_buf_view(&bytes), "generic/x@1.2.3 ");
    }
}

static void an_anchor_at_too_many_places_is_told(void **state)
{
    pl_err err = {0};
    PL_AUTO_CLASSIFIERS pl_classifiers *c = table_of(ROW("x", "'v='", "'v=([0-9]+)'"), PL_OK, &err);
    PL_AUTO_BUF pl_buf bytes = {0};
    PL_AUTO_BUF pl_buf told = {0};

    (void)state;
    for (size_t i = 0; i < PL_CLASSIFY_TRIES_MAX; i++)
        pl_buf_c(&bytes, "v=");
    says(c, "x", pl_buf_view(&bytes), "");
    pl_buf_c(&bytes, "v=1");
    assert_int_equal(classify(c, "x", pl_buf_view(&bytes), true, &told, &err), PL_LIMIT);
    assert_non_null(strstr(err.text, "PL_CLASSIFY_TRIES_MAX"));
}

static void rows_that_say_nothing_of_use_do_not_load(void **state)
{
    static const struct {
        const char *yaml, *why;
    } rows[] = {
        {"- program: x\n", "missing"},
        {ROW("x", "'a'", "'a([0-9])'"), "bytes"},
        {ROW("x", "'ab'", "'ab'"), "one group"},
        {ROW("x", "'ab'", "'(a)(b)'"), "one group"},
        {ROW("x", "'ab'", "'ab('"), "pattern, byte"},
        {ROW("'a*b*'", "'ab'", "'ab(c)'"), "at most one"},
        {ROW("'*'", "'ab'", "'ab(c)'"), "at most one"},
        {ROW("x", "'ab'", "'ab(c)'") ROW("y", "'ab'", "'ab(c)'"), "there twice"},
        {"- {program: x, files: [x], anchor: ab, version: '(c)', purl: 'pkg:none/x'}\n",
         "pkg:TYPE"},
        {"a: b\n", "sequence"},
    };

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_err err = {0};
        assert_null(table_of(rows[i].yaml, PL_FORMAT, &err));
        if (!strstr(err.text, rows[i].why) || !strstr(err.text, "classifiers/test.yaml"))
            fail_msg("row %zu: \"%s\"", i, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_least_sixty_rows_are_proved),
        cmocka_unit_test(every_proved_row_reads_an_excerpt_of_the_real_file),
        cmocka_unit_test(a_worker_has_the_same_table),
        cmocka_unit_test(a_star_in_a_name_is_a_part_of_the_version),
        cmocka_unit_test(two_versions_in_one_file_are_none),
        cmocka_unit_test(a_version_that_lies_across_two_windows_is_read),
        cmocka_unit_test(an_anchor_at_too_many_places_is_told),
        cmocka_unit_test(rows_that_say_nothing_of_use_do_not_load),
    };
    return cmocka_run_group_tests_name("package/classifiers", tests, NULL, NULL);
}
