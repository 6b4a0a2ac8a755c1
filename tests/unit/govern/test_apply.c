/* SPDX-License-Identifier: Apache-2.0 */
/* What people said, laid over what was judged. */
#include "test.h"

#include "govern/apply.h"
#include "govern/changes.h"

#include <string.h>

enum { ARENA = 4 << 20 };
#define DAY INT64_C(86400000000)
#define NOW (1000 * DAY)

static const pl_check rootfs = {
    .id = PL_S("CTR-013"), .kind = PL_S("container"), .window = PL_S("yes"), .pass = PL_S("x")};
static const pl_check privileged = {
    .id = PL_S("CTR-005"), .kind = PL_S("container"), .pass = PL_S("x")};
static const pl_check plan = {.id = PL_S("ADM-010"), .kind = PL_S("host"), .needs = PL_S("attest")};
static const pl_subject web = {.kind = PL_S("container"),
                               .key = PL_S("c1c1c1c1c1c1c1"),
                               .name = PL_S("web"),
                               .klass = PL_S("w")};
static const pl_subject host = {
    .kind = PL_S("host"), .key = PL_S("h1"), .name = PL_S("h"), .klass = PL_S("h1")};
static const pl_evidence values[] = {{"container.user", PL_S("0")}};
static const pl_binding_field fields[] = {{PL_S("container.user"), PL_S("0")}};
static const pl_binding_field others[] = {{PL_S("container.user"), PL_S("1000")}};
static const pl_waiver_binding same[] = {{PL_S("c1c1c1c1c1c1c1"), PL_S("aaaa"), fields, 1}};
static const pl_waiver_binding other[] = {{PL_S("c1c1c1c1c1c1c1"), PL_S("bbbb"), others, 1}};

typedef struct world {
    pl_arena *arena;
    pl_finding f[3]; /* rootfs and privileged fail, plan waits */
    pl_finding *list[3];
    pl_subject *subjects[2];
    pl_subject copies[2];
    pl_govern_row rows[2];
    pl_govern g;
    const pl_statement *said;
    size_t n_said;
} world;

static void begin(world *w)
{
    memset(w, 0, sizeof(*w));
    w->arena = pl_arena_new(ARENA);
    w->copies[0] = web;
    w->copies[1] = host;
    w->f[0] = (pl_finding){.check = &rootfs,
                           .subject = &w->copies[0],
                           .verdict = PL_FAIL,
                           .evidence = values,
                           .n_evidence = 1,
                           .id = "F-AAAAAAAAAAAAAAAA",
                           .evidence_hash = "aaaa"};
    w->f[1] = w->f[0];
    w->f[1].check = &privileged;
    memcpy(w->f[1].id, "F-BBBBBBBBBBBBBBBB", PL_FINDING_ID);
    w->f[2] = (pl_finding){
        .check = &plan, .subject = &w->copies[1], .verdict = PL_UNKNOWN, .reason = "needs:attest"};
    for (size_t i = 0; i < 3; i++)
        w->list[i] = &w->f[i];
    w->subjects[0] = &w->copies[0];
    w->subjects[1] = &w->copies[1];
    w->g = (pl_govern){.rows = w->rows, .n = 0, .last_change = UINT64_MAX};
}

static pl_govern_row *say(world *w, pl_statement_kind kind, const char *what, int64_t until)
{
    pl_govern_row *r = &w->rows[w->g.n];

    r->s = (pl_statement){.kind = pl_statement_kind_word(kind),
                          .number = 40 + (int64_t)w->g.n++,
                          .what = pl_str_c(what),
                          .said_us = NOW - DAY,
                          .until_us = until};
    return r;
}

static void apply(world *w, bool is_audit)
{
    const pl_govern_scope scope = {NULL, w->list, 3, w->subjects, 2, is_audit, NOW};
    pl_err err = {0};

    assert_ok(pl_govern_apply(&w->g, &scope, w->arena, &w->said, &w->n_said, &err), err);
}

