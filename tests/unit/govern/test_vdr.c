/* SPDX-License-Identifier: Apache-2.0 */
/* Vulnerabilities under FedRAMP's rules: from reports to a history, and the times that follow. */
#include "test.h"

#include "govern/vdr.h"

#include <string.h>

enum { ARENA = 16 << 20, MOST = 4 };
#define HOUR INT64_C(3600000000)
#define DAY (24 * HOUR)
#define START (20000 * DAY) /* 2024-10-04 */

static const pl_subject image = {
    .kind = PL_S("image"), .key = PL_S("sha256:aa"), .name = PL_S("web:1"), .klass = PL_S("web")};

typedef struct world {
    pl_arena *arena;
    pl_vdr_history h;
    pl_govern_row rows[MOST];
    pl_govern said;
    pl_vdr_terms terms;
    uint64_t entry;
} world;

static int set_up(void **state)
{
    world *w = calloc(1, sizeof(*w));

    w->arena = pl_arena_new(ARENA);
    w->h.arena = w->arena;
    w->said = (pl_govern){.rows = w->rows};
    w->terms = (pl_vdr_terms){.klass = 'c', .likely_ppm = 100000, .now_us = START + 30 * DAY};
    w->entry = 1000;
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    world *w = *state;

    pl_arena_free(w->arena);
    free(w);
    return 0;
}

static pl_vuln_facts facts_of(const char *advisory)
{
    return (pl_vuln_facts){.advisory = pl_str_c(advisory),
                           .package = PL_S("zlib1g"),
                           .version = PL_S("1"),
                           .cvss_tenths = -1,
                           .epss_ppm = 10};
}

static pl_finding finding_of(const pl_vuln_facts *v, int64_t first_seen)
{
    return (pl_finding){.vuln = v,
                        .subject = &image,
                        .verdict = PL_FAIL,
                        .severity = PL_HIGH,
                        .id = "F-AAAAAAAAAAAAAAAA",
                        .first_seen_us = first_seen};
}

/* A report with that finding, or without any. */
static void fold(world *w, int64_t at, const pl_finding *f, const char *matched)
{
    const pl_scope_subject scope = {.subject = &image, .matched = matched};
    const pl_finding *list[] = {f};
    const pl_assessment a = {.verb = PL_S("audit"),
                             .started_us = at,
                             .subjects = &scope,
                             .n_subjects = 1,
                             .findings = list,
                             .n_findings = f ? 1 : 0};
    pl_err err = {0};

    assert_int_equal(pl_vdr_fold(&w->h, &a, w->entry--, &err), PL_OK);
}

/* A look at a subject of its class. */
static void look(world *w, const char *verb, int64_t at, const pl_subject *s, const pl_finding *f,
                 const char *matched)
{
    const pl_scope_subject scope = {.subject = s, .matched = matched};
    const pl_finding *list[] = {f};
    const pl_assessment a = {.verb = pl_str_c(verb),
                             .started_us = at,
                             .subjects = &scope,
                             .n_subjects = 1,
                             .findings = list,
                             .n_findings = f ? 1 : 0};
    pl_err err = {0};

    assert_int_equal(pl_vdr_fold(&w->h, &a, w->entry--, &err), PL_OK);
}

static pl_govern_row *say(world *w, const char *what, const char *impact, int64_t at)
{
    pl_govern_row *r = &w->rows[w->said.n];

    r->s = (pl_statement){.kind = pl_statement_kind_word(PL_STATEMENT_EVALUATION),
                          .number = 40 + (int64_t)w->said.n++,
                          .what = pl_str_c(what),
                          .by = PL_S("S. Owner"),
                          .said_us = at};
    r->impact = pl_str_c(impact);
    return r;
}

static const pl_vdr *judge(world *w)
{
    pl_err err = {0};

    assert_int_equal(pl_vdr_judge(&w->h, &w->said, &w->terms, &err), PL_OK);
    return w->h.rows;
}

