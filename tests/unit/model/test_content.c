/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "fixture.h"
#include "model/content.h"

#include <string.h>

#define HEAD                                                                                       \
    "- check: T-1\n  title: t\n  kind: thing\n  severity: low\n  owner: host\n  method: m\n"       \
    "  rationale: r\n  evidence: [thing.open]\n  remedy: {text: x, steps: {a: b}}\n"               \
    "  pass: thing.open = false\n"
#define TESTS                                                                                      \
    "  tests:\n    - {name: good, fields: {thing.open: false}, verdict: pass}\n"                   \
    "    - {name: bad, fields: {thing.open: true, thing.parts: [{part.name: p}]}, verdict: "       \
    "fail}\n"
#define FRAMEWORK "framework: fw\nname: Framework\nrequirements:\n  - {id: \"1.1\", title: one}\n"

static pl_rc load(const char *checks, const char *framework, const pl_policy_value *policy,
                  size_t n_policy, pl_content *ret, pl_err *err)
{
    pl_content_file files[3] = {0};
    size_t n = 0;
    PL_AUTO_SCHEMA pl_schema *s = thing_schema();

    files[n++] = (pl_content_file){"checks/t.yaml", (const unsigned char *)checks, strlen(checks)};
    if (framework)
        files[n++] = (pl_content_file){"frameworks/f.yaml", (const unsigned char *)framework,
                                       strlen(framework)};
    return pl_content_load(s, files, policy, n_policy, ret, err);
}

static void a_check_loads_with_its_tests_and_mappings(void **state)
{
    (void)state;
    pl_content c = {0};
    pl_err err = {0};

    assert_ok(load(HEAD TESTS "  controls: {fw: [\"1.1\"]}\n", FRAMEWORK, NULL, 0, &c, &err), err);
    assert_int_equal(c.n_checks, 1);
    const pl_check *k = pl_content_check(&c, PL_S("T-1"));
    assert_non_null(k);
    assert_int_equal(k->n_tests, 2);
    assert_int_equal(k->tests[1].verdict, PL_FAIL);
    assert_int_equal(pl_get(k->tests[1].subject, PL_F_THING_PARTS)->n, 1);
    assert_str(k->controls[0].ids[0], "1.1");
    assert_str(k->steps[0].value, "b");
    assert_int_equal(strlen(c.digest), 64);
    pl_content_done(&c);
}

static void a_file_that_is_not_strict_does_not_load(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *text;
    } cases[] = {
        {"- check: T-1\n  titel: t\n",
         "content: checks/t.yaml:2: unknown key \"titel\" (did you mean \"title\"?)"},
        {"- chek: T-1\n",
         "content: checks/t.yaml:1: an item begins with check, list, policy or macro"},
        {HEAD, "content: checks/t.yaml:1: check T-1 needs tests"},
        {HEAD "  tests:\n    - {name: g, fields: {thing.open: false}, verdict: pass}\n",
         "content: checks/t.yaml:12: check T-1 needs a test that passes and one that fails"},
        {HEAD "  tests:\n    - {name: g, fields: {thing.oopen: false}, verdict: pass}\n",
         "content: check T-1: checks/t.yaml:12: kind thing has no field \"thing.oopen\" (did you "
         "mean \"thing.open\"?)"},
        {HEAD "  tests:\n    - {name: g, fields: {thing.open: 3}, verdict: pass}\n",
         "content: check T-1: checks/t.yaml:12: thing.open: not a value of type bool"},
        {HEAD TESTS HEAD TESTS,
         "content: checks/t.yaml:14: check T-1 stands twice (first in checks/t.yaml:1)"},
        {HEAD TESTS "  controls: {fw: [\"1.2\"]}\n",
         "content: checks/t.yaml:14: fw has no requirement \"1.2\""},
        {HEAD TESTS "  controls: {other: [\"1.2\"]}\n",
         "content: checks/t.yaml:14: unknown framework \"other\""},
        {HEAD TESTS "  each: thing.parts\n",
         "content: checks/t.yaml:1: check T-1 needs each and empty together"},
        {"- list: a\n  items: [x]\n- list: a\n  items: [x]\n",
         "content: checks/t.yaml:3: list a stands twice"},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_content c = {0};
        pl_err err = {0};
        pl_rc rc = load(cases[i].in, FRAMEWORK, NULL, 0, &c, &err);
        if (rc == PL_OK || strcmp(err.text, cases[i].text) != 0)
            fail_msg("case %zu: %s", i, err.text);
    }
}

