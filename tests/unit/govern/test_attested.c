/* SPDX-License-Identifier: Apache-2.0 */
/* Which requirement rests on which statement. */
#include "test.h"

#include "govern/apply.h"
#include "govern/due.h"

#include <string.h>

enum { ARENA = 4 << 20 };
#define DAY INT64_C(86400000000)
#define NOW (20000 * DAY)

static const pl_str groups[] = {PL_S("1.1.1"), PL_S("2.1.1")};
static const pl_str others[] = {PL_S("CC5.3")};
static const pl_str security[] = {PL_S("164.306(d)")};
static const pl_str logoff[] = {PL_S("164.312(a)(2)(iii)")};
static const pl_mapping procedures_map[] = {{PL_S("pci"), groups, 2}, {PL_S("soc2"), others, 1}};
static const pl_mapping decided_map[] = {{PL_S("hipaa"), security, 1}};
static const pl_mapping logoff_map[] = {{PL_S("hipaa"), logoff, 1}};
static const pl_check checks[] = {
    {.id = PL_S("ADM-063"),
     .kind = PL_S("host"),
     .needs = PL_S("attest"),
     .period = PL_S("12 months"),
     .named = PL_S("pci"),
     .controls = procedures_map,
     .n_controls = 2},
    {.id = PL_S("ADM-041"),
     .kind = PL_S("host"),
     .needs = PL_S("attest"),
     .period = PL_S("12 months"),
     .decides = PL_S("hipaa"),
     .controls = decided_map,
     .n_controls = 1},
    {.id = PL_S("HOST-001"),
     .kind = PL_S("host"),
     .pass = PL_S("x"),
     .controls = logoff_map,
     .n_controls = 1},
};
static const pl_requirement pci_rows[] = {{.id = PL_S("1.1.1")}, {.id = PL_S("2.1.1")}};
static const pl_requirement soc_rows[] = {{.id = PL_S("CC5.3")}};
static const pl_requirement hipaa_rows[] = {
    {.id = PL_S("164.306(d)"), .kind = PL_S("required")},
    {.id = PL_S("164.312(a)(2)(iii)"), .kind = PL_S("addressable")},
    {.id = PL_S("164.312(a)(2)(iv)"), .kind = PL_S("addressable")},
    {.id = PL_S("164.312(b)"), .kind = PL_S("required")},
};
static const pl_framework frameworks[] = {
    {.id = PL_S("pci"), .requirements = pci_rows, .n = 2},
    {.id = PL_S("soc2"), .requirements = soc_rows, .n = 1},
    {.id = PL_S("hipaa"), .requirements = hipaa_rows, .n = 4},
};
static const pl_content content = {
    .checks = checks, .n_checks = 3, .frameworks = frameworks, .n_frameworks = 3};

typedef struct world {
    pl_arena *arena;
    pl_subject host;
    pl_finding f[3];
    pl_finding *list[3];
    pl_subject *subjects[1];
    pl_govern_row rows[6];
    pl_requirement_id ids[6];
    pl_govern g;
    const pl_statement *said;
    size_t n_said;
    pl_derived d;
} world;

static void begin(world *w)
{
    memset(w, 0, sizeof(*w));
    w->arena = pl_arena_new(ARENA);
    w->host = (pl_subject){.kind = PL_S("host"), .key = PL_S("h"), .name = PL_S("h")};
    w->subjects[0] = &w->host;
    for (size_t i = 0; i < 3; i++) {
        w->f[i] = (pl_finding){.check = &checks[i], .subject = &w->host, .id = "F-A"};
        w->f[i].verdict = checks[i].needs.n ? PL_UNKNOWN : PL_PASS;
        w->f[i].reason = checks[i].needs.n ? "needs:attest" : NULL;
        w->list[i] = &w->f[i];
    }
    w->g = (pl_govern){.rows = w->rows, .last_change = UINT64_MAX};
}

/* id NULL: a statement without requirements. */
static void say(world *w, const char *control, const char *framework, const char *id,
                const char *decision, int64_t until)
{
    size_t at = w->g.n++;

    w->ids[at] = (pl_requirement_id){pl_str_c(framework), pl_str_c(id ? id : "")};
    w->rows[at].s = (pl_statement){.kind = pl_statement_kind_word(PL_STATEMENT_ATTESTATION),
                                   .number = 40 + (int64_t)at,
                                   .what = pl_str_c(control),
                                   .requirements = &w->ids[at],
                                   .n_requirements = id ? 1 : 0,
                                   .decision = pl_str_c(decision),
                                   .said_us = NOW - DAY,
                                   .until_us = until};
}