static void what_a_whole_look_does_not_find_is_gone(void **state)
{
    world *w = *state;
    const pl_vuln_facts v = facts_of("CVE-1");
    const pl_finding f = finding_of(&v, START);

    fold(w, START + 9 * DAY, NULL, PL_MATCHED_WHOLE);
    fold(w, START + 8 * DAY, NULL, PL_MATCHED_WHOLE);
    fold(w, START + 7 * DAY, NULL, PL_MATCHED_PARTLY);
    fold(w, START + 6 * DAY, &f, PL_MATCHED_WHOLE);
    fold(w, START, &f, PL_MATCHED_WHOLE);
    const pl_vdr *row = judge(w);
    assert_int_equal(w->h.n, 1);
    assert_int_equal(row->state, PL_VDR_REMEDIED);
    assert_int_equal(row->gone_us, START + 8 * DAY);
    assert_int_equal(row->detected_us, START);
    assert_int_equal(row->seen_us, START + 6 * DAY);
    assert_int_equal(w->h.n_reports, 5);
    assert_int_equal(w->h.reports[2].n_partly, 1);
}

static void what_was_not_looked_at_whole_is_open(void **state)
{
    world *w = *state;
    const pl_vuln_facts v = facts_of("CVE-1");
    const pl_finding f = finding_of(&v, START);

    fold(w, START + 7 * DAY, NULL, PL_MATCHED_PARTLY);
    fold(w, START, &f, PL_MATCHED_WHOLE);
    assert_int_equal(judge(w)->state, PL_VDR_OPEN);
}

static void what_comes_back_is_another_episode(void **state)
{
    world *w = *state;
    const pl_vuln_facts v = facts_of("CVE-1");
    const pl_finding again = finding_of(&v, START + 5 * DAY), first = finding_of(&v, START);

    fold(w, START + 6 * DAY, &again, PL_MATCHED_WHOLE);
    fold(w, START + 5 * DAY, &again, PL_MATCHED_WHOLE);
    fold(w, START + 3 * DAY, NULL, PL_MATCHED_WHOLE);
    fold(w, START + 1 * DAY, &first, PL_MATCHED_WHOLE);
    /* An evaluation counts for the episode in which it was said. */
    (void)say(w, "CVE-1", "N4", START + 2 * DAY);
    (void)judge(w);
    assert_int_equal(w->h.n, 2);
    for (size_t i = 0; i < 2; i++) {
        const pl_vdr *row = &w->h.rows[i];
        bool is_first = row->detected_us == START;
        assert_int_equal(row->state, is_first ? PL_VDR_REMEDIED : PL_VDR_OPEN);
        assert_int_equal(row->impact, is_first ? 4 : 0);
    }
}

static const pl_subject next = {
    .kind = PL_S("image"), .key = PL_S("sha256:bb"), .name = PL_S("web:2"), .klass = PL_S("web")};

static void another_subject_of_the_class_that_has_it_not_mends_nothing(void **state)
{
    world *w = *state;
    const pl_vuln_facts v = facts_of("CVE-1");
    const pl_finding f = finding_of(&v, START);

    look(w, "scan", START + 2 * DAY, &next, NULL, PL_MATCHED_WHOLE);
    look(w, "scan", START, &image, &f, PL_MATCHED_WHOLE);
    assert_int_equal(judge(w)->state, PL_VDR_OPEN);

    tear_down(state);
    set_up(state);
    w = *state;
    look(w, "scan", START + 3 * DAY, &image, NULL, PL_MATCHED_WHOLE);
    look(w, "scan", START + 2 * DAY, &next, NULL, PL_MATCHED_WHOLE);
    look(w, "scan", START, &image, &f, PL_MATCHED_WHOLE);
    assert_int_equal(judge(w)->state, PL_VDR_REMEDIED);
    assert_int_equal(w->h.rows[0].gone_us, START + 3 * DAY);
}

