/* SPDX-License-Identifier: Apache-2.0 */
/* A document of each tool: what it is taken for, how many results of which kind, how it ended. */
#include "read.h"

#include "ingest/format.h"

struct document {
    const char *file, *format, *tool, *version;
    size_t n_fail, n_pass, n_unknown, n_not_applicable;
    pl_run_end end;
    bool has_time;
};

static const struct document documents[] = {
    {"junit.xml", "junit", "JUnit XML", "", 1, 1, 1, 1, PL_RUN_END_SAID, true},
    {"xccdf.xml", "xccdf", "openscap", "1.3.7", 1, 1, 1, 0, PL_RUN_END_SAID, true},
    {"arf.xml", "xccdf", "openscap", "1.3.7", 1, 1, 1, 0, PL_RUN_END_SAID, true},
    {"clamav.log", "clamav", "ClamAV", "1.4.6", 2, 1, 0, 0, PL_RUN_END_SAID, true},
    {"clamscan.log", "clamav", "ClamAV", "1.4.6", 2, 1, 0, 0, PL_RUN_END_SAID, true},
    {"clamav-clean.log", "clamav", "ClamAV", "1.4.6", 0, 1, 0, 0, PL_RUN_END_SAID, true},
    {"yara.log", "yara", "YARA", "", 2, 0, 0, 0, PL_RUN_END_NOT_SAID, false},
    {"docker_bench.json", "docker-bench", "docker-bench-security", "1.6.0", 20, 29, 37, 0,
     PL_RUN_END_SAID, true},
    {"kube_bench_part.json", "kube-bench", "kube-bench", "", 0, 2, 1, 0, PL_RUN_END_FAILED, false},
    {"kube_bench.json", "kube-bench", "kube-bench", "", 63, 2, 66, 0, PL_RUN_END_SAID, false},
    {"grype.json", "grype", "grype", "", 1, 0, 0, 0, PL_RUN_END_NOT_SAID, true},
    {"falco.json", "falco", "Falco", "", 2, 0, 0, 0, PL_RUN_END_NOT_SAID, true},
    {"trivy.json", "trivy", "Trivy", "", 6, 21, 0, 0, PL_RUN_END_SAID, false},
    {"bandit.sarif", "sarif", "Bandit", "", 5, 0, 0, 0, PL_RUN_END_SAID, true},
    {"semgrep.sarif", "sarif", "Semgrep OSS", "1.182.0", 2, 0, 0, 0, PL_RUN_END_SAID, false},
};

static bool is_as_told(const struct document *d, const pl_ingest_document *doc)
{
    const pl_ingest_run *run = doc->runs;

    return doc->n_runs == 1 && doc->n_problems_all == 0 && !doc->is_cut &&
           pl_str_eq(doc->format, pl_str_c(d->format)) && pl_str_eq(run->tool, pl_str_c(d->tool)) &&
           pl_str_eq(run->version, pl_str_c(d->version)) &&
           count_of(run, PL_OUTCOME_FAIL) == d->n_fail &&
           count_of(run, PL_OUTCOME_PASS) == d->n_pass &&
           count_of(run, PL_OUTCOME_UNKNOWN) == d->n_unknown &&
           count_of(run, PL_OUTCOME_NOT_APPLICABLE) == d->n_not_applicable && run->end == d->end &&
           (run->ran_us != 0) == d->has_time;
}

static void each_tool_is_recognised_and_its_results_are_counted(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_COUNT(documents); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(8 << 20);
        pl_ingest_document doc = {0};
        pl_err err = {0};
        assert_ok(read_text(a, fixture(a, documents[i].file), "", &doc, &err), err);
        if (!is_as_told(&documents[i], &doc))
            fail_msg("%s: %.*s, %zu runs, %zu problems, tool %.*s %.*s, %zu fail %zu pass %zu "
                     "unknown %zu n/a, end %d",
                     documents[i].file, PL_F(doc.format), doc.n_runs, doc.n_problems_all,
                     PL_F(doc.runs->tool), PL_F(doc.runs->version),
                     count_of(doc.runs, PL_OUTCOME_FAIL), count_of(doc.runs, PL_OUTCOME_PASS),
                     count_of(doc.runs, PL_OUTCOME_UNKNOWN),
                     count_of(doc.runs, PL_OUTCOME_NOT_APPLICABLE), (int)doc.runs->end);
    }
}