static pl_govern_row *waive(world *w, const pl_waiver_binding *b, int64_t until)
{
    pl_govern_row *r = say(w, PL_STATEMENT_WAIVER, "F-AAAAAAAAAAAAAAAA", until);

    r->bindings = b;
    r->n_bindings = 1;
    r->klass = PL_S("w");
    r->kind = PL_S("container");
    return r;
}

static void assert_state(const world *w, pl_statement_state is)
{
    assert_int_equal(w->n_said, 1);
    assert_string_equal(w->said[0].state, pl_statement_state_word(is));
}

static void an_attestation_is_no_pass_and_ends(void **state)
{
    world w;

    (void)state;
    begin(&w);
    (void)say(&w, PL_STATEMENT_ATTESTATION, "ADM-010", NOW + 1);
    apply(&w, true);
    assert_int_equal(w.f[2].verdict, PL_ATTESTED);
    assert_int_equal(w.f[2].judged, PL_UNKNOWN);
    assert_null(w.f[2].reason);
    pl_arena_free(w.arena);
    begin(&w);
    (void)say(&w, PL_STATEMENT_ATTESTATION, "ADM-010", NOW);
    apply(&w, true);
    assert_int_equal(w.f[2].verdict, PL_UNKNOWN);
    assert_string_equal(w.f[2].reason, "attestation-expired");
    assert_state(&w, PL_STATEMENT_EXPIRED);
    pl_arena_free(w.arena);
}

static void the_newest_attestation_counts(void **state)
{
    world w;

    (void)state;
    begin(&w);
    (void)say(&w, PL_STATEMENT_ATTESTATION, "ADM-010", NOW - DAY);
    (void)say(&w, PL_STATEMENT_ATTESTATION, "ADM-010", NOW + DAY);
    apply(&w, true);
    assert_int_equal(w.f[2].verdict, PL_ATTESTED);
    assert_int_equal(w.f[2].statement->number, 41);
    assert_state(&w, PL_STATEMENT_IN_FORCE);
    pl_arena_free(w.arena);
}

static void a_waiver_holds_while_its_evidence_does(void **state)
{
    world w;

    (void)state;
    begin(&w);
    (void)waive(&w, same, NOW + 1);
    apply(&w, true);
    assert_int_equal(w.f[0].verdict, PL_WAIVED);
    assert_int_equal(pl_finding_judged(&w.f[0]), PL_FAIL);
    assert_int_equal(w.f[1].verdict, PL_FAIL);
    assert_state(&w, PL_STATEMENT_IN_FORCE);
    assert_ptr_equal(w.f[0].statement, &w.said[0]);
    pl_arena_free(w.arena);
    begin(&w);
    (void)waive(&w, other, NOW + 1);
    apply(&w, true);
    assert_int_equal(w.f[0].verdict, PL_FAIL);
    assert_state(&w, PL_STATEMENT_LAPSED);
    assert_str(w.said[0].why, "the evidence changed: container.user was 1000, is 0");
    pl_arena_free(w.arena);
}

static void a_waiver_ends_by_its_day_or_by_a_person(void **state)
{
    world w;

    (void)state;
    begin(&w);
    (void)waive(&w, same, NOW);
    apply(&w, true);
    assert_int_equal(w.f[0].verdict, PL_FAIL);
    assert_state(&w, PL_STATEMENT_EXPIRED);
    pl_arena_free(w.arena);
    begin(&w);
    waive(&w, same, NOW + DAY)->is_revoked = true;
    apply(&w, true);
    assert_int_equal(w.f[0].verdict, PL_FAIL);
    assert_int_equal(w.n_said, 0);
    pl_arena_free(w.arena);
}

