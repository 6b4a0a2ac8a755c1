/* SPDX-License-Identifier: Apache-2.0 */
/* Runs tests/golden/rules/conditions.txt and shows every row that differs. */
#include "fixture.h"

#include "rules/eval.h"
#include "rules/names.h"

#include <string.h>

/* Compiles and evaluates one row; writes what came of it as the table would say it. */
static void run_row(const pl_names *names, const pl_schema *schema, const fixture_row *row,
                    bool is_proved, pl_buf *got)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(64 << 20);
    pl_regex *regexes = NULL;
    hs_scratch_t *scratch = NULL;
    const pl_code *code = NULL;
    pl_ast *tree = NULL;
    pl_why why;
    pl_err err = {0};
    pl_compiler c = {.scope = {.schema = schema, .subject = fixture_subject()},
                     .arena = a,
                     .regexes = &regexes,
                     .is_proved = is_proved};

    pl_rc rc = pl_names_parse(names, row->condition, false, a, &tree, &err);
    if (!rc)
        rc = pl_compile(&c, tree, &code, &err);
    if (rc) {
        pl_buf_fmt(got, "error %s", err.text);
    } else {
        pl_eval e = {.subject = fixture_record(a, fixture_subject(), row->fields),
                     .scratch = a,
                     .regex = &scratch,
                     .steps = PL_RULES_STEPS};
        pl_truth t = pl_eval_run(&e, code, &why);
        if (t == PL_DONT_KNOW)
            pl_buf_fmt(got, "unknown %s %s", why.reason, why.field ? why.field : "-");
        else
            pl_buf_c(got, t == PL_TRUE ? "true" : "false");
    }
    for (pl_regex *re = regexes; re; re = re->next)
        pl_regex_done(re);
    hs_free_scratch(scratch);
}

/* Whether the row comes out as the table says. */
static bool holds(const pl_names *names, const pl_schema *schema, const fixture_row *row,
                  bool is_proved)
{
    PL_AUTO_BUF pl_buf got = {0};

    run_row(names, schema, row, is_proved, &got);
    if (pl_str_eq(pl_buf_view(&got), row->result))
        return true;
    print_message("# line %u: %.*s  |  %.*s\n#   got  %.*s\n#   want %.*s\n", row->line,
                  PL_F(row->condition), PL_F(row->fields), PL_F(pl_buf_view(&got)),
                  PL_F(row->result));
    return false;
}

/* Also where patterns are compiled when they first meet a value. */
static void every_row_of_the_table_holds(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(64 << 20);
    PL_AUTO_SCHEMA pl_schema *schema = fixture_schema();
    pl_names *names = NULL;
    pl_err err = {0};
    size_t bad = 0;

    fixture_table t = fixture_table_read(a, "tests/golden/rules/conditions.txt");
    assert_ok(pl_names_new(&t.content, a, &names, &err), err);
    for (size_t i = 0; i < t.n; i++) {
        bool is_error = pl_str_starts(t.rows[i].result, PL_S("error "));
        bad += !holds(names, schema, &t.rows[i], false);
        bad += !is_error && !holds(names, schema, &t.rows[i], true);
    }
    assert_true(t.n >= 300);
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_table_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
