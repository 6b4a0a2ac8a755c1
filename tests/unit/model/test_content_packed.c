/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "fixture.h"
#include "model/content_packed.h"

#include <string.h>

static const char checks[] =
    "- policy: ports\n  default: [\"22\"]\n  help: h\n"
    "- list: names\n  items: [a, b]\n"
    "- macro: open\n  condition: thing.open = true\n"
    "- check: T-1\n  title: t\n  kind: thing\n  severity: low\n  owner: host\n  method: m\n"
    "  rationale: r\n  evidence: [thing.open]\n  remedy: {text: x, steps: {a: b}}\n"
    "  severity_when: [{when: thing.open = true, severity: high}]\n"
    "  pass: thing.open = false\n  controls: {fw: [\"1.1\"]}\n"
    "  tests:\n    - {name: good, fields: {thing.open: false}, verdict: pass}\n"
    "    - {name: bad, fields: {thing.open: true}, verdict: fail}\n";
static const char framework[] = "framework: fw\nname: Framework\nrequirements:\n"
                                "  - {id: \"1.1\", title: one, section: s}\n";

static void pack_some(pl_buf *out)
{
    const pl_content_file files[] = {
        {"checks/t.yaml", (const unsigned char *)checks, sizeof(checks) - 1},
        {"frameworks/f.yaml", (const unsigned char *)framework, sizeof(framework) - 1},
        {0}};
    PL_AUTO_SCHEMA pl_schema *s = thing_schema();
    pl_content c = {0};
    pl_err err = {0};

    assert_ok(pl_content_load(s, files, NULL, 0, &c, &err), err);
    pl_content_pack(&c, out);
    pl_content_done(&c);
    assert_true(pl_buf_ok(out));
}

static void packed_content_is_the_content_without_its_tests(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf first = {0}, again = {0};
    pl_content c = {0};
    pl_err err = {0};

    pack_some(&first);
    assert_ok(pl_content_unpack(pl_buf_view(&first), NULL, 0, &c, &err), err);
    const pl_check *k = pl_content_check(&c, PL_S("T-1"));
    assert_non_null(k);
    assert_str(k->pass, "thing.open = false");
    assert_str(k->controls[0].ids[0], "1.1");
    assert_str(k->steps[0].value, "b");
    assert_int_equal(k->severity_when[0].severity, PL_HIGH);
    assert_int_equal(k->n_tests, 2);
    assert_null(k->tests);
    assert_int_equal(c.n_macros, 1);
    assert_str(pl_content_framework(&c, PL_S("fw"))->requirements[0].section, "s");
    assert_int_equal(strlen(c.digest), 64);
    pl_content_pack(&c, &again);
    assert_true(pl_str_eq(pl_buf_view(&first), pl_buf_view(&again)));
    pl_content_done(&c);
}

static void a_policy_sets_a_packed_parameter(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf b = {0};
    const pl_str items[] = {PL_S("80"), PL_S("443")};
    pl_policy_value v = {PL_S("ports"), items, 2, PL_S("c:1")};
    pl_content c = {0};
    pl_err err = {0};

    pack_some(&b);
    assert_ok(pl_content_unpack(pl_buf_view(&b), &v, 1, &c, &err), err);
    assert_int_equal(c.lists[0].n, 2);
    assert_str(c.lists[0].items[1], "443");
    pl_content_done(&c);
    v.name = PL_S("port");
    assert_int_equal(pl_content_unpack(pl_buf_view(&b), &v, 1, &c, &err), PL_USAGE);
    assert_non_null(strstr(err.text, "c:1: policy: unknown parameter \"port\" (did you mean"));
}

static void cut_or_longer_bytes_are_no_content(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf b = {0};
    pl_content c = {0};

    pack_some(&b);
    for (size_t n = 0; n < b.n; n++)
        assert_int_equal(pl_content_unpack((pl_str){b.p, n}, NULL, 0, &c, NULL), PL_FORMAT);
    pl_buf_ch(&b, 'x');
    assert_int_equal(pl_content_unpack(pl_buf_view(&b), NULL, 0, &c, NULL), PL_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_content_is_the_content_without_its_tests),
        cmocka_unit_test(a_policy_sets_a_packed_parameter),
        cmocka_unit_test(cut_or_longer_bytes_are_no_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
