/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a report again: nothing is lost, and what is wrong is refused with its place. */
#include "golden.h"

#include "core/jail.h"
#include "report/report.h"
#include "sample.h"

static void write_json(sample *s, pl_arena *arena, pl_buf *out)
{
    pl_err err = {0};
    pl_derived d;

    assert_ok(pl_assessment_derive(&s->a, arena, &d, &err), err);
    pl_report_json(&s->a, &d, true, out);
}

static void a_report_reads_back_to_the_same_bytes(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(SAMPLE_ARENA);
    PL_AUTO_BUF pl_buf first = {0}, second = {0};
    pl_err err = {0};
    pl_assessment again;
    pl_derived d;
    sample s;

    sample_init(&s);
    sample_bad_day(&s);
    write_json(&s, arena, &first);
    assert_ok(pl_report_read(pl_buf_view(&first), arena, &again, &err), err);
    assert_ok(pl_assessment_derive(&again, arena, &d, &err), err);
    pl_report_json(&again, &d, true, &second);
    assert_true(pl_str_eq(pl_buf_view(&first), pl_buf_view(&second)));
}

/* The first `from` of the document becomes `to`. */
static void change(pl_str doc, const char *from, const char *to, pl_buf *out)
{
    const char *at = memmem(doc.p, doc.n, from, strlen(from));

    if (!at)
        fail_msg("the sample has no %s", from);
    size_t before = (size_t)(at - doc.p);
    pl_buf_str(out, pl_str_sub(doc, 0, before));
    pl_buf_c(out, to);
    pl_buf_str(out, pl_str_sub(doc, before + strlen(from), doc.n));
}

static void what_is_wrong_in_a_report_is_named_by_its_path(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        pl_rc want;
        const char *text;
    } cases[] = {
        {"plimsoll.audit/1", "plimsoll.audit/2", PL_UNSUPPORTED,
         "schema: \"plimsoll.audit/2\" is not plimsoll.audit/1"},
        {"\"schema\"", "\"scheme\"", PL_FORMAT, "schema: not there"},
        {"\"verdict\": \"fail\"", "\"verdict\": \"maybe\"", PL_FORMAT,
         "findings[0].verdict: is no verdict"},
        {"\"severity\": \"high\"", "\"severity\": 3", PL_FORMAT, "severity: "},
        {"\"generated_at\": \"2026-", "\"generated_at\": \"26-", PL_FORMAT,
         "generated_at: is not a time"},
        {"\"check\": \"CTR-001\"", "\"check\": \"CTR-999\"", PL_FORMAT,
         "findings[0].check: is not among the checks"},
        {"\"kind\": \"vulnerability\"", "\"kind\": \"bug\"", PL_FORMAT,
         "findings[10]: kind is neither check nor vulnerability"},
        {"\"epss_ppm\": 523400", "\"epss_ppm\": 5234000", PL_FORMAT,
         "findings[10].epss_ppm: is not a number that can stand here"},
        {"\"findings\": [", "\"findings\": [7,", PL_FORMAT, "findings[0]: "},
        {"\"scope\": {", "\"scope\": [], \"x\": {", PL_FORMAT, "scope: must be an object"},
        {"\"gaps\": [", "\"gaps\": {}, \"x\": [", PL_FORMAT, "gaps: must be an array"},
        {"\"reason\": \"timeout\"", "\"reason\": \"time\\u0000out\"", PL_FORMAT,
         "reason: must not hold NUL"},
        {"\"revision\": \"bbbbbbbbbbbb\"", "\"revision\": \"bbbbbbbbbbbbb\"", PL_FORMAT,
         "revision: is too long"},
        {"\"id\": \"c1\"", "\"id\": \"c9\"", PL_FORMAT, "subject: is not in scope.subjects"},
        {"\"verb\": \"audit\",", "\"verb\": \"audit\", \"verb\": \"scan\",", PL_FORMAT,
         "duplicate object key"},
        {"\"verb\": \"audit\",", "\"verb\": \"audit\",,", PL_FORMAT, "line "},
    };
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(SAMPLE_ARENA);
    PL_AUTO_BUF pl_buf doc = {0};
    sample s;

    sample_init(&s);
    sample_bad_day(&s);
    write_json(&s, arena, &doc);
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf changed = {0};
        pl_err err = {0};
        pl_assessment a;
        change(pl_buf_view(&doc), cases[i].from, cases[i].to, &changed);
        pl_rc rc = pl_report_read(pl_buf_view(&changed), arena, &a, &err);
        if (rc != cases[i].want || !strstr(err.text, cases[i].text))
            fail_msg("%s: %s \"%s\", want %s \"%s\"", cases[i].to, pl_rc_text(rc), err.text,
                     pl_rc_text(cases[i].want), cases[i].text);
    }
}

