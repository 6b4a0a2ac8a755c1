/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from findings: a status for each requirement, tallies, populations, the worst. */
#include "test.h"

#include "model/assessment.h"

#include <string.h>

/* One check of kind "container" for each letter; all bear on requirement R of framework fw. */
enum { CHECKS = 6, SUBJECTS = 3, BUDGET = 1 << 20 };

typedef struct world {
    pl_arena *arena;
    pl_check checks[CHECKS];
    pl_mapping maps[CHECKS];
    pl_subject subjects[SUBJECTS];
    pl_scope_subject scope[SUBJECTS];
    pl_finding findings[CHECKS * SUBJECTS];
    const pl_finding *list[CHECKS * SUBJECTS];
    pl_requirement requirements[4];
    pl_framework framework;
    pl_content content;
    pl_assessment a;
    pl_derived d;
} world;

static const pl_str requirement_id[] = {{"R", 1}};

static void world_init(world *w)
{
    static const char *const ids[CHECKS] = {"CTR-001", "CTR-002", "CTR-003",
                                            "ADM-001", "K8S-001", "K8S-002"};
    static const char *const needs[CHECKS] = {"", "", "", "attest", "cluster", "zones"};
    static const char *const names[SUBJECTS] = {"web", "db", "cache"};

    memset(w, 0, sizeof(*w));
    w->arena = pl_arena_new(BUDGET);
    pl_assessment_init(&w->a);
    for (size_t i = 0; i < CHECKS; i++) {
        w->maps[i] = (pl_mapping){PL_S("fw"), requirement_id, 1};
        w->checks[i] = (pl_check){.id = pl_str_c(ids[i]),
                                  .kind = PL_S("container"),
                                  .needs = pl_str_c(needs[i]),
                                  .severity = PL_MEDIUM,
                                  .controls = &w->maps[i],
                                  .n_controls = 1};
    }
    for (size_t i = 0; i < SUBJECTS; i++) {
        w->subjects[i] = (pl_subject){
            .kind = PL_S("container"), .key = pl_str_c(names[i]), .name = pl_str_c(names[i])};
        w->scope[i].subject = &w->subjects[i];
    }
    w->requirements[0] = (pl_requirement){.id = PL_S("H"), .is_heading = true};
    w->requirements[1] = (pl_requirement){.id = PL_S("R")};
    w->requirements[2] = (pl_requirement){.id = PL_S("S")};
    w->framework = (pl_framework){.id = PL_S("fw"), .requirements = w->requirements, .n = 3};
    w->content = (pl_content){
        .checks = w->checks, .n_checks = 0, .frameworks = &w->framework, .n_frameworks = 1};
    w->a.content = &w->content;
    w->a.subjects = w->scope;
    w->a.n_subjects = SUBJECTS;
    w->a.findings = w->list;
}

static pl_finding *add(world *w, size_t check, size_t subject, pl_verdict verdict,
                       const char *reason)
{
    pl_finding *f = &w->findings[w->a.n_findings];

    *f = (pl_finding){.check = &w->checks[check],
                      .subject = &w->subjects[subject],
                      .verdict = verdict,
                      .reason = reason,
                      .severity = PL_MEDIUM,
                      .ledger_index = -1};
    w->list[w->a.n_findings++] = f;
    return f;
}

static void derive(world *w)
{
    pl_err err = {0};

    assert_ok(pl_assessment_derive(&w->a, w->arena, &w->d, &err), err);
}

static const pl_requirement_result *requirement(const world *w, size_t i)
{
    return &w->d.frameworks[0].requirements[i];
}

/* Verdict letters, one string a check, one letter a subject: p pass, f fail, n not applicable,
 * w waived, a attested, u unknown; "-" no finding at all. */
static void add_letters(world *w, size_t check, const char *letters)
{
    static const struct {
        char letter;
        pl_verdict verdict;
        const char *reason;
    } meanings[] = {
        {'p', PL_PASS, NULL},   {'f', PL_FAIL, NULL},         {'n', PL_NOT_APPLICABLE, "empty"},
        {'w', PL_WAIVED, NULL}, {'u', PL_UNKNOWN, "timeout"}, {'a', PL_ATTESTED, NULL},
    };

    for (size_t s = 0; letters[s] && s < SUBJECTS; s++)
        for (size_t m = 0; m < PL_COUNT(meanings); m++)
            if (meanings[m].letter == letters[s])
                (void)add(w, check, s, meanings[m].verdict, meanings[m].reason);
}