static void another_tag_does_not_restart_the_clock(void **state)
{
    world *w = *state;
    const pl_vuln_facts v = facts_of("CVE-1");
    /* The state of the scans before forgot it when web:2 was clean. */
    const pl_finding again = finding_of(&v, START + 3 * DAY), first = finding_of(&v, START);

    look(w, "scan", START + 3 * DAY, &image, &again, PL_MATCHED_WHOLE);
    look(w, "scan", START + 2 * DAY, &next, NULL, PL_MATCHED_WHOLE);
    look(w, "scan", START + DAY, &image, &first, PL_MATCHED_WHOLE);
    const pl_vdr *row = judge(w);
    assert_int_equal(w->h.n, 1);
    assert_int_equal(row->detected_us, START);
    assert_int_equal(row->state, PL_VDR_OPEN);
}

static void what_an_audit_found_is_gone_by_an_audit_alone(void **state)
{
    world *w = *state;
    const pl_vuln_facts v = facts_of("CVE-1");
    const pl_finding f = finding_of(&v, START);

    look(w, "scan", START + 2 * DAY, &image, NULL, PL_MATCHED_WHOLE);
    look(w, "audit", START, &image, &f, PL_MATCHED_WHOLE);
    assert_int_equal(judge(w)->state, PL_VDR_OPEN);

    tear_down(state);
    set_up(state);
    w = *state;
    /* The image was replaced by another of its class, and the host has no other. */
    look(w, "audit", START + 2 * DAY, &next, NULL, PL_MATCHED_WHOLE);
    look(w, "audit", START, &image, &f, PL_MATCHED_WHOLE);
    assert_int_equal(judge(w)->state, PL_VDR_REMEDIED);
}

static void an_audit_that_may_miss_images_mends_nothing_of_others(void **state)
{
    world *w = *state;
    const pl_vuln_facts v = facts_of("CVE-1");
    const pl_finding f = finding_of(&v, START);
    const pl_scope_subject both[] = {{.subject = &next, .matched = PL_MATCHED_WHOLE},
                                     {.subject = &image, .matched = PL_MATCHED_PARTLY}};
    const pl_gap gap = {.what = PL_S("image web:1"), .kind = PL_S("container image")};
    pl_assessment a = {
        .verb = PL_S("audit"), .started_us = START + 2 * DAY, .subjects = both, .n_subjects = 2};
    pl_err err = {0};

    assert_int_equal(pl_vdr_fold(&w->h, &a, w->entry--, &err), PL_OK);
    a.n_subjects = 1;
    a.gaps = &gap;
    a.n_gaps = 1;
    a.started_us = START + DAY;
    assert_int_equal(pl_vdr_fold(&w->h, &a, w->entry--, &err), PL_OK);
    look(w, "audit", START, &image, &f, PL_MATCHED_WHOLE);
    assert_int_equal(judge(w)->state, PL_VDR_OPEN);
}

/* One that lost it is joined with one that kept it. */
static void one_of_two_that_was_mended_leaves_one_row(void **state)
{
    world *w = *state;
    const pl_vuln_facts v = facts_of("CVE-1");
    pl_finding old = finding_of(&v, START), kept = finding_of(&v, START);
    const pl_scope_subject both[] = {{.subject = &image, .matched = PL_MATCHED_WHOLE},
                                     {.subject = &next, .matched = PL_MATCHED_WHOLE}};
    const pl_finding *list[] = {&old, &kept};
    const pl_assessment a = {.verb = PL_S("scan"),
                             .started_us = START,
                             .subjects = both,
                             .n_subjects = 2,
                             .findings = list,
                             .n_findings = 2};
    pl_err err = {0};

    kept.subject = &next;
    look(w, "scan", START + 3 * DAY, &next, &kept, PL_MATCHED_WHOLE);
    look(w, "scan", START + 2 * DAY, &image, NULL, PL_MATCHED_WHOLE);
    assert_int_equal(pl_vdr_fold(&w->h, &a, w->entry--, &err), PL_OK);
    assert_int_equal(judge(w)->state, PL_VDR_OPEN);
    assert_int_equal(w->h.n, 1);
}

