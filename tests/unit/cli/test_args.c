/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "cli/args.h"

#include <string.h>

static const pl_opt opts[] = {
    {"fail-on", "LIST", "threshold", false},
    {"output", "F=FILE", "more output", true},
    {"no-images", NULL, "leave images out", false},
    {0},
};
static const pl_verb verb = {.name = "scan", .operands = "IMAGE", .summary = "s", .opts = opts};
static const pl_verb bare = {.name = "status", .summary = "s"};

static void options_and_operands_are_told_apart(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    char *argv[] = {"scan",     "web:1",  "--fail-on=high", "--output", "json=a",
                    "--output", "html=b", "--no-images",    "--",       "--odd",
                    NULL};
    pl_args *args = NULL;
    pl_err err = {0};

    assert_ok(pl_args_parse(&verb, 10, argv, a, &args, &err), err);
    assert_int_equal(pl_arg_count(args), 2);
    assert_string_equal(pl_arg(args, 0), "web:1");
    assert_string_equal(pl_arg(args, 1), "--odd");
    assert_null(pl_arg(args, 2));
    assert_string_equal(pl_opt_value(args, "fail-on"), "high");
    assert_string_equal(pl_opt_nth(args, "output", 1), "html=b");
    assert_null(pl_opt_nth(args, "output", 2));
    assert_true(pl_opt_on(args, "no-images"));
    assert_false(pl_opt_on(args, "quiet"));
}

static void a_wrong_word_is_named_with_what_was_meant(void **state)
{
    (void)state;
    static const struct {
        const pl_verb *verb;
        const char *word;
        const char *text;
    } cases[] = {
        {&verb, "--fail-no", "scan: unknown option --fail-no (did you mean --fail-on?)"},
        {&verb, "--fail-on", "scan: --fail-on needs a value (LIST)"},
        {&verb, "--no-images=1", "scan: --no-images takes no value"},
        {&verb, "-x", "scan: unknown option -x (options begin with --)"},
        {&verb, "--zzzzzz", "scan: unknown option --zzzzzz; see plimsoll scan --help"},
        {&bare, "more", "status: unexpected \"more\"; see plimsoll status --help"},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        char word[32];
        char *argv[] = {"v", word, NULL};
        pl_args *args = NULL;
        pl_err err = {0};
        assert_true(pl_str_to_c(pl_str_c(cases[i].word), word, sizeof(word)));
        assert_int_equal(pl_args_parse(cases[i].verb, 2, argv, a, &args, &err), PL_USAGE);
        assert_string_equal(err.text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands_are_told_apart),
        cmocka_unit_test(a_wrong_word_is_named_with_what_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