static void a_requirement_is_supported_only_when_every_check_that_applies_passed(void **state)
{
    (void)state;
    static const struct {
        const char *checks[CHECKS]; /* NULL: the content has no more checks */
        pl_support want;
    } cases[] = {
        {{"ppp"}, PL_SUPPORT_SUPPORTED},
        {{"ppn"}, PL_SUPPORT_SUPPORTED},
        {{"ppp", "nnn"}, PL_SUPPORT_SUPPORTED},
        {{"ppf"}, PL_SUPPORT_NOT_SUPPORTED},
        {{"ppp", "uuf"}, PL_SUPPORT_NOT_SUPPORTED},
        {{"fff", "www"}, PL_SUPPORT_NOT_SUPPORTED},
        {{"ppu"}, PL_SUPPORT_PARTLY},
        {{"ppp", "uuu"}, PL_SUPPORT_PARTLY},
        {{"ppw"}, PL_SUPPORT_PARTLY},
        {{"www"}, PL_SUPPORT_NOT_SUPPORTED}, /* an accepted failure supports nothing */
        {{"www", "uuu"}, PL_SUPPORT_NOT_SUPPORTED},
        {{"ppp", "www"}, PL_SUPPORT_PARTLY},
        {{"uuu"}, PL_SUPPORT_UNKNOWN},
        {{"nnu"}, PL_SUPPORT_UNKNOWN},
        {{"nnn"}, PL_SUPPORT_NOT_APPLICABLE},
        {{"-"}, PL_SUPPORT_NOT_APPLICABLE},
        {{"ppp", "ppp", "ppp", "uuu"}, PL_SUPPORT_PARTLY},    /* and a signature */
        {{"nnn", "-", "-", "uuu"}, PL_SUPPORT_ATTESTATION},   /* only a signature */
        {{"nnn", "uuu", "-", "uuu"}, PL_SUPPORT_UNKNOWN},     /* and a real unknown */
        {{"ppp", "ppp", "ppp", "-"}, PL_SUPPORT_PARTLY},      /* the signature has no subject */
        {{"ppp", "-", "-", "uuu", "uuu"}, PL_SUPPORT_PARTLY}, /* a part that is not there */
        {{"nnn", "-", "-", "-", "uuu"}, PL_SUPPORT_UNKNOWN},  /* nothing but missing parts */
        {{"-", "-", "-", "-", "-", "-"}, PL_SUPPORT_UNKNOWN},
        {{"-", "-", "-", "aaa"}, PL_SUPPORT_ATTESTED},
        {{"ppp", "-", "-", "aaa"}, PL_SUPPORT_ATTESTED},     /* not "supported" */
        {{"ppp", "uuu", "-", "aaa"}, PL_SUPPORT_PARTLY},     /* because of what passed */
        {{"uuu", "-", "-", "aaa"}, PL_SUPPORT_UNKNOWN},      /* a statement is no part of it */
        {{"-", "-", "-", "aaa", "uuu"}, PL_SUPPORT_UNKNOWN}, /* nor of what is missing */
        {{"www", "-", "-", "aaa"}, PL_SUPPORT_NOT_SUPPORTED},
        {{"fff", "-", "-", "aaa"}, PL_SUPPORT_NOT_SUPPORTED},
        {{NULL}, PL_SUPPORT_NOT_COVERED},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        world w;
        world_init(&w);
        for (size_t c = 0; c < CHECKS && cases[i].checks[c]; c++) {
            add_letters(&w, c, cases[i].checks[c]);
            w.content.n_checks = c + 1;
        }
        derive(&w);
        if (requirement(&w, 1)->support != cases[i].want)
            fail_msg("case %zu (%s): got \"%s\", want \"%s\"", i,
                     cases[i].checks[0] ? cases[i].checks[0] : "none",
                     pl_support_text(requirement(&w, 1)->support), pl_support_text(cases[i].want));
        pl_arena_free(w.arena);
    }
}