static void a_lower_impact_or_a_waiver_afterwards_is_still_late(void **state)
{
    world *w = *state;
    pl_vuln_facts v = facts_of("CVE-1");
    pl_finding f = finding_of(&v, START);
    pl_statement waiver = {.kind = pl_statement_kind_word(PL_STATEMENT_WAIVER),
                           .number = 7,
                           .said_us = START + 20 * DAY};

    fold(w, START, &f, PL_MATCHED_WHOLE);
    (void)say(w, "CVE-1", "N5", START + DAY); /* 16 days */
    (void)say(w, "CVE-1", "N1", START + 20 * DAY);
    assert_true(judge(w)->is_late_mitigation);
    assert_int_equal(w->h.rows[0].mitigate_by_us, 0);
    w->rows[1].s.said_us = START + 2 * DAY;
    assert_false(judge(w)->is_late_mitigation);

    tear_down(state);
    set_up(state);
    w = *state;
    f.verdict = PL_WAIVED;
    f.statement = &waiver;
    fold(w, START + 21 * DAY, &f, PL_MATCHED_WHOLE);
    (void)say(w, "CVE-1", "N5", START + DAY);
    assert_int_equal(judge(w)->state, PL_VDR_ACCEPTED);
    assert_true(w->h.rows[0].is_late_mitigation);
    waiver.said_us = START + 2 * DAY;
    tear_down(state);
    set_up(state);
    w = *state;
    fold(w, START + 21 * DAY, &f, PL_MATCHED_WHOLE);
    (void)say(w, "CVE-1", "N5", START + DAY);
    assert_false(judge(w)->is_late_mitigation);
}

/* It has no time of its own. */
static void a_line_of_an_ignore_file_counts_from_when_it_was_heeded(void **state)
{
    world *w = *state;
    pl_vuln_facts v = facts_of("CVE-1");
    pl_finding open = finding_of(&v, START), ignored = finding_of(&v, START);

    v.vex_status = PL_S("ignored");
    ignored.verdict = PL_WAIVED;
    fold(w, START + 21 * DAY, &ignored, PL_MATCHED_WHOLE);
    fold(w, START + 9 * DAY, &ignored, PL_MATCHED_WHOLE);
    fold(w, START + 8 * DAY, &open, PL_MATCHED_WHOLE);
    fold(w, START + DAY, &ignored, PL_MATCHED_WHOLE);
    (void)say(w, "CVE-1", "N5", START + 8 * DAY);
    assert_int_equal(judge(w)->state, PL_VDR_ACCEPTED);
    assert_int_equal(w->h.rows[0].settled_us, START + 9 * DAY);
    assert_false(w->h.rows[0].is_late_mitigation);
}

/* Rows of VDR-TFR-PVR, by class. */
static void times_follow_class_impact_and_exposure(void **state)
{
    static const struct {
        char klass;
        const char *impact;
        const char *reach;
        bool kev, is_likely_known;
        int64_t hours;
    } rows[] = {
        {'c', "N5", PL_REACH_PUBLISHED, true, true, 48},
        {'c', "N5", PL_REACH_NOT_RUNNING, true, true, 96},
        {'c', "N5", PL_REACH_PUBLISHED, false, true, 16 * 24},
        {'c', "N5", NULL, false, false, 48}, /* what is not known counts as the worse */
        {'c', "N5", PL_REACH_NOT_PUBLISHED, true, true, 48},
        {'d', "N5", PL_REACH_PUBLISHED, true, true, 12},
        {'d', "N2", PL_REACH_PUBLISHED, false, true, 192 * 24},
        {'b', "N3", PL_REACH_NOT_RUNNING, true, true, 64 * 24},
        {'a', "N4", PL_REACH_PUBLISHED, true, true, 8 * 24},
        {'c', "N1", PL_REACH_PUBLISHED, true, true, 0}, /* none is set for it */
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        tear_down(state);
        set_up(state);
        world *w = *state;
        pl_vuln_facts v = facts_of("CVE-1");
        v.reach = rows[i].reach;
        v.kev = rows[i].kev;
        v.epss_ppm = rows[i].is_likely_known ? 10 : -1;
        const pl_finding f = finding_of(&v, START);
        fold(w, START + DAY, &f, PL_MATCHED_WHOLE);
        (void)say(w, "F-AAAAAAAAAAAAAAAA", rows[i].impact, START + DAY);
        w->terms.klass = rows[i].klass;
        const pl_vdr *row = judge(w);
        assert_int_equal(row->mitigate_by_us,
                         rows[i].hours ? START + DAY + rows[i].hours * HOUR : 0);
        assert_int_equal(row->accept_by_us, START + 193 * DAY);
    }
}

