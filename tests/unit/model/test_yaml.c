/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

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
        cmocka_unit_test(the_nearest_word_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
