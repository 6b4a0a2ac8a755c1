/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/clock.h"
#include "model/period.h"

#include <stdlib.h>

static int64_t at(const char *text)
{
    int64_t us = 0;

    assert_true(pl_time_parse(pl_str_c(text), &us));
    return us;
}

/* What is said in the afternoon of the first day: the next is due by, and this one holds until the
 * end of the days given. */
static void assert_term(pl_period p, const char *said, const char *due, const char *until)
{
    char moment[PL_TIME_TEXT], got[PL_TIME_TEXT];

    (void)snprintf(moment, sizeof(moment), "%sT17:23:45Z", said);
    pl_term t = pl_period_term(p, at(moment));
    assert_true(t.due_us <= t.until_us);
    assert_int_equal(t.due_us % (INT64_C(86400) * 1000000), 0);
    pl_time_print(t.due_us - 1, got);
    assert_memory_equal(got, due, 10);
    pl_time_print(t.until_us - 1, got);
    assert_memory_equal(got, until, 10);
}

static void a_daily_statement_holds_until_the_next_day_ends(void **state)
{
    (void)state;
    assert_term(PL_PERIOD_DAILY, "2026-11-22", "2026-11-23", "2026-11-23");
    assert_term(PL_PERIOD_DAILY, "2026-12-31", "2027-01-01", "2027-01-01");
    assert_term(PL_PERIOD_DAILY, "2028-02-28", "2028-02-29", "2028-02-29");
    assert_term(PL_PERIOD_WEEKLY, "2028-02-25", "2028-03-03", "2028-03-03");
}

static void a_month_without_that_day_ends_on_its_last(void **state)
{
    (void)state;
    assert_term(PL_PERIOD_MONTHLY, "2026-01-31", "2026-02-28", "2026-03-03");
    assert_term(PL_PERIOD_MONTHLY, "2028-01-31", "2028-02-29", "2028-03-02");
    assert_term(PL_PERIOD_MONTHLY, "2026-07-31", "2026-08-31", "2026-08-31");
    assert_term(PL_PERIOD_QUARTERLY, "2026-11-30", "2027-02-28", "2027-03-02");
    assert_term(PL_PERIOD_QUARTERLY, "2026-07-01", "2026-10-01", "2026-10-01");
    assert_term(PL_PERIOD_HALF_YEARLY, "2026-08-31", "2027-02-28", "2027-03-03");
    assert_term(PL_PERIOD_HALF_YEARLY, "2026-03-01", "2026-09-01", "2026-09-01");
}

static void a_year_is_one_with_or_without_a_leap_day(void **state)
{
    (void)state;
    assert_term(PL_PERIOD_YEARLY, "2028-02-29", "2029-02-28", "2029-03-01");
    assert_term(PL_PERIOD_YEARLY, "2027-03-01", "2028-03-01", "2028-03-01");
    assert_term(PL_PERIOD_YEARLY, "2026-11-22", "2027-11-22", "2027-11-23");
    assert_term(PL_PERIOD_YEARLY, "2099-03-01", "2100-03-01", "2100-03-02");
    assert_term(PL_PERIOD_EVENT, "2026-11-22", "2027-11-22", "2027-11-23");
}

/* Every day of eight years: a due day is never behind the last one. */
static void a_statement_is_due_before_it_ends(void **state)
{
    const int64_t day = INT64_C(86400) * 1000000;
    int64_t from = at("2026-01-01T12:00:00Z");

    (void)state;
    for (int i = 0; i < 8 * 366; i++) {
        for (int p = PL_PERIOD_DAILY; p < PL_PERIOD_ANALYSIS; p++) {
            pl_term t = pl_period_term((pl_period)p, from + i * day);
            assert_true(t.due_us > from + i * day && t.due_us <= t.until_us);
        }
    }
}

/* New York and Berlin change their clocks in these nights; days here are those of UTC. */
static void no_day_has_23_or_25_hours(void **state)
{
    (void)state;
    assert_int_equal(setenv("TZ", "America/New_York", 1), 0);
    assert_term(PL_PERIOD_DAILY, "2026-03-07", "2026-03-08", "2026-03-08");
    assert_term(PL_PERIOD_DAILY, "2026-10-31", "2026-11-01", "2026-11-01");
    assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
    assert_term(PL_PERIOD_QUARTERLY, "2026-01-29", "2026-04-29", "2026-05-01");
    assert_int_equal(unsetenv("TZ"), 0);
    assert_true(pl_day_start(at("2026-03-29T00:00:00Z")) == at("2026-03-29T00:00:00Z"));
    assert_true(pl_day_end(at("2026-03-29T23:59:59Z")) == at("2026-03-30T00:00:00Z"));
    assert_true(pl_day_start(-1) == at("1969-12-31T00:00:00Z"));
}

static void only_days_that_exist_are_days(void **state)
{
    int64_t us = 0;

    (void)state;
    assert_true(pl_day_parse(PL_S("2028-02-29"), &us));
    assert_true(us == at("2028-02-29T00:00:00Z"));
    assert_false(pl_day_parse(PL_S("2027-02-29"), &us));
    assert_false(pl_day_parse(PL_S("2026-11-31"), &us));
    assert_false(pl_day_parse(PL_S("2026-1-1"), &us));
    assert_false(pl_day_parse(PL_S("2026-11-22T"), &us));
    assert_false(pl_day_parse(PL_S(""), &us));
}

static void durations_have_a_unit_and_an_end(void **state)
{
    int64_t s = 0;

    (void)state;
    assert_true(pl_duration_parse(PL_S("2h"), &s));
    assert_int_equal(s, 7200);
    assert_true(pl_duration_parse(PL_S("30d"), &s));
    assert_int_equal(s, 30 * 86400);
    assert_false(pl_duration_parse(PL_S("0s"), &s));
    assert_false(pl_duration_parse(PL_S("2"), &s));
    assert_false(pl_duration_parse(PL_S("-2h"), &s));
    assert_false(pl_duration_parse(PL_S("99999d"), &s));
    assert_false(pl_duration_parse(PL_S("18446744073709551615d"), &s));
}

static void words_of_the_content_are_periods(void **state)
{
    pl_period p = PL_PERIOD_DAILY;

    (void)state;
    for (int i = PL_PERIOD_DAILY; i <= PL_PERIOD_ANALYSIS; i++) {
        assert_true(pl_period_parse(pl_str_c(pl_period_word((pl_period)i)), &p));
        assert_int_equal(p, i);
    }
    assert_false(pl_period_parse(PL_S("yearly"), &p));
    assert_int_equal(pl_period_term(PL_PERIOD_ANALYSIS, 1).until_us, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_daily_statement_holds_until_the_next_day_ends),
        cmocka_unit_test(a_month_without_that_day_ends_on_its_last),
        cmocka_unit_test(a_year_is_one_with_or_without_a_leap_day),
        cmocka_unit_test(a_statement_is_due_before_it_ends),
        cmocka_unit_test(no_day_has_23_or_25_hours),
        cmocka_unit_test(only_days_that_exist_are_days),
        cmocka_unit_test(durations_have_a_unit_and_an_end),
        cmocka_unit_test(words_of_the_content_are_periods),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
