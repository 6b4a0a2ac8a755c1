/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/clock.h"
#include "govern/decisions.h"

#include <string.h>

enum { ARENA = 4 << 20 };

static const pl_requirement requirements[] = {{.id = PL_S("1.2.7")}, {.id = PL_S("2.2.1")}};
static const pl_framework frameworks[] = {
    {.id = PL_S("pci"), .requirements = requirements, .n = 2}};
static const pl_content content = {.frameworks = frameworks, .n_frameworks = 1};

#define HEAD "---\ndate: 2026-11-22\nauthor: A\nwhat: B\nwhy: C\n"

static void a_head_names_requirements_and_changes(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    pl_decision d;
    pl_err err = {0};

    (void)state;
    assert_ok(pl_decision_parse(PL_S("1.md"),
                                PL_S(HEAD "requirements:\n  pci: [\"1.2.7\", \"2.2.1\"]\n"
                                          "changes: [policy.x, \"waiver #12\"]\n---\nwords\n---\n"),
                                &content, a, &d, &err),
              err);
    assert_int_equal(d.n_requirements, 2);
    assert_str(d.requirements[1].id, "2.2.1");
    assert_int_equal(d.n_changes, 2);
    assert_str(d.changes[1], "waiver #12");
    assert_int_equal(d.sha256.n, 64);
}

static void assert_refused(const char *text, const char *why)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    pl_decision d;
    pl_err err = {0};

    assert_int_equal(pl_decision_parse(PL_S("1.md"), pl_str_c(text), &content, a, &d, &err),
                     PL_FORMAT);
    if (!strstr(err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
    (void)state;
    assert_refused("no head", "1.md:1: begins with no head");
    assert_refused("", "1.md:1: begins with no head");
    assert_refused("---\ndate: x\n", "has no end");
    assert_refused("---\n---\n", "date");
    assert_refused(HEAD "whom: x\n---\n", "1.md:6: unknown key \"whom\"");
    assert_refused(HEAD "requirements:\n  pci: [\"1.2.7\",\n        \"9.9\"]\n---\n",
                   "1.md:8: unknown requirement \"9.9\"");
    assert_refused(HEAD "requirements:\n  pcx: [\"1.2.7\"]\n---\n",
                   "1.md:7: unknown framework \"pcx\"");
    assert_refused(HEAD "requirements: [a]\n---\n", "requirements must name frameworks");
    assert_refused("---\ndate: 2026-02-30\nauthor: A\nwhat: B\nwhy: C\n---\n", "1.md:2: date");
    assert_refused("---\na: &x [*x, *x]\n---\n", "1.md:");
}

static void a_decision_explains_what_came_with_it(void **state)
{
    static const pl_str names[] = {PL_S("policy.x")};
    const pl_decision all[] = {
        {.file = PL_S("old.md"), .date = PL_S("2020-01-01"), .changes = names, .n_changes = 1},
        {.file = PL_S("new.md"), .date = PL_S("2026-10-22"), .changes = names, .n_changes = 1},
    };
    pl_change c = {.name = PL_S("policy.x")};

    (void)state;
    assert_true(pl_time_parse(PL_S("2026-11-22T12:00:00Z"), &c.seen_us));
    assert_ptr_equal(pl_decision_of(all, 2, &c), &all[1]); /* 31 days before */
    assert_null(pl_decision_of(all, 1, &c));
    assert_true(pl_time_parse(PL_S("2026-11-23T00:00:00Z"), &c.seen_us));
    assert_null(pl_decision_of(all, 2, &c));
    c.name = PL_S("policy.y");
    assert_null(pl_decision_of(all, 2, &c));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_names_requirements_and_changes),
        cmocka_unit_test(what_is_wrong_is_told_with_its_line),
        cmocka_unit_test(a_decision_explains_what_came_with_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