/* What comes behind the last thing that counts is no loss. */
static pl_str what_counts(pl_str text)
{
    const pl_str last = PL_S("\nTime:");
    size_t n = 0;

    while (n < text.n && !pl_str_starts(pl_str_sub(text, n, text.n), last))
        n++;
    return pl_str_trim(pl_str_sub(text, 0, n));
}

/* A log has no end of its own: only a run that says so ended. */
static void a_document_that_breaks_off_never_says_that_it_ended(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_COUNT(documents); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(8 << 20);
        pl_str whole = fixture(a, documents[i].file);
        pl_str text = what_counts(whole);
        for (size_t n = 1; n < text.n; n += 1 + text.n / 300) {
            PL_AUTO_ARENA pl_arena *own = pl_arena_new(8 << 20);
            pl_ingest_document doc = {0};
            pl_err err = {0};
            pl_rc rc = read_text(own, pl_str_sub(text, 0, n), documents[i].format, &doc, &err);
            bool is_told = rc != PL_OK || doc.is_cut || doc.n_runs == 0;
            for (size_t k = 0; k < doc.n_runs; k++)
                is_told |= doc.runs[k].end != PL_RUN_END_SAID;
            if (!is_told)
                fail_msg("%s: the first %zu bytes pass for a whole document", documents[i].file, n);
        }
    }
}

struct odd {
    const char *format, *text;
    pl_run_end end;
    size_t n_fail, n_problems;
    bool is_cut;
};

static void what_is_odd_is_told_and_the_rest_goes_on(void **state)
{
    (void)state;
    static const struct odd odds[] = {
        {"falco", "{\"rule\":\"A\"}\nnonsense\n{\"rule\":\"B\"}\n[]\n{}\n", PL_RUN_END_NOT_SAID, 2,
         3, false},
        {"falco", "{\"rule\":\"A\"}\n{\"rule\":\"B", PL_RUN_END_NOT_SAID, 1, 0, true},
        {"falco", "Fri Nov  3 15:48:07 2023: Falco version: 0.36.2 (x86_64)\n{\"rule\":\"A\"}\n",
         PL_RUN_END_NOT_SAID, 1, 0, false},
        {"yara", "A x/y\n0x0:$a: /etc/passwd\n??\nB [t] [m=\"]\"] z\n", PL_RUN_END_NOT_SAID, 2, 1,
         false},
        {"yara", "A x/y\nerror scanning z: could not open file\n", PL_RUN_END_FAILED, 1, 0, false},
        {"yara", "", PL_RUN_END_NOT_SAID, 0, 0, false},
        {"clamav",
         "----------- SCAN SUMMARY -----------\nKnown viruses: 0\nScanned files: 9\nInfected "
         "files: 0\nTime: 1 s\n",
         PL_RUN_END_FAILED, 0, 0, false},
        {"clamav", "a: OK\nb: X FOUND\n", PL_RUN_END_NOT_SAID, 1, 0, false},
        {"clamav",
         "a: b: X FOUND\n----------- SCAN SUMMARY -----------\nScanned files: 1\nInfected "
         "files: 2\n",
         PL_RUN_END_FAILED, 1, 0, false},
        {"clamav", "----------- SCAN SUMMARY -----------\nScanned files: 0\nInfected files: 0\n",
         PL_RUN_END_NOT_SAID, 0, 0, false},
        {"clamav",
         "----------- SCAN SUMMARY -----------\nScanned files: 9\nInfected files: "
         "0\nTotal errors: 1\n",
         PL_RUN_END_FAILED, 0, 0, false},
        {"clamav", "Sat Nov 22 05:12:14 2026 -> /a/b: X FOUND\n", PL_RUN_END_NOT_SAID, 1, 0, false},
        {"grype", "{\"matches\":[],\"source\":{}}", PL_RUN_END_NOT_SAID, 0, 0, false},
        {"grype",
         "{\"matches\":[7,{},{\"vulnerability\":{\"id\":\"C\",\"fix\":{\"versions\":[1,"
         "\"2\"]}}}]}",
         PL_RUN_END_NOT_SAID, 1, 2, false},
        {"junit", "<testsuite/>", PL_RUN_END_NOT_SAID, 0, 0, false},
        {"junit", "<testsuite tests=\"2\"><testcase name=\"a\"/></testsuite>", PL_RUN_END_FAILED, 0,
         0, false},
        {"junit",
         "<testsuite tests=\"1\"><testcase name=\"a\"><skipped/><failure/></testcase>"
         "</testsuite>",
         PL_RUN_END_SAID, 1, 0, false},
        {"junit", "<testsuite tests=\"1\"><testcase/></testsuite>", PL_RUN_END_SAID, 0, 1, false},
        {"junit", "<!DOCTYPE a [<!ENTITY b \"c\">]><testsuite/>", PL_RUN_END_NOT_SAID, 0, 0, true},
        {"xccdf", "<TestResult end-time=\"2026-11-01T00:00:00\"/>", PL_RUN_END_NOT_SAID, 0, 0,
         false},
        {"xccdf",
         "<TestResult><rule-result idref=\"a\"><result>fail</result></rule-result>"
         "</TestResult>",
         PL_RUN_END_FAILED, 1, 0, false},
        {"xccdf",
         "<TestResult end-time=\"2026-11-01T00:00:00\"><rule-result idref=\"a\"><result>great"
         "</result></rule-result><rule-result idref=\"b\"><result> fail </result></rule-result>"
         "</TestResult>",
         PL_RUN_END_SAID, 1, 1, false},
        {"kube-bench",
         "[{\"tests\":[{\"results\":[{\"test_number\":\"1\",\"status\":\"FAIL\"},{},7"
         "]}]}]",
         PL_RUN_END_NOT_SAID, 1, 2, false},
        {"docker-bench",
         "{\"dockerbenchsecurity\":\"1.6.0\",\"tests\":[{\"results\":[{\"id\":\"1\","
         "\"result\":\"WARN\"}]}]}",
         PL_RUN_END_FAILED, 1, 0, false},
        {"docker-bench",
         "{\"tests\":[{\"results\":[{\"id\":\"1\",\"result\":\"WARN\"}]}],\"checks\""
         ":2,\"end\":1795324950}",
         PL_RUN_END_FAILED, 1, 0, false},
    };

    for (size_t i = 0; i < PL_COUNT(odds); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        pl_ingest_document doc = {0};
        pl_err err = {0};
        assert_ok(read_text(a, pl_str_c(odds[i].text), odds[i].format, &doc, &err), err);
        if (doc.n_runs != 1 || doc.runs->end != odds[i].end ||
            count_of(doc.runs, PL_OUTCOME_FAIL) != odds[i].n_fail ||
            doc.n_problems_all != odds[i].n_problems || doc.is_cut != odds[i].is_cut)
            fail_msg("%s: %zu runs, end %d, %zu fail, %zu problems%s", odds[i].text, doc.n_runs,
                     doc.n_runs ? (int)doc.runs->end : -1,
                     doc.n_runs ? count_of(doc.runs, PL_OUTCOME_FAIL) : 0, doc.n_problems_all,
                     doc.is_cut ? ", cut" : "");
    }
}