static void a_waiver_that_matches_nothing_is_told_where_it_could_have(void **state)
{
    world w;

    (void)state;
    begin(&w);
    waive(&w, same, NOW + DAY)->s.scope = PL_S("container:other");
    apply(&w, false);
    assert_int_equal(w.f[0].verdict, PL_FAIL);
    assert_state(&w, PL_STATEMENT_UNMATCHED);
    pl_arena_free(w.arena);
    begin(&w);
    pl_govern_row *r = waive(&w, same, NOW + DAY);
    r->s.what = PL_S("F-CCCCCCCCCCCCCCCC");
    r->klass = PL_S("elsewhere");
    apply(&w, false);
    assert_int_equal(w.n_said, 0);
    pl_arena_free(w.arena);
}

static void scopes_are_names_classes_and_beginnings_of_ids(void **state)
{
    (void)state;
    assert_true(pl_govern_in_scope(PL_S(""), &web));
    assert_true(pl_govern_in_scope(PL_S("container:web"), &web));
    assert_true(pl_govern_in_scope(PL_S("container:w"), &web));
    assert_true(pl_govern_in_scope(PL_S("container:c1c1c1c1"), &web));
    assert_false(pl_govern_in_scope(PL_S("container:c1"), &web));
    assert_false(pl_govern_in_scope(PL_S("image:web"), &web));
    assert_false(pl_govern_in_scope(PL_S("web"), &web));
}

static void a_scope_begins_no_name_and_no_digest_alone(void **state)
{
    const pl_subject declared = {.kind = PL_S("container"),
                                 .key = PL_S("compose.yml:web-admin"),
                                 .name = PL_S("web-admin"),
                                 .klass = PL_S("compose.yml:web-admin")};
    const pl_subject image = {.kind = PL_S("image"),
                              .key = PL_S("sha256:a1b2c3d4e5f6a7b8"),
                              .name = PL_S("app:1"),
                              .klass = PL_S("app")};

    (void)state;
    assert_true(pl_govern_in_scope(PL_S("container:compose.yml:web-admin"), &declared));
    assert_false(pl_govern_in_scope(PL_S("container:compose.yml:web"), &declared));
    assert_false(pl_govern_in_scope(PL_S("container:compose."), &declared));
    assert_true(pl_govern_in_scope(PL_S("image:sha256:a1b2c3d4"), &image));
    assert_true(pl_govern_in_scope(PL_S("image:a1b2c3d4e5"), &image));
    assert_false(pl_govern_in_scope(PL_S("image:sha256:a"), &image));
    assert_false(pl_govern_in_scope(PL_S("image:sha256:"), &image));
}

static void of_two_waivers_of_one_finding_none_matches_nothing(void **state)
{
    world w;

    (void)state;
    begin(&w);
    (void)waive(&w, same, NOW + 1);
    (void)waive(&w, same, NOW + DAY);
    apply(&w, true);
    assert_int_equal(w.f[0].verdict, PL_WAIVED);
    assert_int_equal(w.f[0].judged, PL_FAIL);
    assert_int_equal(w.f[0].statement->number, 40);
    assert_int_equal(w.n_said, 2);
    assert_string_equal(w.said[1].state, "in-force");
    pl_arena_free(w.arena);
    begin(&w);
    (void)waive(&w, same, NOW + 1);
    (void)waive(&w, other, NOW + DAY);
    apply(&w, true);
    assert_string_equal(w.said[1].state, "lapsed");
    pl_arena_free(w.arena);
}

static void a_statement_without_a_day_or_with_a_far_one_ends(void **state)
{
    static const int64_t bad[] = {0, NOW + 5000 * DAY};
    world w;

    (void)state;
    for (size_t i = 0; i < PL_COUNT(bad); i++) {
        begin(&w);
        waive(&w, same, bad[i])->s.said_us = NOW - 367 * DAY;
        say(&w, PL_STATEMENT_ATTESTATION, "ADM-010", bad[i])->s.said_us = NOW - 3653 * DAY;
        apply(&w, true);
        assert_int_equal(w.f[0].verdict, PL_FAIL);
        assert_int_equal(w.f[2].verdict, PL_UNKNOWN);
        assert_string_equal(w.said[0].state, "expired");
        assert_string_equal(w.said[1].state, "expired");
        pl_arena_free(w.arena);
        begin(&w);
        say(&w, PL_STATEMENT_WINDOW, "c1c1c1c1c1c1c1", bad[i])->s.said_us = NOW - 7 * DAY;
        apply(&w, true);
        assert_int_equal(w.f[0].verdict, PL_FAIL);
        assert_state(&w, PL_STATEMENT_OVERRUN);
        pl_arena_free(w.arena);
    }
}

