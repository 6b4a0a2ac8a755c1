/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/buf.h"
#include "core/yaml_tree.h"

#include <string.h>

static void a_tree_keeps_lines_tags_and_quotes(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_yaml *doc = NULL;
    pl_err err = {0};
    bool b = false;
    int64_t i = 0;

    assert_ok(pl_yaml_parse(a,
                            PL_S("a: 1\nb: \"true\"\nc: [x, !absent y]\nd: true\nm: 0o644\nn: ~\n"),
                            &doc, &err),
              err);
    assert_int_equal(doc->type, PL_YAML_MAPPING);
    assert_int_equal(pl_yaml_get(doc, "b")->line, 2);
    assert_false(pl_yaml_bool(pl_yaml_get(doc, "b"), &b));
    assert_true(pl_yaml_bool(pl_yaml_get(doc, "d"), &b) && b);
    assert_str(pl_yaml_get(doc, "c")->items[1].tag, "!absent");
    assert_true(pl_yaml_int(pl_yaml_get(doc, "m"), &i) && i == 0644);
    assert_true(pl_yaml_is_null(pl_yaml_get(doc, "n")));
    assert_null(pl_yaml_get(doc, "z"));
}

static void bad_documents_are_refused_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        pl_rc rc;
        const char *text;
    } cases[] = {
        {"a: 1\na: 2\n", PL_FORMAT, "line 2: key \"a\" stands twice"},
        {"a: &x 1\nb: *x\n", PL_FORMAT, "line 1: anchors are not used here"},
        {"b: *x\n", PL_FORMAT, "line 1: aliases are not used here"},
        {"--- 1\n--- 2\n", PL_FORMAT, "line 2: a second document"},
        {"a: [1\n", PL_FORMAT, NULL},
        {"? [a]\n: b\n", PL_FORMAT, "line 1: a key must be a word"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]", PL_LIMIT,
         "line 1: nested deeper than 24"},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        pl_yaml *doc = NULL;
        pl_err err = {0};
        pl_rc rc = pl_yaml_parse(a, pl_str_c(cases[i].in), &doc, &err);
        if (rc != cases[i].rc || (cases[i].text && strcmp(err.text, cases[i].text) != 0))
            fail_msg("case \"%s\": %s: %s", cases[i].in, pl_rc_text(rc), err.text);
    }
}

/* Documents of others, printed in one line each: "{a: 1@1:4}". */
static void print(const pl_yaml *v, pl_buf *out)
{
    static const char *const open[] = {"", "[", "{"}, *const close[] = {"", "]", "}"};

    pl_buf_c(out, open[v->type]);
    if (v->type == PL_YAML_SCALAR)
        pl_buf_fmt(out, "%.*s@%d:%d", PL_F(v->text), v->line, v->column);
    for (size_t i = 0; v->type == PL_YAML_SEQUENCE && i < v->n; i++)
        print(&v->items[i], out);
    for (size_t i = 0; v->type == PL_YAML_MAPPING && i < v->n; i++) {
        pl_buf_fmt(out, "%.*s: ", PL_F(v->items[2 * i].text));
        print(&v->items[2 * i + 1], out);
    }
    pl_buf_c(out, close[v->type]);
}

static void check_stream(const char *in, const char *want)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(64 << 20);
    PL_AUTO_BUF pl_buf got = {0};
    pl_yaml_documents docs = {0};
    pl_err err = {0};
    pl_rc rc = pl_yaml_stream(a, pl_str_c(in), &docs, &err);

    for (size_t i = 0; i < docs.n; i++)
        print(&docs.v[i], &got);
    if (rc)
        pl_buf_fmt(&got, "%s: %s", pl_rc_text(rc), err.text);
    if (!pl_str_eq(pl_buf_view(&got), pl_str_c(want)))
        fail_msg("%s\ngot  %.*s\nwant %s", in, PL_F(pl_buf_view(&got)), want);
}

static void a_stream_has_documents_aliases_and_merge_keys(void **state)
{
    (void)state;
    check_stream("a: 1\n---\n---\nb: [x, 2]\n", "{a: 1@1:4}{b: [x@4:52@4:8]}");
    check_stream("a: &x 1\nb: *x\n", "{a: 1@1:4b: 1@1:4}");
    check_stream("{\"a\": \"b\"}", "{a: b@1:7}");
    check_stream("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n",
                 "{x: {a: 1@1:11b: 2@1:17}y: {b: 3@4:6a: 1@1:11}}");
    check_stream("x: &x {a: 1}\ny: &y {a: 2, c: 3}\nz:\n  <<: [*x, *y]\n",
                 "{x: {a: 1@1:11}y: {a: 2@2:11c: 3@2:17}z: {a: 1@1:11c: 3@2:17}}");
    /* An anchor holds in its document. */
    check_stream("a: &x 1\n---\nb: *x\n",
                 "{a: 1@1:4}malformed input: line 3: alias *x names nothing that came before");
}

static void a_stream_gives_what_came_before_an_error(void **state)
{
    (void)state;
    check_stream("a: 1\n---\nb: {\n",
                 "{a: 1@1:4}malformed input: line 4: did not find expected node "
                 "content");
    check_stream("a: 1\n---\nb: 1\nb: 2\n",
                 "{a: 1@1:4}malformed input: line 4: key \"b\" stands twice");
    check_stream("a: &a [*a]\n",
                 "malformed input: line 1: alias *a names nothing that came before");
}

/* A few lines that would be walked for hours. */
static void aliases_of_aliases_count_as_often_as_they_are_used(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf in = {0};

    pl_buf_c(&in, "l0: &l0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++) {
        pl_buf_fmt(&in, "l%d: &l%d [", i, i);
        for (int k = 0; k < 9; k++)
            pl_buf_fmt(&in, "%s*l%d", k ? ", " : "", i - 1);
        pl_buf_c(&in, "]\n");
    }
    pl_buf_ch(&in, '\0');
    check_stream(in.p, "limit exceeded: line 6: more than 400000 nodes, aliases followed");
}

static void the_nearest_word_is_found(void **state)
{
    (void)state;
    static const char *const words[] = {"severity", "evidence", "title", NULL};
    assert_string_equal(pl_nearest_word(PL_S("titel"), words), "title");
    assert_string_equal(pl_nearest_word(PL_S("evidences"), words), "evidence");
    assert_null(pl_nearest_word(PL_S("zzz"), words));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_keeps_lines_tags_and_quotes),
        cmocka_unit_test(bad_documents_are_refused_by_line),
        cmocka_unit_test(a_stream_has_documents_aliases_and_merge_keys),
        cmocka_unit_test(a_stream_gives_what_came_before_an_error),
        cmocka_unit_test(aliases_of_aliases_count_as_often_as_they_are_used),
        cmocka_unit_test(the_nearest_word_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
