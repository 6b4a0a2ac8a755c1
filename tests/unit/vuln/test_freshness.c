/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "vuln/db_build.h"
#include "vuln/freshness.h"

#define DAY_US (INT64_C(86400) * 1000000)

static const int64_t now = 1000 * DAY_US;

/* The parameter as the content would hold it; n 0: the content has none. */
static pl_content content_with(pl_list *list, const pl_str *items, size_t n)
{
    *list = (pl_list){.name = PL_S("max_feed_age_days"), .items = items, .n = n, .is_policy = true};
    return (pl_content){.lists = list, .n_lists = n ? 1 : 0};
}

static void a_feed_is_stale_the_day_after_its_last(void **state)
{
    (void)state;
    static const pl_str set[] = {PL_S("10"), PL_S("Alpine = 30"), PL_S("Hex=90")};
    static const struct {
        const char *feed;
        bool has_policy;
        int64_t newest_us;
        bool want;
    } rows[] = {
        {"Debian", false, 993 * DAY_US, false},
        {"Debian", false, 993 * DAY_US - 1, false},
        {"Debian", false, 992 * DAY_US, true},
        {"Debian", true, 990 * DAY_US, false},
        {"Debian", true, 989 * DAY_US, true},
        {"Hex", true, 910 * DAY_US, false},
        {"Hex", true, 909 * DAY_US, true},
        {"Debian", false, 1001 * DAY_US, false},    /* a clock that is behind */
        {"Debian", false, 0, true},                 /* without a date */
        {"Debian", true, -62135596800000000, true}, /* the year 0001 */
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_list list;
        pl_content c = content_with(&list, set, rows[i].has_policy ? PL_COUNT(set) : 0);
        pl_freshness f;
        pl_err err = {0};
        const pl_feed feed = {.name = pl_str_c(rows[i].feed), .newest_us = rows[i].newest_us};
        assert_ok(pl_freshness_of(&c, &f, &err), err);
        if (pl_feed_is_stale(&f, &feed, now) != rows[i].want)
            fail_msg("row %zu", i);
    }
}

static void a_policy_that_is_no_number_of_days_is_refused(void **state)
{
    (void)state;
    static const pl_str bad[] = {PL_S("soon"), PL_S("=7"), PL_S("Debian="), PL_S("-1"),
                                 PL_S("Debian=7=8")};
    for (size_t i = 0; i < PL_COUNT(bad); i++) {
        pl_list list;
        pl_content c = content_with(&list, &bad[i], 1);
        pl_freshness f;
        pl_err err = {0};
        assert_int_equal(pl_freshness_of(&c, &f, &err), PL_USAGE);
        assert_non_null(strstr(err.text, "max_feed_age_days"));
    }
}

static void a_gap_says_missing_or_stale(void **state)
{
    (void)state;
    PL_AUTO_DB_BUILD pl_db_build *b = pl_db_build_new();
    PL_AUTO_BUF pl_buf bytes = {0};
    PL_AUTO_ADVISORIES pl_advisories *db = NULL;
    const pl_freshness f = {NULL};
    pl_db_counts counts;
    pl_err err = {0};

    assert_ok(pl_db_add_feed(b, PL_S("kev"), PL_S("x"), PL_S("1"), now - DAY_US, &err), err);
    assert_ok(pl_db_add_feed(b, PL_S("epss"), PL_S("x"), PL_S("1"), now - 8 * DAY_US, &err), err);
    assert_ok(pl_db_finish(b, 1, &bytes, &counts, &err), err);
    assert_ok(pl_advisories_of_bytes(pl_buf_view(&bytes), "x", &db, &err), err);
    assert_null(pl_feed_gap(db, &f, PL_S("kev"), now));
    assert_string_equal(pl_feed_gap(db, &f, PL_S("epss"), now), "feed-stale");
    assert_string_equal(pl_feed_gap(db, &f, PL_S("Debian"), now), "feed-missing");
    assert_string_equal(pl_feed_gap(NULL, &f, PL_S("kev"), now), "feed-missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_feed_is_stale_the_day_after_its_last),
        cmocka_unit_test(a_policy_that_is_no_number_of_days_is_refused),
        cmocka_unit_test(a_gap_says_missing_or_stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