static void a_field_that_is_not_known_is_passed_over(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(SAMPLE_ARENA);
    PL_AUTO_BUF pl_buf doc = {0}, changed = {0};
    pl_err err = {0};
    pl_assessment a;
    sample s;

    sample_init(&s);
    sample_bad_day(&s);
    write_json(&s, arena, &doc);
    change(pl_buf_view(&doc), "\"verb\":", "\"later\": {\"x\": [1.5]}, \"verb\":", &changed);
    assert_ok(pl_report_read(pl_buf_view(&changed), arena, &a, &err), err);
    assert_int_equal(a.n_findings, s.a.n_findings);
}

/* --- in the jail --- */

static void render(pl_report_format format, const pl_report_choice *choice, pl_buf *doc,
                   pl_buf *out, pl_rc want, const char *text)
{
    static const pl_report_style style = {.columns = 80};
    pl_err err = {0};

    pl_rc rc = pl_report_render(pl_buf_view(doc), choice, format, &style, out, &err);
    if (rc != want || (text && !strstr(err.text, text)))
        fail_msg("%s \"%s\", want %s", pl_rc_text(rc), err.text, pl_rc_text(want));
}

static void the_jail_gives_the_same_reports(void **state)
{
    (void)state;
    static const struct {
        pl_report_format format;
        const char *golden;
    } cases[] = {{PL_REPORT_JSON, "report/bad.json"},
                 {PL_REPORT_SUMMARY, "report/bad.summary.txt"},
                 {PL_REPORT_TABLE, "report/bad.table.txt"}};
    static const pl_report_choice all = {0};
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(SAMPLE_ARENA);
    PL_AUTO_BUF pl_buf doc = {0};
    sample s;

    sample_init(&s);
    sample_bad_day(&s);
    write_json(&s, arena, &doc);
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf out = {0};
        render(cases[i].format, &all, &doc, &out, PL_OK, NULL);
        assert_golden(cases[i].golden, pl_buf_view(&out));
    }
}

static void a_report_can_be_narrowed_to_one_framework(void **state)
{
    (void)state;
    static const pl_str one[] = {{"cfr", 3}}, none[] = {{"sox", 3}};
    static const pl_report_choice cfr = {one, 1, {0}}, sox = {none, 1, {0}};
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(SAMPLE_ARENA);
    PL_AUTO_BUF pl_buf doc = {0}, out = {0};
    sample s;

    sample_init(&s);
    sample_bad_day(&s);
    write_json(&s, arena, &doc);
    render(PL_REPORT_HTML, &sox, &doc, &out, PL_USAGE,
           "framework \"sox\" is not in this report; it has pci, cfr");
    render(PL_REPORT_HTML, &cfr, &doc, &out, PL_OK, NULL);
    pl_buf_ch(&out, '\0');
    assert_non_null(strstr(out.p, "CFR sample"));
    assert_null(strstr(out.p, "PCI sample"));
}

static void a_broken_document_is_one_error_from_the_jail(void **state)
{
    (void)state;
    static const pl_report_choice all = {0};
    static const char *const texts[] = {"",
                                        "{",
                                        "[]",
                                        "null",
                                        "{\"schema\":7}",
                                        "\xff\xfe",
                                        "{\"schema\":\"plimsoll.audit/1\",\"findings\":7}"};

    for (size_t i = 0; i < PL_COUNT(texts); i++) {
        PL_AUTO_BUF pl_buf doc = {0}, out = {0};
        pl_buf_c(&doc, texts[i]);
        render(PL_REPORT_HTML, &all, &doc, &out, PL_FORMAT, NULL);
        assert_int_equal(out.n, 0);
    }
}

static void deep_nesting_is_an_error_and_no_crash(void **state)
{
    (void)state;
    static const pl_report_choice all = {0};
    PL_AUTO_BUF pl_buf doc = {0}, out = {0};

    for (size_t i = 0; i < 1000000; i++)
        pl_buf_ch(&doc, '[');
    render(PL_REPORT_HTML, &all, &doc, &out, PL_FORMAT, "maximum parsing depth");
}

int main(int argc, char **argv)
{
    const pl_worker_kind kinds[] = {pl_worker_report, {0}};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_reads_back_to_the_same_bytes),
        cmocka_unit_test(what_is_wrong_in_a_report_is_named_by_its_path),
        cmocka_unit_test(a_field_that_is_not_known_is_passed_over),
        cmocka_unit_test(the_jail_gives_the_same_reports),
        cmocka_unit_test(a_report_can_be_narrowed_to_one_framework),
        cmocka_unit_test(a_broken_document_is_one_error_from_the_jail),
        cmocka_unit_test(deep_nesting_is_an_error_and_no_crash),
    };

    pl_jail_main(argc, argv, kinds);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