static void apply(world *w)
{
    const pl_govern_scope scope = {&content, w->list, 3, w->subjects, 1, true, NOW};
    pl_scope_subject *subjects = pl_arena_calloc(w->arena, 1, sizeof(*subjects));
    pl_assessment a;
    pl_err err = {0};

    assert_ok(pl_govern_apply(&w->g, &scope, w->arena, &w->said, &w->n_said, &err), err);
    pl_assessment_init(&a);
    subjects[0].subject = &w->host;
    a.content = &content;
    a.subjects = subjects;
    a.n_subjects = 1;
    a.findings = (const pl_finding *const *)w->list;
    a.n_findings = 3;
    a.statements = w->said;
    a.n_statements = w->n_said;
    assert_ok(pl_assessment_derive(&a, w->arena, &w->d, &err), err);
}

static pl_support support(const world *w, const char *framework, const char *id)
{
    for (size_t i = 0; i < w->d.n_frameworks; i++)
        for (size_t k = 0; k < w->d.frameworks[i].n; k++)
            if (pl_str_eq(w->d.frameworks[i].framework->id, pl_str_c(framework)) &&
                pl_str_eq(w->d.frameworks[i].requirements[k].requirement->id, pl_str_c(id)))
                return w->d.frameworks[i].requirements[k].support;
    fail_msg("no requirement %s %s", framework, id);
    return PL_SUPPORT_NOT_COVERED;
}

static const pl_due *due(world *w, const char *control)
{
    pl_due *v = NULL;
    size_t n = 0;
    pl_err err = {0};

    assert_ok(pl_due_list(&content, &w->g, NOW, 0, w->arena, &v, &n, &err), err);
    assert_int_equal(n, 2);
    return pl_str_eq(v[0].check->id, pl_str_c(control)) ? &v[0] : &v[1];
}

static void a_group_that_nobody_named_stays_blank(void **state)
{
    world w;

    (void)state;
    begin(&w);
    say(&w, "ADM-063", "pci", "1.1.1", "", NOW + DAY);
    apply(&w);
    assert_int_equal(w.f[0].verdict, PL_UNKNOWN);
    assert_string_equal(w.f[0].reason, PL_ATTESTATION_PARTIAL);
    assert_int_equal(support(&w, "pci", "1.1.1"), PL_SUPPORT_ATTESTED);
    assert_int_equal(support(&w, "pci", "2.1.1"), PL_SUPPORT_ATTESTATION);
    assert_int_equal(support(&w, "soc2", "CC5.3"), PL_SUPPORT_ATTESTATION);
    const pl_due *d = due(&w, "ADM-063");
    assert_int_equal(d->state, PL_DUE_NEVER);
    assert_int_equal(d->n_open, 2);
    assert_int_equal(d->n_wanted, 3);
    assert_str(d->open[0].id, "2.1.1");
    pl_arena_free(w.arena);
}

static void a_statement_that_names_nothing_counts_for_no_group(void **state)
{
    world w;

    (void)state;
    begin(&w);
    say(&w, "ADM-063", "", NULL, "", NOW + DAY);
    apply(&w);
    assert_string_equal(w.f[0].reason, PL_ATTESTATION_PARTIAL);
    assert_int_equal(support(&w, "pci", "1.1.1"), PL_SUPPORT_ATTESTATION);
    assert_int_equal(support(&w, "pci", "2.1.1"), PL_SUPPORT_ATTESTATION);
    pl_arena_free(w.arena);
}

static void all_of_them_are_the_control(void **state)
{
    world w;

    (void)state;
    begin(&w);
    say(&w, "ADM-063", "pci", "1.1.1", "", NOW + DAY);
    say(&w, "ADM-063", "pci", "2.1.1", "", NOW + 2 * DAY);
    say(&w, "ADM-063", "soc2", "CC5.3", "", NOW + 3 * DAY);
    apply(&w);
    assert_int_equal(w.f[0].verdict, PL_ATTESTED);
    assert_int_equal(w.n_said, 3); /* each is shown: something rests on it */
    assert_int_equal(support(&w, "pci", "2.1.1"), PL_SUPPORT_ATTESTED);
    assert_int_equal(due(&w, "ADM-063")->n_open, 0);
    assert_int_equal(due(&w, "ADM-063")->last->s.number, 40); /* ends first */
    pl_arena_free(w.arena);
}