static void evidence_without_a_digest_is_bound_to_nothing(void **state)
{
    static const pl_waiver_binding none[] = {{PL_S("c1c1c1c1c1c1c1"), PL_S(""), fields, 1}};
    world w;

    (void)state;
    begin(&w);
    w.f[0].evidence_hash[0] = '\0';
    (void)waive(&w, none, NOW + DAY);
    apply(&w, true);
    assert_int_equal(w.f[0].verdict, PL_FAIL);
    assert_state(&w, PL_STATEMENT_LAPSED);
    pl_arena_free(w.arena);
}

static void a_window_waives_what_it_may_for_its_container(void **state)
{
    static const pl_str listed[] = {PL_S("CTR-023")};
    world w;

    (void)state;
    begin(&w);
    (void)say(&w, PL_STATEMENT_WINDOW, "c1c1c1c1c1c1c1", NOW + 1);
    apply(&w, true);
    assert_int_equal(w.f[0].verdict, PL_WAIVED);
    assert_int_equal(w.f[1].verdict, PL_FAIL); /* no window waives it */
    pl_arena_free(w.arena);
    begin(&w);
    pl_govern_row *r = say(&w, PL_STATEMENT_WINDOW, "c1c1c1c1c1c1c1", NOW + 1);
    r->checks = listed;
    r->n_checks = 1;
    apply(&w, true);
    assert_int_equal(w.f[0].verdict, PL_FAIL);
    pl_arena_free(w.arena);
}

static void a_window_that_is_late_is_an_overrun(void **state)
{
    world w;

    (void)state;
    begin(&w);
    (void)say(&w, PL_STATEMENT_WINDOW, "c1c1c1c1c1c1c1", NOW);
    apply(&w, true);
    assert_int_equal(w.f[0].verdict, PL_FAIL);
    assert_state(&w, PL_STATEMENT_OVERRUN);
    w.rows[0].s.ended_us = NOW - 1;
    assert_int_equal(pl_govern_state_at(&w.rows[0], NOW), PL_STATEMENT_CLOSED);
    w.rows[0].s.ended_us = NOW + 1;
    assert_int_equal(pl_govern_state_at(&w.rows[0], NOW + 2), PL_STATEMENT_OVERRUN);
    pl_arena_free(w.arena);
}

static void an_ignore_line_is_a_statement_too(void **state)
{
    static pl_vuln_facts facts = {.advisory = PL_S("CVE-2024-1"),
                                  .package = PL_S("zlib"),
                                  .vex_status = PL_S("ignored"),
                                  .vex_reason = PL_S("not reached"),
                                  .vex_source = PL_S(".plimsollignore"),
                                  .is_settled = true};
    world w;

    (void)state;
    begin(&w);
    w.f[0] = (pl_finding){.vuln = &facts, .subject = &w.copies[0], .verdict = PL_WAIVED};
    w.f[1] = w.f[0];
    apply(&w, false);
    assert_int_equal(w.n_said, 1);
    assert_string_equal(w.said[0].kind, "ignore");
    assert_str(w.said[0].text, "not reached");
    assert_ptr_equal(w.f[1].statement, &w.said[0]);
    assert_int_equal(w.f[1].judged, PL_FAIL);
    pl_arena_free(w.arena);
}

