/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/buf.h"
#include "model/finding.h"

#include <string.h>

/* Made with Python: base32 of the first 10 bytes of SHA-256 of the three with newlines between. */
static void finding_ids_are_those_of_the_definition(void **state)
{
    char x255[255];
    char y300[300];
    char id[PL_FINDING_ID];

    (void)state;
    memset(x255, 'x', sizeof(x255));
    memset(y300, 'y', sizeof(y300));
    const pl_str x = {x255, sizeof(x255)};
    const pl_str y = {y300, sizeof(y300)};
    const struct {
        pl_str klass, what, where;
        const char *id;
    } rows[] = {
        {PL_S("web"), PL_S("CTR-006"), PL_S("/etc"), "F-5FVZWZDOW5VHOO6C"},
        {PL_S(""), PL_S(""), PL_S(""), "F-OWQR3JCMQASINPDP"},
        {x, PL_S("CTR-006"), PL_S(""), "F-J24N6YPVJEKBTMF3"},
        {y, PL_S("CTR-006"), x, "F-4ULWMWD7FCOI5VXK"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_finding_id(rows[i].klass, rows[i].what, rows[i].where, id);
        assert_string_equal(id, rows[i].id);
    }
}

static void severities_and_verdicts_are_read_as_they_are_written(void **state)
{
    (void)state;
    for (int s = PL_INFO; s <= PL_UNKNOWN_SEVERITY; s++) {
        pl_severity got = PL_INFO;
        assert_true(pl_severity_parse(pl_str_c(pl_severity_word((pl_severity)s)), &got));
        assert_int_equal(got, s);
    }
    for (int v = PL_PASS; v <= PL_UNKNOWN; v++) {
        pl_verdict got = PL_PASS;
        assert_true(pl_verdict_parse(pl_str_c(pl_verdict_word((pl_verdict)v)), &got));
        assert_int_equal(got, v);
    }
    pl_severity s;
    assert_false(pl_severity_parse(PL_S("High"), &s));
}

static void whole_numbers_print_in_decimal(void **state)
{
    static const struct {
        int64_t v;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-1, "-1"},
        {1234567890, "1234567890"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf b = {0};
        pl_buf_int(&b, rows[i].v);
        if (!pl_str_eq(pl_buf_view(&b), pl_str_c(rows[i].text)))
            fail_msg("%s: %.*s", rows[i].text, PL_F(pl_buf_view(&b)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finding_ids_are_those_of_the_definition),
        cmocka_unit_test(severities_and_verdicts_are_read_as_they_are_written),
        cmocka_unit_test(whole_numbers_print_in_decimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
