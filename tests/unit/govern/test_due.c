/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/clock.h"
#include "govern/due.h"

#include <string.h>

enum { ARENA = 1 << 20 };
#define DAY INT64_C(86400000000)

static const pl_check checks[] = {
    {.id = PL_S("ADM-001"), .needs = PL_S("attest"), .period = PL_S("daily")},
    {.id = PL_S("ADM-002"), .needs = PL_S("attest"), .period = PL_S("3 months")},
    {.id = PL_S("ADM-003"), .needs = PL_S("attest"), .period = PL_S("12 months")},
    {.id = PL_S("CTR-001"), .pass = PL_S("x")},
};
static const pl_content content = {.checks = checks, .n_checks = 4};

static int64_t at(const char *text)
{
    int64_t us = 0;

    assert_true(pl_time_parse(pl_str_c(text), &us));
    return us;
}

static pl_govern_row said(const char *control, const char *when)
{
    return (pl_govern_row){.s = {.kind = pl_statement_kind_word(PL_STATEMENT_ATTESTATION),
                                 .what = pl_str_c(control),
                                 .said_us = at(when)}};
}

static pl_due *list(pl_govern *g, const char *now, int64_t within, pl_arena *a)
{
    pl_due *v = NULL;
    size_t n = 0;
    pl_err err = {0};

    assert_ok(pl_due_list(&content, g, at(now), within, a, &v, &n, &err), err);
    assert_int_equal(n, 3);
    return v;
}

static const pl_due *of(const pl_due *v, const char *control)
{
    while (!pl_str_eq(v->check->id, pl_str_c(control)))
        v++;
    return v;
}

static void overdue_comes_first_and_late_is_not_yet_over(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    pl_govern_row rows[] = {said("ADM-001", "2027-02-28T10:00:00Z"),
                            said("ADM-002", "2026-11-30T10:00:00Z")};
    pl_govern g = {.rows = rows, .n = 2};

    (void)state;
    pl_due *v = list(&g, "2027-03-01T12:00:00Z", 0, a);
    assert_str(v[0].check->id, "ADM-002");
    assert_int_equal(v[0].state, PL_DUE_LATE); /* due by the end of February */
    assert_int_equal(v[1].state, PL_DUE_NEVER);
    assert_int_equal(of(v, "ADM-001")->state, PL_DUE_LATER);
    v = list(&g, "2027-03-03T00:00:00Z", 0, a);
    assert_int_equal(of(v, "ADM-002")->state, PL_DUE_OVERDUE); /* 92 days and one moment */
    assert_int_equal(of(v, "ADM-001")->state, PL_DUE_OVERDUE);
    assert_int_equal(v[2].state, PL_DUE_NEVER);
    v = list(&g, "2027-03-01T12:00:00Z", 12 * DAY / 24, a);
    assert_int_equal(of(v, "ADM-001")->state, PL_DUE_DUE);
}

static void days_that_nobody_spoke_for_are_counted(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    pl_govern_row rows[] = {said("ADM-001", "2028-02-27T10:00:00Z"),
                            said("ADM-001", "2028-02-29T23:59:59Z"),
                            said("ADM-001", "2028-03-02T00:00:00Z")};
    pl_govern g = {.rows = rows, .n = 3};

    (void)state;
    /* The 28th of February and the 1st of March of a leap year; today is not over. */
    pl_due *v = list(&g, "2028-03-03T12:00:00Z", 0, a);
    assert_int_equal(of(v, "ADM-001")->missed, 2);
    v = list(&g, "2029-03-03T12:00:00Z", 0, a);
    assert_int_equal(of(v, "ADM-001")->missed, 31);
    g.n = 0;
    v = list(&g, "2028-03-03T12:00:00Z", 0, a);
    assert_int_equal(of(v, "ADM-001")->missed, 0);
}

static void only_what_waits_for_a_person_can_be_attested(void **state)
{
    const pl_check *c = NULL;
    pl_period p = PL_PERIOD_DAILY;
    pl_err err = {0};

    (void)state;
    assert_ok(pl_due_control(&content, PL_S("ADM-002"), &c, &p, &err), err);
    assert_int_equal(p, PL_PERIOD_QUARTERLY);
    assert_int_equal(pl_due_control(&content, PL_S("CTR-001"), &c, &p, &err), PL_USAGE);
    assert_non_null(strstr(err.text, "judged by facts"));
    assert_int_equal(pl_due_control(&content, PL_S("XXX-001"), &c, &p, &err), PL_USAGE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(overdue_comes_first_and_late_is_not_yet_over),
        cmocka_unit_test(days_that_nobody_spoke_for_are_counted),
        cmocka_unit_test(only_what_waits_for_a_person_can_be_attested),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