static void without_an_evaluation_its_own_clock_runs(void **state)
{
    world *w = *state;
    const pl_vuln_facts v = facts_of("CVE-1");
    const pl_finding f = finding_of(&v, START);

    fold(w, START, &f, PL_MATCHED_WHOLE);
    w->terms.now_us = START + 5 * DAY - 1;
    const pl_vdr *row = judge(w);
    assert_int_equal(row->evaluate_by_us, START + 5 * DAY);
    assert_int_equal(row->mitigate_by_us, 0);
    assert_false(pl_vdr_is_late(row));
    w->terms.now_us = START + 5 * DAY;
    assert_true(judge(w)->is_late_evaluation);
    /* One that comes too late stays late, also when the thing is gone. */
    (void)say(w, "CVE-1", "N2", START + 6 * DAY);
    w->terms.now_us = START + 7 * DAY;
    assert_true(judge(w)->is_late_evaluation);
}

static void the_newest_evaluation_says_the_impact_and_the_first_when(void **state)
{
    world *w = *state;
    const pl_vuln_facts v = facts_of("CVE-1");
    const pl_finding f = finding_of(&v, START);
    pl_govern_row *second;

    fold(w, START, &f, PL_MATCHED_WHOLE);
    (void)say(w, "CVE-1", "N5", START + DAY);
    second = say(w, "F-AAAAAAAAAAAAAAAA", "N3", START + 2 * DAY);
    second->reachable = PL_S("no");
    second->exploitable = PL_S("yes");
    (void)say(w, "CVE-2", "N1", START + 3 * DAY);
    (void)say(w, "CVE-1", "N9", START + 3 * DAY);
    const pl_vdr *row = judge(w);
    assert_int_equal(row->n_evaluations, 2);
    assert_int_equal(row->impact, 3);
    assert_int_equal(row->evaluated_us, START + DAY);
    assert_int_equal(row->reachable, PL_VDR_NO);
    assert_int_equal(row->exploitable, PL_VDR_YES);
    assert_int_equal(row->mitigate_by_us, START + DAY + 32 * DAY);
}

static void a_rule_evaluates_at_detection_and_a_person_goes_before_it(void **state)
{
    world *w = *state;
    const pl_vuln_facts v = facts_of("CVE-1");
    const pl_finding f = finding_of(&v, START);

    fold(w, START, &f, PL_MATCHED_WHOLE);
    w->terms.impact[PL_HIGH] = 4;
    const pl_vdr *row = judge(w);
    assert_int_equal(row->impact, 4);
    assert_int_equal(row->evaluated_us, START);
    assert_int_equal(row->evaluations[0].number, -1);
}

static void the_day_of_the_catalog_is_in_time(void **state)
{
    world *w = *state;
    pl_vuln_facts v = facts_of("CVE-1");
    v.kev = true;
    v.kev_due = PL_S("2024-10-10"); /* START + 6 days */
    const pl_finding f = finding_of(&v, START);

    fold(w, START, &f, PL_MATCHED_WHOLE);
    w->terms.now_us = START + 7 * DAY - 1;
    assert_false(judge(w)->is_late_remedy);
    w->terms.now_us = START + 7 * DAY;
    assert_true(judge(w)->is_late_remedy);
}