static void the_newest_word_about_a_group_counts(void **state)
{
    world w;

    (void)state;
    begin(&w);
    say(&w, "ADM-063", "pci", "1.1.1", "", NOW + DAY);
    say(&w, "ADM-063", "pci", "2.1.1", "", NOW + DAY);
    say(&w, "ADM-063", "pci", "1.1.1", "", NOW - 1);
    apply(&w);
    assert_string_equal(w.f[0].reason, PL_ATTESTATION_PARTIAL);
    assert_int_equal(support(&w, "pci", "1.1.1"), PL_SUPPORT_ATTESTATION);
    assert_int_equal(support(&w, "pci", "2.1.1"), PL_SUPPORT_ATTESTED);
    assert_int_equal(due(&w, "ADM-063")->state, PL_DUE_OVERDUE);
    pl_arena_free(w.arena);
}

static void each_addressable_specification_wants_a_decision(void **state)
{
    world w;

    (void)state;
    begin(&w);
    say(&w, "ADM-041", "hipaa", "164.312(a)(2)(iii)", "adopted", NOW + DAY);
    say(&w, "ADM-041", "", NULL, "", NOW + DAY); /* says nothing of any */
    apply(&w);
    assert_string_equal(w.f[1].reason, PL_ATTESTATION_PARTIAL);
    assert_int_equal(support(&w, "hipaa", "164.306(d)"), PL_SUPPORT_ATTESTATION);
    assert_str(due(&w, "ADM-041")->open[0].id, "164.312(a)(2)(iv)");
    pl_arena_free(w.arena);
    begin(&w);
    say(&w, "ADM-041", "hipaa", "164.312(a)(2)(iii)", "adopted", NOW + DAY);
    say(&w, "ADM-041", "hipaa", "164.312(a)(2)(iv)", "neither", NOW + DAY);
    apply(&w);
    assert_int_equal(w.f[1].verdict, PL_ATTESTED);
    assert_int_equal(support(&w, "hipaa", "164.306(d)"), PL_SUPPORT_ATTESTED);
    pl_arena_free(w.arena);
}

static void a_required_specification_cannot_be_decided_away(void **state)
{
    world w;

    (void)state;
    for (size_t taken_back = 0; taken_back < 2; taken_back++) {
        begin(&w);
        say(&w, "ADM-041", "hipaa", "164.312(a)(2)(iii)", "adopted", NOW + DAY);
        say(&w, "ADM-041", "hipaa", "164.312(a)(2)(iv)", "alternative", NOW + DAY);
        say(&w, "ADM-041", "hipaa", "164.312(b)", "alternative", NOW + DAY);
        if (taken_back)
            say(&w, "ADM-041", "hipaa", "164.312(b)", "adopted", NOW + DAY);
        apply(&w);
        assert_int_equal(w.f[1].verdict, taken_back ? PL_ATTESTED : PL_FAIL);
        if (!taken_back)
            assert_non_null(strstr(w.f[1].statement->why.p, "is required"));
        pl_arena_free(w.arena);
    }
}

static void what_fails_is_not_adopted(void **state)
{
    world w;

    (void)state;
    for (size_t adopted = 0; adopted < 2; adopted++) {
        begin(&w);
        w.f[2].verdict = PL_FAIL;
        say(&w, "ADM-041", "hipaa", "164.312(a)(2)(iii)", adopted ? "adopted" : "neither",
            NOW + DAY);
        say(&w, "ADM-041", "hipaa", "164.312(a)(2)(iv)", "adopted", NOW + DAY);
        apply(&w);
        assert_int_equal(w.f[1].verdict, adopted ? PL_FAIL : PL_ATTESTED);
        pl_arena_free(w.arena);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_that_nobody_named_stays_blank),
        cmocka_unit_test(a_statement_that_names_nothing_counts_for_no_group),
        cmocka_unit_test(all_of_them_are_the_control),
        cmocka_unit_test(the_newest_word_about_a_group_counts),
        cmocka_unit_test(each_addressable_specification_wants_a_decision),
        cmocka_unit_test(a_required_specification_cannot_be_decided_away),
        cmocka_unit_test(what_fails_is_not_adopted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
