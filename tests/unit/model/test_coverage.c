/* SPDX-License-Identifier: Apache-2.0 */
/* What is behind a requirement, by its checks and by what was shown of them. */
#include "test.h"

#include "model/coverage.h"

/* A check: "" is judged, "attest" waits for a person, "watch" for a part. */
struct row {
    const char *needs, *shown_pass, *shown_fail;
    size_t pass, fail, unknown; /* of the run at hand */
};

static const struct {
    const char *what;
    struct row checks[2];
    size_t n;
    pl_covered want;
} requirements[] = {
    {"no check", {{NULL}}, 0, PL_COVERED_BLANK},
    {"one that a script shows failing", {{"", "", "a.py", 0, 0, 0}}, 1, PL_COVERED_TECHNICAL},
    {"one that a script shows passing", {{"", "a.py", "", 0, 0, 0}}, 1, PL_COVERED_TECHNICAL},
    {"one that passed in this run", {{"", "", "", 1, 0, 0}}, 1, PL_COVERED_TECHNICAL},
    {"one that failed in this run", {{"", "", "", 0, 1, 0}}, 1, PL_COVERED_TECHNICAL},
    {"one that could not be judged", {{"", "", "", 0, 0, 1}}, 1, PL_COVERED_UNTESTED},
    {"one that nobody has seen", {{"", "", "", 0, 0, 0}}, 1, PL_COVERED_UNTESTED},
    {"one for a person", {{"attest", "", "", 0, 0, 1}}, 1, PL_COVERED_ATTESTATION},
    {"a person's word is not shown, whatever is said of it",
     {{"attest", "a.py", "a.py", 1, 1, 0}},
     1,
     PL_COVERED_ATTESTATION},
    {"one that waits for a part, though a script names it",
     {{"watch", "a.py", "", 0, 0, 0}},
     1,
     PL_COVERED_UNTESTED},
    {"a person's beside one that nobody has seen",
     {{"attest", "", "", 0, 0, 0}, {"", "", "", 0, 0, 0}},
     2,
     PL_COVERED_UNTESTED},
    {"a person's beside one that is shown",
     {{"attest", "", "", 0, 0, 0}, {"", "a.py", "", 0, 0, 0}},
     2,
     PL_COVERED_TECHNICAL},
};

static void the_best_that_is_known_of_its_checks_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_COUNT(requirements); i++) {
        pl_check checks[2] = {0};
        pl_check_result results[2] = {0};
        const pl_check_result *list[2];
        for (size_t k = 0; k < requirements[i].n; k++) {
            const struct row *row = &requirements[i].checks[k];
            checks[k].needs = pl_str_c(row->needs);
            checks[k].shown_pass = pl_str_c(row->shown_pass);
            checks[k].shown_fail = pl_str_c(row->shown_fail);
            results[k] = (pl_check_result){
                .check = &checks[k],
                .tally = {.pass = row->pass, .fail = row->fail, .unknown = row->unknown}};
            list[k] = &results[k];
        }
        const pl_requirement_result r = {.checks = list, .n = requirements[i].n, .in_scope = true};
        if (pl_coverage_of(&r) != requirements[i].want)
            fail_msg("%s: %s, want %s", requirements[i].what, pl_covered_word(pl_coverage_of(&r)),
                     pl_covered_word(requirements[i].want));
    }
}

static void each_has_words_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < PL_COVERED_COUNT; i++)
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(pl_covered_word((pl_covered)i), pl_covered_word((pl_covered)k));
            assert_string_not_equal(pl_covered_text((pl_covered)i), pl_covered_text((pl_covered)k));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_that_is_known_of_its_checks_counts),
        cmocka_unit_test(each_has_words_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
