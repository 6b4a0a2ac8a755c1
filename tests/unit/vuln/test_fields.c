/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/clock.h"
#include "vuln/fields.h"

#define DAY_US (INT64_C(86400) * 1000000)

static const pl_vuln_hit known = {
    .facts = {.advisory = {"CVE-2024-0001", 13},
              .package = {"libssl3", 7},
              .version = {"1", 1},
              .fixed_version = {"2", 1},
              .kev = true,
              .kev_due = {"2024-06-30", 10},
              .epss_ppm = 5},
    .is_affected = true,
    .severity = PL_HIGH,
    .cvss = 75,
    .published_us = 1,
};

static const pl_vuln_hit bare = {
    .facts = {.advisory = {"DSA-1-1", 7}, .package = {"p", 1}, .version = {"1", 1}, .epss_ppm = -1},
    .is_affected = true,
    .severity = PL_UNKNOWN_SEVERITY,
    .cvss = -1,
};

static int64_t due_us(void)
{
    int64_t us = 0;
    assert_true(pl_time_parse(PL_S("2024-06-30T00:00:00Z"), &us));
    return us;
}

static void what_is_known_is_present(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 16);
    pl_record *r = pl_vuln_record(a, &known, due_us() + 3 * DAY_US + 1);
    assert_str(pl_get(r, PL_F_VULN_ID)->u.s, "CVE-2024-0001");
    assert_str(pl_get(r, PL_F_VULN_SEVERITY)->u.s, "high");
    assert_true(pl_get(r, PL_F_VULN_HAS_FIX)->u.b);
    assert_str(pl_get(r, PL_F_VULN_FIXED_VERSION)->u.s, "2");
    assert_true(pl_get(r, PL_F_VULN_KEV)->u.b);
    assert_true(pl_get(r, PL_F_VULN_KEV_DUE)->u.i == due_us());
    assert_int_equal(pl_get(r, PL_F_VULN_KEV_OVERDUE_DAYS)->u.i, 3);
    assert_int_equal(pl_get(r, PL_F_VULN_EPSS_PPM)->u.i, 5);
    assert_int_equal(pl_get(r, PL_F_VULN_CVSS_TENTHS)->u.i, 75);
    assert_int_equal(pl_get(r, PL_F_VULN_PUBLISHED)->state, PL_PRESENT);
}

static void days_before_the_due_date_are_negative(void **state)
{
    (void)state;
    static const struct {
        int64_t offset_us;
        int64_t want;
    } cases[] = {{0, 0}, {1, 0}, {DAY_US, 1}, {-1, -1}, {-DAY_US, -1}, {-DAY_US - 1, -2}};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 16);

    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_record *r = pl_vuln_record(a, &known, due_us() + cases[i].offset_us);
        assert_int_equal(pl_get(r, PL_F_VULN_KEV_OVERDUE_DAYS)->u.i, cases[i].want);
    }
}

static void what_nobody_says_is_unknown_and_not_absent(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 16);
    pl_vuln_hit gapped = bare;

    pl_record *r = pl_vuln_record(a, &bare, due_us());
    assert_int_equal(pl_get(r, PL_F_VULN_SEVERITY)->state, PL_UNREADABLE);
    assert_int_equal(pl_get(r, PL_F_VULN_PUBLISHED_DAYS)->state, PL_UNREADABLE);
    assert_int_equal(pl_get(r, PL_F_VULN_FIXED_VERSION)->state, PL_ABSENT);
    assert_int_equal(pl_get(r, PL_F_VULN_EPSS_PPM)->state, PL_ABSENT);
    assert_false(pl_get(r, PL_F_VULN_HAS_FIX)->u.b);
    assert_int_equal(pl_get(r, PL_F_VULN_KEV)->state, PL_PRESENT);
    assert_false(pl_get(r, PL_F_VULN_KEV)->u.b);
    gapped.facts.kev_gap = "feed-missing";
    gapped.facts.epss_gap = "feed-stale";
    r = pl_vuln_record(a, &gapped, due_us());
    assert_int_equal(pl_get(r, PL_F_VULN_KEV)->state, PL_UNREADABLE);
    assert_string_equal(pl_get(r, PL_F_VULN_KEV)->reason, "feed-missing");
    assert_string_equal(pl_get(r, PL_F_VULN_EPSS_PPM)->reason, "feed-stale");
}

static void what_an_old_catalog_lists_stays_listed(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 16);
    pl_vuln_hit old = known;

    old.facts.kev_gap = old.facts.epss_gap = "feed-stale";
    pl_record *r = pl_vuln_record(a, &old, due_us());
    assert_true(pl_get(r, PL_F_VULN_KEV)->u.b);
    assert_int_equal(pl_get(r, PL_F_VULN_EPSS_PPM)->u.i, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known_is_present),
        cmocka_unit_test(days_before_the_due_date_are_negative),
        cmocka_unit_test(what_nobody_says_is_unknown_and_not_absent),
        cmocka_unit_test(what_an_old_catalog_lists_stays_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
