/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/clock.h"
#include "model/eol.h"

static const struct {
    const char *id, *version, *word;
} systems[] = {
    {"debian", "12", "dated"}, {"debian", "11", "dated"}, {"alpine", "3.18.4", "dated"},
    {"rhel", "9.4", "dated"},  {"rhel", "9", "dated"},    {"ubuntu", "24.04", "dated"},
    {"arch", "", "rolling"},   {"debian", "", "rolling"}, {"debian", "99", NULL},
    {"alpine", "3.1", NULL},   {"plan9", "4", NULL},      {"", "", NULL},
    {"docker", "", NULL},
};

static void a_release_is_found_by_the_words_of_os_release(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_COUNT(systems); i++) {
        const pl_eol *e = pl_eol_os(pl_str_c(systems[i].id), pl_str_c(systems[i].version));
        if (!e != !systems[i].word)
            fail_msg("%s %s: %s", systems[i].id, systems[i].version, e ? "found" : "not found");
        if (e)
            assert_string_equal(pl_eol_word(e->state), systems[i].word);
    }
}

static void a_version_belongs_to_the_longest_release_that_it_begins_with(void **state)
{
    const pl_eol *e = pl_eol_product(PL_S("docker-engine"), PL_S("20.10.24+dfsg1"));
    (void)state;
    assert_non_null(e);
    assert_string_equal(e->release, "20.10");
    assert_non_null(pl_eol_product(PL_S("docker-engine"), PL_S("28.0.1")));
    assert_null(pl_eol_product(PL_S("docker-engine"), PL_S("280.1")));
    assert_null(pl_eol_product(PL_S("docker-engine"), PL_S("")));
}

static void days_are_counted_from_midnight_to_midnight(void **state)
{
    int64_t now;
    (void)state;
    assert_true(pl_time_parse(PL_S("2026-08-31T23:59:59Z"), &now));
    const pl_eol *e = pl_eol_os(PL_S("debian"), PL_S("11"));
    assert_int_equal(pl_eol_days_left(e->security_day, now), 0);
    assert_int_equal(pl_eol_days_left(e->security_day, now + 1000000), -1);
    assert_int_equal(pl_eol_days_left(0, -1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_release_is_found_by_the_words_of_os_release),
        cmocka_unit_test(a_version_belongs_to_the_longest_release_that_it_begins_with),
        cmocka_unit_test(days_are_counted_from_midnight_to_midnight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
