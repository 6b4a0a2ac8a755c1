/* SPDX-License-Identifier: Apache-2.0 */
#include "golden.h"

#include "vuln/cvss.h"

/* Scores as published with the vectors. */
static void a_base_score_is_computed_from_its_vector(void **state)
{
    (void)state;
    static const struct {
        const char *vector;
        int32_t want;
    } cases[] = {
        {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98},
        {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 100},
        {"CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H", 81},
        {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L", 53},
        {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 75},
        {"CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 61},
        {"CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 78},
        {"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 64},
        {"CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:C/C:H/I:H/A:H", 91},
        {"CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", 46},
        {"CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 88},
        {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0},
        {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O", 98},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        int32_t got = pl_cvss3_base(pl_str_c(cases[i].vector));
        if (got != cases[i].want)
            fail_msg("%s: got %d, want %d", cases[i].vector, got, cases[i].want);
    }
}

static void what_is_no_complete_vector_has_no_score(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "9.8",
        "CVSS:2.0/AV:N/AC:L/Au:N/C:P/I:P/A:P",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
        "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.1/AV:N/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.1/AV:NN/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++)
        if (pl_cvss3_base(pl_str_c(cases[i])) != -1)
            fail_msg("%s has a score", cases[i]);
}

/* tests/golden/cvss.tsv is made by tests/tools/cvss_golden.py. */
static void scores_are_those_of_an_independent_calculator(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf text = {0};
    char path[4096];
    pl_str rest, line, vector;
    size_t n_4 = 0, n_none = 0;
    int64_t want;

    golden_path("cvss.tsv", path, sizeof(path));
    golden_read(path, &text);
    for (rest = pl_buf_view(&text); pl_str_cut(&rest, '\n', &line);) {
        (void)pl_str_cut(&line, '\t', &vector);
        assert_true(pl_str_i64(line, &want));
        bool is_4 = pl_str_starts(vector, PL_S("CVSS:4"));
        int32_t got = is_4 ? pl_cvss4_score(vector) : pl_cvss3_base(vector);
        if (got != want)
            fail_msg("%.*s: got %d, want %d", PL_F(vector), got, (int)want);
        n_4 += is_4;
        n_none += want < 0;
    }
    assert_true(n_4 > 1500);
    assert_true(n_none > 50);
}

static void severity_words_follow_the_bounds_of_the_specification(void **state)
{
    (void)state;
    static const struct {
        int32_t tenths;
        pl_severity want;
    } cases[] = {{-1, PL_UNKNOWN_SEVERITY}, {0, PL_INFO},      {1, PL_LOW},   {39, PL_LOW},
                 {40, PL_MEDIUM},           {69, PL_MEDIUM},   {70, PL_HIGH}, {89, PL_HIGH},
                 {90, PL_CRITICAL},         {100, PL_CRITICAL}};
    for (size_t i = 0; i < PL_COUNT(cases); i++)
        assert_int_equal(pl_cvss_severity(cases[i].tenths), cases[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_base_score_is_computed_from_its_vector),
        cmocka_unit_test(what_is_no_complete_vector_has_no_score),
        cmocka_unit_test(scores_are_those_of_an_independent_calculator),
        cmocka_unit_test(severity_words_follow_the_bounds_of_the_specification),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
