/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/arena.h"
#include "core/json_rd.h"
#include "core/limits.h"

#include <string.h>

static bool is_json(const char *text)
{
    pl_json_rd r = pl_json_rd_of(pl_str_c(text));
    pl_json_skip(&r);
    return pl_json_done(&r);
}

static void the_grammar_of_json_holds_in_text_that_is_skipped(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{}",          "[]", " [ 1 , -2.5e+3 , true,false,null ] ",
        "\"a\\\"b\"",  "0",  "{\"a\":{\"b\":[[],{}]},\"c\":\"\"}",
        "[[[[]]],[]]",
    };
    static const char *const bad[] = {
        "",         "{",      "[1,]",      "[1 2]",      "{\"a\"}",
        "{\"a\":}", "{a:1}",  "tru",       "01x",        "1.",
        "-",        "\"a",    "\"a\\\"",   "{\"a\":1,}", "[1]]",
        "1 2",      "\"\n\"", "{\"a\" 1}", "[,1]",       "{,\"a\":1}",
        "1e",       "[}",     "{]",        "nul",        "{\"a\":1 \"b\":2}",
    };
    for (size_t i = 0; i < PL_COUNT(good); i++)
        if (!is_json(good[i]))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < PL_COUNT(bad); i++)
        if (is_json(bad[i]))
            fail_msg("accepted: %s", bad[i]);
}

static void escapes_are_undone_once(void **state)
{
    (void)state;
    static const struct {
        const char *json, *want; /* want NULL: refused */
    } cases[] = {
        {"\"plain\"", "plain"},
        {"\"a\\n\\t\\\\\\/\\\"\"", "a\n\t\\/\""},
        {"\"\\u00e9\\u20ac\\ud83d\\ude00\"", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
        {"\"\\ud83d\"", NULL},
        {"\"\\ude00\"", NULL},
        {"\"\\ud83d\\u0041\"", NULL},
        {"\"\\u12g4\"", NULL},
        {"\"\\x\"", NULL},
        {"\"\xFF\"", NULL},
        {"\"\xED\xA0\x80\"", NULL},
        {"7", NULL},
    };
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 16);
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_json_rd r = pl_json_rd_of(pl_str_c(cases[i].json));
        pl_str got = {0};
        bool ok = pl_json_string(&r, a, 100, &got);
        if (ok != (cases[i].want != NULL) || (ok && !pl_str_eq(got, pl_str_c(cases[i].want))))
            fail_msg("%s gave \"%.*s\"", cases[i].json, PL_F(got));
    }
}

static void the_head_of_a_string_ends_at_a_character(void **state)
{
    (void)state;
    static const struct {
        const char *json, *want;
    } cases[] = {
        {"\"abcdef\"", "abcd"},
        {"\"abc\xC3\xA9\"", "abc"},
        {"\"ab\\u00e9x\"", "ab\xC3\xA9"},
        {"\"abc\\u00e9x\"", "abc"},
        {"\"\"", ""},
        {"[1]", ""},
    };
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 16);
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_json_rd r = pl_json_rd_of(pl_str_c(cases[i].json));
        pl_str got;
        pl_json_string_head(&r, a, 4, &got);
        if (!pl_json_done(&r) || !pl_str_eq(got, pl_str_c(cases[i].want)))
            fail_msg("%s gave \"%.*s\"", cases[i].json, PL_F(got));
    }
}

static void what_is_no_size_is_zero(void **state)
{
    static const struct {
        const char *text;
        uint64_t size;
    } rows[] = {{"18446744073709551615", UINT64_MAX},
                {" 7 ", 7},
                {"18446744073709551616", 0},
                {"-1", 0},
                {"1.5", 0},
                {"1e3", 0},
                {"\"7\"", 0},
                {"null", 0},
                {"[7]", 0}};

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_json_rd r = pl_json_rd_of(pl_str_c(rows[i].text));
        assert_int_equal(pl_json_size(&r), rows[i].size);
        assert_true(pl_json_done(&r));
    }
}

static void numbers_and_truth_are_taken_and_other_values_passed_over(void **state)
{
    (void)state;
    pl_json_rd r = pl_json_rd_of(PL_S("[-1.5e3,\"7\",true,false,null,[1],12]"));
    pl_str number = {"", 0};
    bool truth = false;

    assert_true(pl_json_enter_array(&r));
    assert_true(pl_json_item(&r) && pl_json_number(&r, &number));
    assert_str(number, "-1.5e3");
    assert_true(pl_json_item(&r) && !pl_json_number(&r, &number));
    assert_true(pl_json_item(&r) && pl_json_bool(&r, &truth) && truth);
    assert_true(pl_json_item(&r) && pl_json_bool(&r, &truth) && !truth);
    assert_true(pl_json_item(&r) && !pl_json_bool(&r, &truth));
    assert_true(pl_json_item(&r) && !pl_json_bool(&r, &truth));
    assert_true(pl_json_item(&r) && pl_json_number(&r, &number));
    assert_str(number, "12");
    assert_false(pl_json_item(&r));
    assert_true(pl_json_done(&r));

    r = pl_json_rd_of(PL_S("01x"));
    assert_false(pl_json_number(&r, &number) && pl_json_done(&r));
    r = pl_json_rd_of(PL_S("tru"));
    assert_false(pl_json_bool(&r, &truth));
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    enum { DEPTH = PL_JSON_DEPTH_MAX };
    char deep[2 * DEPTH + 3];
    memset(deep, '[', DEPTH + 1);
    memset(deep + DEPTH + 1, ']', DEPTH + 1);
    deep[2 * DEPTH + 2] = '\0';
    assert_false(is_json(deep));
    deep[2 * DEPTH + 1] = '\0';
    assert_true(is_json(deep + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_grammar_of_json_holds_in_text_that_is_skipped),
        cmocka_unit_test(escapes_are_undone_once),
        cmocka_unit_test(the_head_of_a_string_ends_at_a_character),
        cmocka_unit_test(what_is_no_size_is_zero),
        cmocka_unit_test(numbers_and_truth_are_taken_and_other_values_passed_over),
        cmocka_unit_test(nesting_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