static void a_requirement_without_a_check_is_a_blank_and_a_heading_is_none(void **state)
{
    (void)state;
    world w;

    world_init(&w);
    w.content.n_checks = 1;
    add_letters(&w, 0, "ppp");
    derive(&w);
    assert_false(requirement(&w, 0)->in_scope);
    assert_int_equal(requirement(&w, 2)->support, PL_SUPPORT_NOT_COVERED);
    assert_int_equal(w.d.frameworks[0].total, 2);
    assert_int_equal(w.d.frameworks[0].count[PL_SUPPORT_SUPPORTED], 1);
    assert_int_equal(w.d.frameworks[0].count[PL_SUPPORT_NOT_COVERED], 1);
    pl_arena_free(w.arena);
}

static void what_could_not_be_listed_makes_its_checks_unknown(void **state)
{
    (void)state;
    static const pl_gap gap = {PL_S("engine unix:///run/docker.sock"), PL_S("denied"), PL_S(""),
                               PL_S("engine container image")};
    world w;

    world_init(&w);
    w.content.n_checks = 2;
    add_letters(&w, 0, "ppp");
    w.a.gaps = &gap;
    w.a.n_gaps = 1;
    derive(&w);
    assert_int_equal(w.d.checks[0].verdict, PL_UNKNOWN); /* other containers may fail it */
    assert_str(w.d.checks[0].reason, "denied");
    assert_int_equal(w.d.checks[1].verdict, PL_UNKNOWN); /* not "not applicable" */
    assert_str(w.d.checks[1].reason, "denied");
    assert_int_equal(requirement(&w, 1)->support, PL_SUPPORT_PARTLY);
    pl_arena_free(w.arena);
}

static void an_excluded_part_makes_its_checks_not_applicable(void **state)
{
    (void)state;
    static const pl_exclusion exclusion = {PL_S("Kubernetes"), PL_S("no kubelet"), PL_S("cluster")};
    world w;

    world_init(&w);
    w.content.n_checks = 5;
    add_letters(&w, 0, "ppp");
    add_letters(&w, 4, "uuu");
    w.a.exclusions = &exclusion;
    w.a.n_exclusions = 1;
    derive(&w);
    assert_int_equal(w.d.checks[4].verdict, PL_NOT_APPLICABLE);
    assert_int_equal(w.d.checks[3].tally.attest, 1);
    pl_arena_free(w.arena);
}

static void baselines_narrow_a_framework_to_their_controls_and_to_what_is_checked(void **state)
{
    (void)state;
    world w;

    world_init(&w);
    w.content.n_checks = 1;
    add_letters(&w, 0, "ppp");
    w.requirements[1].baselines = PL_S("");
    w.requirements[2].baselines = PL_S("MH");
    w.requirements[3] = (pl_requirement){.id = PL_S("T"), .baselines = PL_S("H")};
    w.framework.n = 4;
    derive(&w);
    assert_int_equal(w.d.frameworks[0].total, 3);
    w.a.baseline = PL_S("M");
    derive(&w);
    assert_true(requirement(&w, 1)->in_scope); /* a check bears on it */
    assert_true(requirement(&w, 2)->in_scope);
    assert_false(requirement(&w, 3)->in_scope);
    pl_arena_free(w.arena);
}

static void a_population_is_named_by_a_hash_of_its_sorted_identities(void **state)
{
    (void)state;
    world w;

    world_init(&w);
    derive(&w);
    assert_int_equal(w.d.n_populations, 1);
    assert_int_equal(w.d.populations[0].n, 3);
    /* printf 'cache\ndb\nweb\n' | sha256sum */
    assert_string_equal(w.d.populations[0].hash,
                        "52feba8d8bf4a00099efbc09c0e82899958a96e142b4d661ef1fe611b7e66e9f");
    pl_arena_free(w.arena);
}

