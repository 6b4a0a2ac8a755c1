/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "cli/policy.h"

#include <string.h>

static const pl_check check = {.id = {"CTR-001", 7}};
static const pl_vuln_facts exploited = {.kev = true};
static const pl_vuln_facts plain = {.kev = false};
static const pl_vuln_facts unlisted = {.kev_gap = "feed-missing"};

static pl_policy_result apply(const char *fail_on, const pl_finding *f, bool has_advisories,
                              bool allow_incomplete)
{
    const pl_finding *const list[] = {f};
    pl_assessment a = {.findings = list, .n_findings = f ? 1 : 0};
    pl_policy p = {0};
    pl_err err = {0};

    a.advisories.present = has_advisories;
    assert_ok(pl_policy_parse(fail_on, allow_incomplete, &p, &err), err);
    return pl_policy_apply(&p, &a);
}

static void the_exit_code_follows_the_policy(void **state)
{
    (void)state;
    static const struct {
        const char *fail_on;
        pl_finding f;
        bool has_advisories, allow_incomplete;
        int want;
    } cases[] = {
        {NULL, {.check = &check, .verdict = PL_FAIL, .severity = PL_CRITICAL}, false, false, 0},
        {"high", {.check = &check, .verdict = PL_FAIL, .severity = PL_CRITICAL}, true, false, 1},
        {"high", {.check = &check, .verdict = PL_FAIL, .severity = PL_HIGH}, true, false, 1},
        {"high", {.check = &check, .verdict = PL_FAIL, .severity = PL_MEDIUM}, true, false, 0},
        {"critical,low", {.check = &check, .verdict = PL_FAIL, .severity = PL_LOW}, true, false, 1},
        {"high",
         {.vuln = &plain, .verdict = PL_FAIL, .severity = PL_UNKNOWN_SEVERITY},
         true,
         false,
         1},
        {"critical",
         {.vuln = &plain, .verdict = PL_FAIL, .severity = PL_UNKNOWN_SEVERITY},
         true,
         false,
         3},
        {"low",
         {.vuln = &exploited, .verdict = PL_FAIL, .severity = PL_CRITICAL, .left_out = "owner"},
         true,
         false,
         0},
        {"kev",
         {.vuln = &unlisted, .verdict = PL_FAIL, .severity = PL_LOW, .left_out = "unfixed"},
         true,
         false,
         0},
        {"high,unknown",
         {.check = &check,
          .verdict = PL_UNKNOWN,
          .severity = PL_HIGH,
          .reason = "denied",
          .left_out = "owner"},
         true,
         false,
         3},
        {"kev", {.vuln = &exploited, .verdict = PL_FAIL, .severity = PL_LOW}, true, false, 1},
        {"kev", {.vuln = &plain, .verdict = PL_FAIL, .severity = PL_CRITICAL}, true, false, 0},
        {"kev", {.vuln = &unlisted, .verdict = PL_FAIL, .severity = PL_LOW}, true, false, 3},
        {"high", {.vuln = &unlisted, .verdict = PL_FAIL, .severity = PL_LOW}, true, false, 0},
        {"high",
         {.check = &check, .verdict = PL_UNKNOWN, .severity = PL_HIGH, .reason = "denied"},
         true,
         false,
         3},
        {"high",
         {.check = &check, .verdict = PL_UNKNOWN, .severity = PL_HIGH, .reason = "denied"},
         true,
         true,
         0},
        {"high",
         {.check = &check, .verdict = PL_UNKNOWN, .severity = PL_LOW, .reason = "denied"},
         true,
         false,
         0},
        {"high",
         {.check = &check, .verdict = PL_UNKNOWN, .severity = PL_HIGH, .reason = "needs:watch"},
         true,
         false,
         0},
        {"high,unknown",
         {.check = &check, .verdict = PL_UNKNOWN, .severity = PL_LOW, .reason = "denied"},
         true,
         false,
         1},
        {"high", {.check = &check, .verdict = PL_PASS, .severity = PL_HIGH}, false, false, 3},
        {"high", {.check = &check, .verdict = PL_PASS, .severity = PL_HIGH}, true, false, 0},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        int got =
            apply(cases[i].fail_on, &cases[i].f, cases[i].has_advisories, cases[i].allow_incomplete)
                .status;
        if (got != cases[i].want)
            fail_msg("case %zu (--fail-on %s): exit %d, want %d", i,
                     cases[i].fail_on ? cases[i].fail_on : "none", got, cases[i].want);
    }
}

static void a_word_that_is_none_is_named(void **state)
{
    (void)state;
    pl_policy p = {0};
    pl_err err = {0};
    assert_int_equal(pl_policy_parse("high,hgih", false, &p, &err), PL_USAGE);
    assert_string_equal(err.text, "--fail-on: \"hgih\" is none of info, low, medium, high, "
                                  "critical, kev, unknown");
    assert_int_equal(pl_policy_parse("", false, &p, &err), PL_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_exit_code_follows_the_policy),
        cmocka_unit_test(a_word_that_is_none_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
