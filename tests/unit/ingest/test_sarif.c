/* SPDX-License-Identifier: Apache-2.0 */
#include "read.h"

static void what_bandit_found_is_read_with_place_and_weight(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(8 << 20);
    pl_ingest_document doc = {0};
    pl_err err = {0};

    assert_ok(read_text(a, fixture(a, "bandit.sarif"), "", &doc, &err), err);
    assert_str(doc.format, "sarif");
    assert_int_equal(doc.n_runs, 1);
    const pl_ingest_run *run = &doc.runs[0];
    assert_str(run->tool, "Bandit");
    assert_int_equal(run->end, PL_RUN_END_SAID);
    assert_false(run->is_cut);
    assert_true(run->ran_us > 0);
    assert_int_equal(count_of(run, PL_OUTCOME_FAIL), 5);
    assert_int_equal(run->n_rows, 5);
    bool has_shell = false;
    for (size_t i = 0; i < run->n_rows; i++)
        has_shell |= pl_str_eq(run->rows[i].rule, PL_S("B602")) &&
                     run->rows[i].severity == PL_HIGH &&
                     pl_str_eq(run->rows[i].where, PL_S("app/run.py:12"));
    assert_true(has_shell);
}

static void a_run_without_results_says_itself_that_it_ended(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(8 << 20);
    pl_ingest_document doc = {0};
    pl_err err = {0};

    assert_ok(read_text(a, fixture(a, "bandit-clean.sarif"), "", &doc, &err), err);
    assert_int_equal(doc.runs[0].n_rows, 0);
    assert_int_equal(doc.runs[0].end, PL_RUN_END_SAID);
}

/* Whatever is cut off may have been the result that matters. */
static void a_document_that_breaks_off_anywhere_is_told_as_cut(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(256 << 20);
    pl_str whole = fixture(a, "bandit.sarif");
    size_t last = whole.n;

    while (last && whole.p[last - 1] != '}')
        last--;
    for (size_t n = 1; n < last; n += 13) {
        pl_ingest_document doc = {0};
        pl_err err = {0};
        assert_ok(read_text(a, pl_str_sub(whole, 0, n), "sarif", &doc, &err), err);
        if (!doc.is_cut || !doc.why.n)
            fail_msg("the first %zu bytes pass for a whole document", n);
    }
}

struct result_case {
    const char *json;
    pl_outcome outcome;
    pl_severity severity;
};

static void outcome_and_weight_follow_the_standard(void **state)
{
    (void)state;
    static const struct result_case cases[] = {
        {"{\"ruleId\":\"R\"}", PL_OUTCOME_FAIL, PL_MEDIUM},
        {"{\"ruleId\":\"R\",\"level\":\"error\"}", PL_OUTCOME_FAIL, PL_HIGH},
        {"{\"ruleId\":\"R\",\"level\":\"note\"}", PL_OUTCOME_FAIL, PL_LOW},
        {"{\"ruleId\":\"heavy\"}", PL_OUTCOME_FAIL, PL_CRITICAL},
        {"{\"ruleId\":\"heavy/1\",\"level\":\"note\"}", PL_OUTCOME_FAIL, PL_CRITICAL},
        {"{\"ruleIndex\":1}", PL_OUTCOME_FAIL, PL_HIGH},
        {"{\"rule\":{\"id\":\"loud\"}}", PL_OUTCOME_FAIL, PL_HIGH},
        {"{\"ruleId\":\"R\",\"kind\":\"pass\"}", PL_OUTCOME_PASS, PL_MEDIUM},
        {"{\"ruleId\":\"R\",\"kind\":\"notApplicable\"}", PL_OUTCOME_NOT_APPLICABLE, PL_MEDIUM},
        {"{\"ruleId\":\"R\",\"kind\":\"review\"}", PL_OUTCOME_UNKNOWN, PL_MEDIUM},
        {"{\"ruleId\":\"R\",\"kind\":\"nonsense\"}", PL_OUTCOME_FAIL, PL_MEDIUM},
        {"{\"ruleId\":\"R\",\"baselineState\":\"absent\"}", PL_OUTCOME_PASS, PL_MEDIUM},
        {"{\"ruleId\":\"R\",\"baselineState\":\"new\"}", PL_OUTCOME_FAIL, PL_MEDIUM},
        {"{\"ruleId\":\"R\",\"suppressions\":[]}", PL_OUTCOME_FAIL, PL_MEDIUM},
        {"{\"ruleId\":\"R\",\"suppressions\":[{\"kind\":\"inSource\"}]}", PL_OUTCOME_SUPPRESSED,
         PL_MEDIUM},
        {"{\"ruleId\":\"R\",\"suppressions\":[{\"status\":\"accepted\"},{\"status\":\"rejected\"}]"
         "}",
         PL_OUTCOME_FAIL, PL_MEDIUM},
        {"{\"ruleId\":\"R\",\"suppressions\":[{\"status\":\"underReview\"}]}", PL_OUTCOME_FAIL,
         PL_MEDIUM},
        {"{\"ruleId\":\"R\",\"suppressions\":[7]}", PL_OUTCOME_FAIL, PL_MEDIUM},
    };

    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        PL_AUTO_BUF pl_buf text = {0};
        pl_ingest_document doc = {0};
        pl_err err = {0};
        pl_buf_fmt(&text,
                   "{\"version\":\"2.1.0\",\"runs\":[{\"results\":[%s],\"tool\":{\"driver\":{"
                   "\"name\":\"x\",\"rules\":[{\"id\":\"heavy\",\"properties\":{"
                   "\"security-severity\":\"9.8\"}},{\"id\":\"loud\",\"defaultConfiguration\":{"
                   "\"level\":\"error\"}}]}}}]}",
                   cases[i].json);
        assert_ok(read_text(a, pl_buf_view(&text), "", &doc, &err), err);
        if (doc.n_runs != 1 || doc.runs[0].n_rows != 1 ||
            doc.runs[0].rows[0].outcome != cases[i].outcome ||
            doc.runs[0].rows[0].severity != cases[i].severity)
            fail_msg("%s", cases[i].json);
    }
}