static void clean_files_count_when_the_scan_came_to_its_end(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n_pass;
    } rows[] = {
        {"a: OK\nb: OK\n", 0},
        {"a: OK\nb: OK\n----------- SCAN SUMMARY -----------\nScanned files: 2\nInfected files: "
         "0\nTime: 1 s\n",
         2},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        pl_ingest_document doc = {0};
        pl_err err = {0};
        assert_ok(read_text(a, pl_str_c(rows[i].text), "", &doc, &err), err);
        assert_int_equal(count_of(&doc.runs[0], PL_OUTCOME_PASS), rows[i].n_pass);
    }
}

static void logs_of_several_runs_are_several_runs(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    PL_AUTO_BUF pl_buf both = {0};
    pl_ingest_document doc = {0};
    pl_err err = {0};

    pl_buf_str(&both, fixture(a, "clamav.log"));
    pl_buf_str(&both, fixture(a, "clamav-clean.log"));
    assert_ok(read_text(a, pl_buf_view(&both), "", &doc, &err), err);
    assert_int_equal(doc.n_runs, 2);
    if (!doc.runs) {
        fail_msg("there is no run");
        return;
    }
    assert_int_equal(count_of(&doc.runs[0], PL_OUTCOME_FAIL), 2);
    assert_int_equal(count_of(&doc.runs[1], PL_OUTCOME_FAIL), 0);
    assert_int_equal(doc.runs[1].end, PL_RUN_END_SAID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_tool_is_recognised_and_its_results_are_counted),
        cmocka_unit_test(a_document_that_breaks_off_never_says_that_it_ended),
        cmocka_unit_test(what_is_odd_is_told_and_the_rest_goes_on),
        cmocka_unit_test(clean_files_count_when_the_scan_came_to_its_end),
        cmocka_unit_test(logs_of_several_runs_are_several_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
