/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of scanners in forms of their own. */
#include "read.h"

static void what_trivy_found_is_told_by_what_it_looked_for(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(8 << 20);
    pl_ingest_document doc = {0};
    pl_err err = {0};

    assert_ok(read_text(a, fixture(a, "trivy.json"), "", &doc, &err), err);
    assert_str(doc.format, "trivy");
    assert_int_equal(doc.n_runs, 1);
    const pl_ingest_run *run = &doc.runs[0];
    assert_str(run->tool, "Trivy");
    assert_str(run->about, "app");
    assert_int_equal(run->count[PL_TOPIC_CONFIG][PL_OUTCOME_FAIL], 5);
    assert_int_equal(run->count[PL_TOPIC_CONFIG][PL_OUTCOME_PASS], 21);
    assert_int_equal(run->count[PL_TOPIC_SECRET][PL_OUTCOME_FAIL], 1);
    assert_true(run->is_seen[PL_TOPIC_LICENCE]);
    assert_false(run->is_seen[PL_TOPIC_VULNERABILITY]);
    assert_int_equal(run->ran_us, 0); /* this version of it does not say when */
    assert_int_equal(run->end, PL_RUN_END_SAID);
}

/* Trivy leaves Results out when it knew nothing of what it saw: that is no clean result. */
static void a_report_that_looked_at_nothing_does_not_say_that_it_ended(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"SchemaVersion\":2,\"ArtifactName\":\"x\"}",
        "{\"SchemaVersion\":2,\"ArtifactName\":\"x\",\"Results\":null}",
        "{\"SchemaVersion\":2,\"ArtifactName\":\"x\",\"Results\":[]}",
        "{\"SchemaVersion\":2,\"ArtifactName\":\"x\",\"Results\":[{\"Target\":\"x\"}]}",
    };

    for (size_t i = 0; i < PL_COUNT(texts); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        pl_ingest_document doc = {0};
        pl_err err = {0};
        assert_ok(read_text(a, pl_str_c(texts[i]), "", &doc, &err), err);
        assert_int_equal(doc.runs[0].end, PL_RUN_END_NOT_SAID);
        assert_int_equal(doc.n_problems, 0);
    }
}

static void a_clean_target_of_trivy_counts_as_looked_at(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_ingest_document doc = {0};
    pl_err err = {0};

    assert_ok(read_text(a,
                        PL_S("{\"SchemaVersion\":2,\"CreatedAt\":\"2026-11-01T00:00:00Z\","
                             "\"Results\":[{\"Target\":\"x\",\"Class\":\"os-pkgs\"}]}"),
                        "", &doc, &err),
              err);
    assert_int_equal(doc.runs[0].end, PL_RUN_END_SAID);
    assert_true(doc.runs[0].is_seen[PL_TOPIC_VULNERABILITY]);
    assert_true(doc.runs[0].ran_us > 0);
}

static void every_scanner_document_that_breaks_off_is_told_as_cut(void **state)
{
    (void)state;
    static const char *const files[] = {"trivy.json"};

    for (size_t i = 0; i < PL_COUNT(files); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(256 << 20);
        pl_str whole = fixture(a, files[i]);
        size_t last = whole.n;
        while (last && whole.p[last - 1] != '}' && whole.p[last - 1] != ']')
            last--;
        for (size_t n = 1; n < last; n += 17) {
            pl_ingest_document doc = {0};
            pl_err err = {0};
            pl_str name = pl_str_c(files[i]), format;
            (void)pl_str_cut(&name, '.', &format);
            char word[32];
            assert_true(pl_str_to_c(format, word, sizeof(word)));
            assert_ok(read_text(a, pl_str_sub(whole, 0, n), word, &doc, &err), err);
            if (!doc.is_cut)
                fail_msg("%s: the first %zu bytes pass for a whole document", files[i], n);
        }
    }
}

static void a_text_of_no_known_format_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "{}", "[]", "hello", "{\"results\":[]}", "\xff\xfe"};

    for (size_t i = 0; i < PL_COUNT(texts); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        pl_ingest_document doc = {0};
        pl_err err = {0};
        assert_int_equal(read_text(a, pl_str_c(texts[i]), "", &doc, &err), PL_UNSUPPORTED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_trivy_found_is_told_by_what_it_looked_for),
        cmocka_unit_test(a_report_that_looked_at_nothing_does_not_say_that_it_ended),
        cmocka_unit_test(a_clean_target_of_trivy_counts_as_looked_at),
        cmocka_unit_test(every_scanner_document_that_breaks_off_is_told_as_cut),
        cmocka_unit_test(a_text_of_no_known_format_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
