/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles: which requirements they have, and whose values of parameters count. */
#include "test.h"

#include "fixture.h"
#include "model/content.h"

#include <string.h>

#define CHECK                                                                                      \
    "- policy: rooms\n  default: null\n  help: h\n"                                                \
    "- policy: doors\n  default: null\n  help: h\n"                                                \
    "- check: T-1\n  title: t\n  kind: thing\n  severity: low\n  owner: host\n  method: m\n"       \
    "  rationale: r\n  evidence: [thing.open]\n  remedy: {text: x, steps: {a: b}}\n"               \
    "  pass: thing.open = false\n"                                                                 \
    "  tests:\n    - {name: good, fields: {thing.open: false}, verdict: pass}\n"                   \
    "    - {name: bad, fields: {thing.open: true}, verdict: fail}\n"
#define FRAMEWORK                                                                                  \
    "framework: fw\nname: Framework\nrequirements:\n  - {id: \"1.1\", title: a, baselines: LM}\n"  \
    "  - {id: \"1.2\", title: b, baselines: MH}\n  - {id: \"10.1\", title: c, baselines: H}\n"
#define PROFILE "profile: p\nname: P\nframeworks:\n  fw: "

static pl_rc load(const char *profile, const pl_policy_value *policy, size_t n, pl_content *ret,
                  pl_err *err)
{
    PL_AUTO_SCHEMA pl_schema *s = thing_schema();
    const char *const texts[] = {CHECK, FRAMEWORK, profile};
    const char *const names[] = {"checks/t.yaml", "frameworks/f.yaml", "profiles/p.yaml"};
    pl_content_file files[PL_COUNT(texts) + 1] = {0};

    for (size_t i = 0; i < PL_COUNT(texts); i++)
        files[i] =
            (pl_content_file){names[i], (const unsigned char *)texts[i], strlen(texts[i]), NULL};
    return pl_content_load(s, files, policy, n, ret, err);
}

static void a_scope_has_what_it_names_and_not_what_it_leaves_out(void **state)
{
    (void)state;
    static const struct {
        const char *scope, *has; /* of 1.1, 1.2, 10.1 */
    } rows[] = {
        {"all", "yyy"},
        {"{only: [\"1.*\"]}", "yyn"}, /* "1.*" is not 10.1 */
        {"{only: [\"1.1\", \"10.1\"]}", "yny"},
        {"{without: [\"1.*\"]}", "nny"},
        {"{only: [\"1.*\"], without: [\"1.2\"]}", "ynn"},
        {"{baseline: M}", "yyn"},
        {"{baseline: H, without: [\"10.1\"]}", "nyn"},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_content c = {0};
        pl_err err = {0};
        char text[200], got[4] = "";
        (void)snprintf(text, sizeof(text), PROFILE "%s\n", rows[i].scope);
        assert_ok(load(text, NULL, 0, &c, &err), err);
        const pl_profile_scope *s = pl_profile_scope_of(&c.profiles[0], PL_S("fw"));
        assert_non_null(s);
        assert_null(pl_profile_scope_of(&c.profiles[0], PL_S("f")));
        for (size_t k = 0; k < 3; k++)
            got[k] = pl_profile_has(s, &c.frameworks[0].requirements[k]) ? 'y' : 'n';
        if (strcmp(got, rows[i].has) != 0)
            fail_msg("%s: %s, want %s", rows[i].scope, got, rows[i].has);
        pl_content_done(&c);
    }
}

static void a_profile_that_names_what_is_not_there_does_not_load(void **state)
{
    (void)state;
    static const struct {
        const char *in, *text;
    } rows[] = {
        {"profile: p\nname: P\nframeworks: {fv: all}\n", "unknown framework \"fv\""},
        {"profile: p\nname: P\nframeworks: {}\n", "frameworks must name some"},
        {PROFILE "{only: [\"2.*\"]}\n", "fw has no requirement \"2.*\""},
        {PROFILE "{without: [\"1.3\"]}\n", "fw has no requirement \"1.3\""},
        {PROFILE "{baseline: X}\n", "baseline must be L, M or H"},
        {PROFILE "{baseline: LM}\n", "baseline must be L, M or H"},
        {PROFILE "all\npolicy: {windows: [a]}\n", "unknown parameter \"windows\""},
        {PROFILE "all\npolicy: [rooms]\n", "policy must name parameters"},
        {"profile: p\nframeworks: {fw: all}\n", "name"},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_content c = {0};
        pl_err err = {0};
        assert_int_equal(load(rows[i].in, NULL, 0, &c, &err), PL_FORMAT);
        if (!strstr(err.text, rows[i].text) || !strstr(err.text, "profiles/p.yaml:"))
            fail_msg("%s: %s, want %s", rows[i].in, err.text, rows[i].text);
        pl_content_done(&c);
    }
}

static const pl_list *list(const pl_content *c, const char *name)
{
    for (size_t i = 0; i < c->n_lists; i++)
        if (pl_str_eq(c->lists[i].name, pl_str_c(name)))
            return &c->lists[i];
    fail_msg("no list %s", name);
    return NULL;
}

static void a_value_that_somebody_set_goes_before_that_of_a_profile(void **state)
{
    (void)state;
    static const pl_str set[] = {{"mine", 4}};
    const pl_policy_value policy = {PL_S("rooms"), set, 1, PL_S("plimsoll.yaml:3")};
    pl_content c = {0};
    pl_err err = {0};

    assert_ok(load(PROFILE "all\npolicy:\n  rooms: [a, b]\n  doors: [d]\n", &policy, 1, &c, &err),
              err);
    assert_true(list(&c, "doors")->is_unset);
    assert_int_equal(pl_content_use_profile(&c, PL_S("q"), &err), PL_USAGE);
    assert_non_null(strstr(err.text, "unknown profile \"q\"; there are p"));
    assert_null(c.profile);
    assert_ok(pl_content_use_profile(&c, PL_S("p"), &err), err);
    assert_ptr_equal(c.profile, &c.profiles[0]);
    assert_str(list(&c, "rooms")->items[0], "mine");
    assert_int_equal(list(&c, "rooms")->n, 1);
    assert_str(list(&c, "rooms")->where, "plimsoll.yaml:3");
    assert_str(list(&c, "doors")->items[0], "d");
    assert_false(list(&c, "doors")->is_unset);
    assert_str(list(&c, "doors")->where, "profile p, profiles/p.yaml:7");
    pl_content_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scope_has_what_it_names_and_not_what_it_leaves_out),
        cmocka_unit_test(a_profile_that_names_what_is_not_there_does_not_load),
        cmocka_unit_test(a_value_that_somebody_set_goes_before_that_of_a_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