static void accepted_risks_and_vex_have_their_own_states(void **state)
{
    world *w = *state;
    pl_vuln_facts v = facts_of("CVE-1");
    pl_finding f = finding_of(&v, START);
    const pl_statement waiver = {.kind = pl_statement_kind_word(PL_STATEMENT_WAIVER),
                                 .number = 7,
                                 .text = PL_S("behind a proxy"),
                                 .said_us = START + 2 * DAY};

    v.vex_status = PL_S("not_affected");
    v.vex_source = PL_S("vex.json");
    f.verdict = PL_WAIVED;
    fold(w, START, &f, PL_MATCHED_WHOLE);
    w->terms.now_us = START + 300 * DAY;
    assert_int_equal(judge(w)->state, PL_VDR_NOT_AFFECTED);
    assert_false(pl_vdr_is_late(w->h.rows));

    tear_down(state);
    set_up(state);
    w = *state;
    f.statement = &waiver;
    fold(w, START, &f, PL_MATCHED_WHOLE);
    (void)say(w, "CVE-1", "N4", START + DAY);
    w->terms.now_us = START + 300 * DAY;
    const pl_vdr *row = judge(w);
    assert_int_equal(row->state, PL_VDR_ACCEPTED);
    assert_str(row->settled_by, "waiver #7");
    assert_false(row->is_late_mitigation || row->is_late_acceptance);

    tear_down(state);
    set_up(state);
    w = *state;
    f.statement = NULL;
    f.verdict = PL_FAIL;
    fold(w, START, &f, PL_MATCHED_WHOLE);
    (void)say(w, "CVE-1", "N1", START + DAY);
    w->terms.now_us = START + 193 * DAY;
    assert_true(judge(w)->is_late_acceptance);
}

static void many_rows_find_their_own(void **state)
{
    enum { N = 5000 };
    world *w = *state;
    pl_vuln_facts v = facts_of("CVE-1");
    pl_finding *all = calloc(N, sizeof(*all));
    const pl_finding **list = calloc(N, sizeof(*list));
    pl_err err = {0};

    for (int i = 0; i < N; i++) {
        all[i] = finding_of(&v, START);
        (void)snprintf(all[i].id, sizeof(all[i].id), "F-%016d", i);
        list[i] = &all[i];
    }
    for (int i = 0; i < 3; i++) {
        const pl_assessment a = {.verb = PL_S("scan"),
                                 .started_us = START + (9 - i) * DAY,
                                 .findings = list,
                                 .n_findings = N};
        assert_int_equal(pl_vdr_fold(&w->h, &a, w->entry--, &err), PL_OK);
    }
    assert_int_equal(w->h.n, N);
    free(all);
    free(list);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_a_whole_look_does_not_find_is_gone),
        TEST(what_was_not_looked_at_whole_is_open),
        TEST(what_comes_back_is_another_episode),
        TEST(another_subject_of_the_class_that_has_it_not_mends_nothing),
        TEST(another_tag_does_not_restart_the_clock),
        TEST(what_an_audit_found_is_gone_by_an_audit_alone),
        TEST(an_audit_that_may_miss_images_mends_nothing_of_others),
        TEST(one_of_two_that_was_mended_leaves_one_row),
        TEST(a_lower_impact_or_a_waiver_afterwards_is_still_late),
        TEST(a_line_of_an_ignore_file_counts_from_when_it_was_heeded),
        TEST(times_follow_class_impact_and_exposure),
        TEST(without_an_evaluation_its_own_clock_runs),
        TEST(the_newest_evaluation_says_the_impact_and_the_first_when),
        TEST(a_rule_evaluates_at_detection_and_a_person_goes_before_it),
        TEST(the_day_of_the_catalog_is_in_time),
        TEST(accepted_risks_and_vex_have_their_own_states),
        TEST(many_rows_find_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