static void the_worst_are_one_for_each_check_and_one_for_each_vulnerable_subject(void **state)
{
    (void)state;
    static const pl_vuln_facts plain = {.advisory = PL_S("CVE-1"), .epss_ppm = -1};
    static const pl_vuln_facts exploited = {.advisory = PL_S("CVE-2"), .kev = true};
    world w;

    world_init(&w);
    w.content.n_checks = 2;
    add(&w, 0, 0, PL_FAIL, NULL)->severity = PL_LOW;
    add(&w, 0, 1, PL_FAIL, NULL)->severity = PL_HIGH; /* severity_when of its subject */
    add(&w, 1, 0, PL_FAIL, NULL)->severity = PL_UNKNOWN_SEVERITY;
    for (size_t i = 0; i < 3; i++) {
        pl_finding *f = add(&w, 0, 2, PL_FAIL, NULL);
        f->check = NULL;
        f->vuln = i == 1 ? &exploited : &plain;
        f->severity = PL_HIGH;
    }
    derive(&w);
    assert_int_equal(w.d.n_worst, 3);
    assert_ptr_equal(w.d.worst[0]->vuln, &exploited);
    assert_ptr_equal(w.d.worst[1]->check, &w.checks[0]);
    assert_int_equal(w.d.worst[1]->severity, PL_HIGH);
    assert_ptr_equal(w.d.worst[2]->check, &w.checks[1]);
    assert_str(w.d.areas[w.d.n_areas - 1].area, "VULN");
    assert_int_equal(w.d.areas[w.d.n_areas - 1].tally.fail, 3);
    pl_arena_free(w.arena);
}

static void a_finding_of_a_subject_that_is_not_in_scope_is_refused(void **state)
{
    (void)state;
    pl_subject stranger = {.kind = PL_S("container")};
    pl_err err = {0};
    world w;

    world_init(&w);
    w.content.n_checks = 1;
    add(&w, 0, 0, PL_PASS, NULL)->subject = &stranger;
    assert_int_equal(pl_assessment_derive(&w.a, w.arena, &w.d, &err), PL_FORMAT);
    assert_non_null(strstr(err.text, "its subject is not in scope"));
    pl_arena_free(w.arena);
}

static void a_small_arena_is_an_error_and_no_crash(void **state)
{
    (void)state;
    world w;

    world_init(&w);
    w.content.n_checks = CHECKS;
    for (size_t c = 0; c < CHECKS; c++)
        add_letters(&w, c, "pfu");
    pl_arena_free(w.arena);
    for (size_t budget = 0; budget < 4096; budget += 64) {
        pl_err err = {0};
        w.arena = pl_arena_new(budget);
        pl_rc rc = pl_assessment_derive(&w.a, w.arena, &w.d, &err);
        assert_true(rc == PL_LIMIT || rc == PL_OK);
        pl_arena_free(w.arena);
    }
}

static void an_evidence_number_is_the_entry_in_the_log(void **state)
{
    (void)state;
    char number[PL_EVIDENCE_NUMBER];

    pl_evidence_number(42, number);
    assert_string_equal(number, "E-0042");
    pl_evidence_number(INT64_MAX, number);
    assert_string_equal(number, "E-9223372036854775807");
    pl_evidence_number(-1, number);
    assert_string_equal(number, "not recorded");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_requirement_is_supported_only_when_every_check_that_applies_passed),
        cmocka_unit_test(a_requirement_without_a_check_is_a_blank_and_a_heading_is_none),
        cmocka_unit_test(what_could_not_be_listed_makes_its_checks_unknown),
        cmocka_unit_test(an_excluded_part_makes_its_checks_not_applicable),
        cmocka_unit_test(baselines_narrow_a_framework_to_their_controls_and_to_what_is_checked),
        cmocka_unit_test(a_population_is_named_by_a_hash_of_its_sorted_identities),
        cmocka_unit_test(the_worst_are_one_for_each_check_and_one_for_each_vulnerable_subject),
        cmocka_unit_test(a_finding_of_a_subject_that_is_not_in_scope_is_refused),
        cmocka_unit_test(a_small_arena_is_an_error_and_no_crash),
        cmocka_unit_test(an_evidence_number_is_the_entry_in_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