struct end_case {
    const char *run;
    pl_run_end end;
};

static void a_run_ended_well_only_when_the_document_says_so(void **state)
{
    (void)state;
    static const struct end_case cases[] = {
        {"\"results\":[]", PL_RUN_END_NOT_SAID},
        {"\"results\":[],\"invocations\":[]", PL_RUN_END_NOT_SAID},
        {"\"results\":[],\"invocations\":[{}]", PL_RUN_END_NOT_SAID},
        {"\"results\":[],\"invocations\":[{\"executionSuccessful\":\"true\"}]",
         PL_RUN_END_NOT_SAID},
        {"\"results\":[],\"invocations\":[{\"executionSuccessful\":true}]", PL_RUN_END_SAID},
        {"\"results\":[],\"invocations\":[{\"executionSuccessful\":true},"
         "{\"executionSuccessful\":false}]",
         PL_RUN_END_FAILED},
        {"\"results\":[],\"invocations\":[{\"executionSuccessful\":true,"
         "\"toolExecutionNotifications\":[{\"level\":\"error\"}]}]",
         PL_RUN_END_FAILED},
        {"\"results\":[],\"invocations\":[{\"executionSuccessful\":true,"
         "\"toolExecutionNotifications\":[{\"level\":\"warning\"},7]}]",
         PL_RUN_END_SAID},
        {"\"results\":null,\"invocations\":[{\"executionSuccessful\":true}]", PL_RUN_END_FAILED},
        {"\"invocations\":[{\"executionSuccessful\":true}]", PL_RUN_END_FAILED},
    };

    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        PL_AUTO_BUF pl_buf text = {0};
        pl_ingest_document doc = {0};
        pl_err err = {0};
        pl_buf_fmt(&text, "{\"version\":\"2.1.0\",\"runs\":[{%s}]}", cases[i].run);
        assert_ok(read_text(a, pl_buf_view(&text), "", &doc, &err), err);
        if (doc.n_runs != 1 || doc.runs[0].end != cases[i].end)
            fail_msg("%s: %d", cases[i].run, doc.n_runs ? (int)doc.runs[0].end : -1);
    }
}

static void a_malformed_part_is_told_with_its_place_and_the_rest_goes_on(void **state)
{
    (void)state;
    static const char text[] =
        "{\"version\":\"2.1.0\",\"runs\":[7,{\"results\":[\"x\",{\"ruleId\":\"A\"},{},{\"ruleId\":"
        "\"B\"}]},{\"results\":{}}]}";
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_ingest_document doc = {0};
    pl_err err = {0};

    assert_ok(read_text(a, PL_S(text), "", &doc, &err), err);
    assert_int_equal(doc.n_runs, 2);
    assert_int_equal(doc.runs[0].n_rows, 2);
    assert_int_equal(doc.n_problems, 4);
    assert_str(doc.problems[0].place, "runs[0]");
    assert_str(doc.problems[1].place, "runs[1].results[0]");
    assert_str(doc.problems[2].place, "runs[1].results[2]");
    assert_str(doc.problems[3].place, "runs[2].results");
}

static void another_version_is_refused(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_ingest_document doc = {0};
    pl_err err = {0};

    assert_int_equal(read_text(a, PL_S("{\"version\":\"2.0.0\",\"runs\":[]}"), "", &doc, &err),
                     PL_UNSUPPORTED);
    assert_non_null(strstr(err.text, "2.0.0"));
}

static void results_over_the_limit_are_told_as_cut(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(64 << 20);
    PL_AUTO_BUF pl_buf text = {0};
    pl_ingest_document doc = {0};
    pl_err err = {0};

    pl_buf_c(&text, "{\"version\":\"2.1.0\",\"runs\":[{\"results\":[{\"ruleId\":\"A\"}");
    for (size_t i = 0; i < PL_INGEST_ROWS; i++)
        pl_buf_c(&text, ",{\"ruleId\":\"A\"}");
    pl_buf_c(&text, "]}]}");
    assert_ok(read_text(a, pl_buf_view(&text), "", &doc, &err), err);
    assert_true(doc.is_cut);
    assert_true(pl_str_has(doc.why, PL_S("PL_INGEST_ROWS")));
    assert_int_equal(doc.n_runs, 1);
    assert_int_equal(doc.runs[0].n_rows, PL_INGEST_ROWS);
    assert_true(doc.runs[0].is_cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_bandit_found_is_read_with_place_and_weight),
        cmocka_unit_test(a_run_without_results_says_itself_that_it_ended),
        cmocka_unit_test(a_document_that_breaks_off_anywhere_is_told_as_cut),
        cmocka_unit_test(outcome_and_weight_follow_the_standard),
        cmocka_unit_test(a_run_ended_well_only_when_the_document_says_so),
        cmocka_unit_test(a_malformed_part_is_told_with_its_place_and_the_rest_goes_on),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(results_over_the_limit_are_told_as_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