static void policy_comes_from_the_configuration(void **state)
{
    (void)state;
    static const pl_str ops[] = {{"alice", 5}};
    const pl_policy_value set[] = {{PL_S("operators"), ops, 1}};
    const pl_policy_value wrong[] = {{PL_S("operator"), ops, 1}};
    const char *file = "- policy: operators\n  default: null\n  help: who\n";
    pl_content c = {0};
    pl_err err = {0};

    assert_ok(load(file, NULL, NULL, 0, &c, &err), err);
    assert_true(c.lists[0].is_unset);
    pl_content_done(&c);
    assert_ok(load(file, NULL, set, 1, &c, &err), err);
    assert_false(c.lists[0].is_unset);
    assert_str(c.lists[0].items[0], "alice");
    pl_content_done(&c);
    assert_int_equal(load(file, NULL, wrong, 1, &c, &err), PL_USAGE);
    assert_string_equal(err.text, "content: policy: unknown parameter \"operator\" (did you mean "
                                  "\"operators\"?)");
}

static void a_keyed_field_of_a_test_may_be_a_mapping(void **state)
{
    (void)state;
    const char *file = HEAD "  tests:\n    - {name: good, fields: {thing.open: false, thing.sizes: "
                            "{a: 1, b: !unreadable denied}}, verdict: pass}\n"
                            "    - {name: bad, fields: {thing.open: true}, verdict: fail}\n";
    pl_content c = {0};
    pl_err err = {0};

    assert_ok(load(file, NULL, NULL, 0, &c, &err), err);
    const pl_value *v = pl_get(c.checks[0].tests[0].subject, PL_F_THING_SIZES);
    assert_int_equal(v->n, 2);
    assert_str(pl_get(v->u.recs[0], PL_F_PART_NAME)->u.s, "a");
    assert_int_equal(pl_get(v->u.recs[0], PL_F_PART_SIZE)->u.i, 1);
    assert_str(pl_get(v->u.recs[1], PL_F_PART_NAME)->u.s, "b");
    assert_string_equal(pl_get(v->u.recs[1], PL_F_PART_SIZE)->reason, "denied");
    pl_content_done(&c);
}

static void files_load_in_the_order_of_their_names(void **state)
{
    (void)state;
    static const char first[] = "- list: one\n  items: [x]\n";
    static const char second[] = "- list: two\n  items: [y]\n";
    static const pl_content_file files[] = {
        {"checks/b.yaml", (const unsigned char *)second, sizeof(second) - 1},
        {"checks/a.yaml", (const unsigned char *)first, sizeof(first) - 1},
        {0},
    };
    PL_AUTO_SCHEMA pl_schema *s = thing_schema();
    pl_content c = {0};
    pl_err err = {0};

    assert_ok(pl_content_load(s, files, NULL, 0, &c, &err), err);
    assert_int_equal(c.n_lists, 2);
    assert_str(c.lists[0].name, "one");
    assert_str(c.lists[1].name, "two");
    pl_content_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_loads_with_its_tests_and_mappings),
        cmocka_unit_test(a_file_that_is_not_strict_does_not_load),
        cmocka_unit_test(policy_comes_from_the_configuration),
        cmocka_unit_test(a_keyed_field_of_a_test_may_be_a_mapping),
        cmocka_unit_test(files_load_in_the_order_of_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