static void a_waiver_beside_an_ignore_line_still_speaks_of_something(void **state)
{
    static pl_vuln_facts facts = {.advisory = PL_S("CVE-2024-1"),
                                  .vex_status = PL_S("ignored"),
                                  .vex_source = PL_S(".plimsollignore"),
                                  .is_settled = true};
    world w;

    (void)state;
    begin(&w);
    w.f[0].check = NULL;
    w.f[0].vuln = &facts;
    w.f[0].verdict = PL_WAIVED;
    (void)waive(&w, same, NOW + DAY);
    apply(&w, true);
    assert_int_equal(w.f[0].verdict, PL_WAIVED);
    assert_int_equal(w.n_said, 2);
    assert_string_equal(w.said[0].state, "in-force");
    assert_string_equal(w.f[0].statement->kind, "ignore");
    pl_arena_free(w.arena);
}

/* ---- settings of two audits ---- */

static void what_is_not_spoken_for_and_what_cannot_be_read_stays(void **state)
{
    static const pl_settings_scope scopes[] = {{PL_S("engine."), false}, {PL_S("new."), true}};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    pl_settings was, now = {0}, all;
    pl_change *v = NULL;
    size_t n = 0;
    pl_err err = {0};

    (void)state;
    assert_ok(pl_settings_read(PL_S("{\"engine.a\":\"1\",\"engine.b\":\"2\",\"engine.c\":\"3\","
                                    "\"policy.x\":\"4\"}"),
                               a, &was, &err),
              err);
    pl_settings_add(&now, a, PL_S("engine.b"), PL_S("two"));
    pl_settings_add_unknown(&now, a, PL_S("engine.a"));
    pl_settings_add(&now, a, PL_S("engine.d"), PL_S("5"));
    pl_settings_add(&now, a, PL_S("new.y"), PL_S("6"));
    assert_ok(pl_settings_compare(&was, &now, scopes, 2, a, &all, &v, &n, &err), err);
    assert_int_equal(n, 3);
    assert_str(v[0].name, "engine.b");
    assert_str(v[0].was, "2");
    assert_str(v[0].is, "two");
    assert_str(v[1].name, "engine.c");
    assert_str(v[1].is, "");
    assert_str(v[2].name, "engine.d");
    PL_AUTO_BUF pl_buf out = {0};
    pl_settings_write(&all, &out);
    assert_str(pl_buf_view(&out), "{\"engine.a\":\"1\",\"engine.b\":\"two\",\"engine.d\":\"5\","
                                  "\"new.y\":\"6\",\"policy.x\":\"4\"}");
    assert_int_not_equal(pl_settings_read(PL_S("{\"a\":1}"), a, &was, &err), PL_OK);
    assert_int_not_equal(pl_settings_read(PL_S("[]"), a, &was, &err), PL_OK);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attestation_is_no_pass_and_ends),
        cmocka_unit_test(the_newest_attestation_counts),
        cmocka_unit_test(a_waiver_holds_while_its_evidence_does),
        cmocka_unit_test(a_waiver_ends_by_its_day_or_by_a_person),
        cmocka_unit_test(a_waiver_that_matches_nothing_is_told_where_it_could_have),
        cmocka_unit_test(scopes_are_names_classes_and_beginnings_of_ids),
        cmocka_unit_test(a_scope_begins_no_name_and_no_digest_alone),
        cmocka_unit_test(of_two_waivers_of_one_finding_none_matches_nothing),
        cmocka_unit_test(a_statement_without_a_day_or_with_a_far_one_ends),
        cmocka_unit_test(evidence_without_a_digest_is_bound_to_nothing),
        cmocka_unit_test(a_waiver_beside_an_ignore_line_still_speaks_of_something),
        cmocka_unit_test(a_window_waives_what_it_may_for_its_container),
        cmocka_unit_test(a_window_that_is_late_is_an_overrun),
        cmocka_unit_test(an_ignore_line_is_a_statement_too),
        cmocka_unit_test(what_is_not_spoken_for_and_what_cannot_be_read_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
