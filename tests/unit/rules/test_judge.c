/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "core/hash.h"
#include "rules/judge.h"
#include "rules/limits.h"

#include <string.h>

/* ---- one check, a few subjects, their findings ---- */

enum { SUBJECTS = 8 };

struct bench {
    pl_arena *a;
    pl_schema *schema;
    pl_list lists[4];
    pl_content content;
    pl_rules *rules;
    pl_subject subjects[SUBJECTS];
    size_t n;
    const pl_finding *found[64];
    size_t n_found;
    pl_err err;
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    b->a = pl_arena_new(64 << 20);
    b->schema = fixture_schema();
    b->lists[0] = (pl_list){.name = PL_S("unset"), .is_policy = true, .is_unset = true};
    b->content.lists = b->lists;
    b->content.n_lists = 1;
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    pl_rules_free(b->rules);
    pl_schema_free(b->schema);
    pl_arena_free(b->a);
    free(b);
    return 0;
}

static pl_check a_check(const char *pass)
{
    return (pl_check){.id = PL_S("T-1"),
                      .kind = PL_S("t"),
                      .pass = pl_str_c(pass),
                      .severity = PL_MEDIUM,
                      .owner = PL_S("host"),
                      .file = PL_S("checks/t.yaml"),
                      .line = 7};
}

static pl_rc compile(struct bench *b, const pl_check *checks, size_t n)
{
    pl_rules_free(b->rules);
    b->rules = NULL;
    b->content.checks = checks;
    b->content.n_checks = n;
    return pl_rules_compile(b->schema, &b->content, &b->rules, &b->err);
}

static void add_subject(struct bench *b, const char *fields)
{
    static const char *const keys[SUBJECTS] = {"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"};
    pl_str key = pl_str_c(keys[b->n]);
    b->subjects[b->n++] =
        (pl_subject){.rec = fixture_record(b->a, fixture_subject(), pl_str_c(fields)),
                     .kind = PL_S("t"),
                     .key = key,
                     .name = key,
                     .klass = key};
}

static pl_rc keep(pl_finding *f, void *arg, pl_err *err)
{
    struct bench *b = arg;
    (void)err;
    b->found[b->n_found++] = f;
    return PL_OK;
}

static void judge(struct bench *b)
{
    pl_subject *list[SUBJECTS];
    for (size_t i = 0; i < b->n; i++)
        list[i] = &b->subjects[i];
    b->n_found = 0;
    assert_ok(pl_rules_judge(b->rules, b->a, list, b->n, keep, b, &b->err), b->err);
}

/* Judges one subject by one check. */
static const pl_finding *judge_one(struct bench *b, const pl_check *c, const char *fields)
{
    assert_ok(compile(b, c, 1), b->err);
    b->n = 0;
    add_subject(b, fields);
    judge(b);
    assert_int_equal(b->n_found, 1);
    return b->found[0];
}

static void says(const pl_finding *f, pl_verdict verdict, const char *reason, const char *field)
{
    if (f->verdict != verdict)
        fail_msg("is %s (%s), want %s", pl_verdict_word(f->verdict), f->reason ? f->reason : "-",
                 pl_verdict_word(verdict));
    if (!reason)
        assert_null(f->reason);
    else
        assert_string_equal(f->reason, reason);
    if (!field)
        assert_null(f->reason_field);
    else
        assert_string_equal(f->reason_field, field);
}

static void shows(const pl_finding *f, size_t i, const char *field, const char *value)
{
    assert_true(i < f->n_evidence);
    assert_string_equal(f->evidence[i].field, field);
    if (!pl_str_eq(f->evidence[i].value, pl_str_c(value)))
        fail_msg("%s: got \"%.*s\", want \"%s\"", field, PL_F(f->evidence[i].value), value);
}

/* ---- verdicts ---- */

static void a_check_passes_fails_or_is_unknown(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("t.i <= 5");

    says(judge_one(b, &c, "t.i=5"), PL_PASS, NULL, NULL);
    says(judge_one(b, &c, "t.i=6"), PL_FAIL, NULL, NULL);
    says(judge_one(b, &c, "t.i=null"), PL_FAIL, NULL, NULL);
    says(judge_one(b, &c, "t.i=!denied"), PL_UNKNOWN, "denied", "t.i");
    says(judge_one(b, &c, "-"), PL_UNKNOWN, "unreadable", "t.i");
}

static void applies_that_is_unknown_never_means_not_applicable(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("t.i <= 5");

    c.applies = PL_S("t.b = true");
    says(judge_one(b, &c, "t.b=true t.i=1"), PL_PASS, NULL, NULL);
    says(judge_one(b, &c, "t.b=false t.i=1"), PL_NOT_APPLICABLE, "condition", NULL);
    says(judge_one(b, &c, "t.b=null t.i=1"), PL_NOT_APPLICABLE, "condition", NULL);
    says(judge_one(b, &c, "t.b=!timeout t.i=9"), PL_UNKNOWN, "timeout", "t.b");
    c.otherwise = PL_S("no-such-thing");
    says(judge_one(b, &c, "t.b=false t.i=1"), PL_NOT_APPLICABLE, "no-such-thing", NULL);
}

static void a_check_that_needs_a_part_is_unknown_for_each_subject(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("");

    c.needs = PL_S("watch");
    says(judge_one(b, &c, "-"), PL_UNKNOWN, "needs:watch", NULL);
    c.applies = PL_S("t.b = true");
    c.otherwise = PL_S("no-such-thing");
    says(judge_one(b, &c, "t.b=false"), PL_NOT_APPLICABLE, "no-such-thing", NULL);
    says(judge_one(b, &c, "t.b=true"), PL_UNKNOWN, "needs:watch", NULL);
    says(judge_one(b, &c, "t.b=!denied"), PL_UNKNOWN, "needs:watch", NULL);
    add_subject(b, "-");
    judge(b);
    assert_int_equal(b->n_found, 2);
    b->n = 0;
    judge(b);
    assert_int_equal(b->n_found, 0);
}

static void a_policy_parameter_that_is_unset_makes_unknown(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("t.s in (unset)");

    says(judge_one(b, &c, "t.s=\"a\""), PL_UNKNOWN, "needs:policy", "unset");
}

static void findings_come_by_subject_then_by_check(void **state)
{
    struct bench *b = *state;
    pl_check c[3] = {a_check("t.i = 1"), a_check("t.i = 2"), a_check("t.i = 3")};

    c[1].id = PL_S("T-2");
    c[2].id = PL_S("T-3");
    c[2].kind = PL_S("t");
    assert_ok(compile(b, c, 3), b->err);
    add_subject(b, "t.i=1");
    add_subject(b, "t.i=2");
    judge(b);
    assert_int_equal(b->n_found, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_ptr_equal(b->found[i]->subject, &b->subjects[i / 3]);
        assert_ptr_equal(b->found[i]->check, &c[i % 3]);
        assert_int_equal(b->found[i]->verdict, i == 0 || i == 4 ? PL_PASS : PL_FAIL);
        assert_int_equal(b->found[i]->ledger_index, -1);
    }
}

/* ---- elements ---- */

static pl_check element_check(void)
{
    static const pl_str evidence[] = {{"e.name", 6}, {"e.i", 3}, {"t.s", 3}};
    pl_check c = a_check("e.i < 10");

    c.each = PL_S("t.es");
    c.evidence = evidence;
    c.n_evidence = 3;
    return c;
}

#define ES(a, b, c)                                                                                \
    "t.s=\"x\" t.es=[{\"e.name\":\"a\",\"e.i\":" #a "},{\"e.name\":\"b\",\"e.i\":" #b              \
    "},{\"e.name\":\"c\",\"e.i\":" #c "}]"

static void one_failed_element_makes_fail_and_is_the_evidence(void **state)
{
    struct bench *b = *state;
    pl_check c = element_check();

    const pl_finding *f = judge_one(b, &c, ES(1, 11, 2));
    says(f, PL_FAIL, NULL, NULL);
    assert_str(f->element, "b");
    assert_int_equal(f->n_evidence, 3);
    shows(f, 0, "t.s", "x");
    shows(f, 1, "e.name", "b");
    shows(f, 2, "e.i", "11");
}

static void two_failed_elements_leave_the_element_empty(void **state)
{
    struct bench *b = *state;
    pl_check c = element_check();

    const pl_finding *f = judge_one(b, &c, ES(1, 11, 12));
    says(f, PL_FAIL, NULL, NULL);
    assert_str(f->element, "");
    assert_int_equal(f->n_evidence, 5);
    shows(f, 3, "e.name", "c");
}

static void an_unknown_element_makes_unknown_unless_one_fails(void **state)
{
    struct bench *b = *state;
    pl_check c = element_check();

    const pl_finding *f = judge_one(b, &c, ES(1, {"!" : "denied"}, 2));
    says(f, PL_UNKNOWN, "denied", "e.i");
    shows(f, 1, "e.name", "b");
    shows(f, 2, "e.i", "unreadable (denied)");
    says(judge_one(b, &c, ES(99, {"!" : "denied"}, 2)), PL_FAIL, NULL, NULL);
    says(judge_one(b, &c, "t.es=!timeout"), PL_UNKNOWN, "timeout", "t.es");
}

static void a_check_whose_applies_is_unknown_shows_no_list(void **state)
{
    struct bench *b = *state;
    pl_check c = element_check();

    c.applies = PL_S("t.b = true");
    const pl_finding *f = judge_one(b, &c, ES(11, 2, 3) " t.b=!denied");
    says(f, PL_UNKNOWN, "denied", "t.b");
    assert_int_equal(f->n_evidence, 1);
    shows(f, 0, "t.s", "x");
}

static void only_what_can_be_waived_has_an_evidence_hash(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("t.i = 1");

    assert_string_equal(judge_one(b, &c, "t.i=1")->evidence_hash, "");
    assert_int_equal(strlen(judge_one(b, &c, "t.i=2")->evidence_hash), 64);
    assert_int_equal(strlen(judge_one(b, &c, "t.i=!denied")->evidence_hash), 64);
}

static void all_elements_pass_and_are_listed(void **state)
{
    struct bench *b = *state;
    pl_check c = element_check();

    const pl_finding *f = judge_one(b, &c, ES(1, 2, 3));
    says(f, PL_PASS, NULL, NULL);
    assert_int_equal(f->n_evidence, 2);
    shows(f, 1, "t.es", "[a, b, c]");
}

static void an_empty_list_means_what_the_check_says(void **state)
{
    struct bench *b = *state;
    pl_check c = element_check();

    says(judge_one(b, &c, "t.es=[]"), PL_NOT_APPLICABLE, "empty", NULL);
    says(judge_one(b, &c, "t.es=null"), PL_NOT_APPLICABLE, "empty", NULL);
    c.empty_passes = true;
    says(judge_one(b, &c, "t.es=[]"), PL_PASS, NULL, NULL);
}

static void where_leaves_elements_out_but_not_unknown_ones(void **state)
{
    struct bench *b = *state;
    pl_check c = element_check();

    c.where = PL_S("e.s = in");
    const char *out = "t.es=[{\"e.name\":\"a\",\"e.s\":\"out\",\"e.i\":99}]";
    const char *lost = "t.es=[{\"e.name\":\"a\",\"e.s\":{\"!\":\"denied\"},\"e.i\":1}]";
    says(judge_one(b, &c, out), PL_NOT_APPLICABLE, "empty", NULL);
    says(judge_one(b, &c, lost), PL_UNKNOWN, "denied", "e.s");
}

static void more_failed_elements_than_evidence_shows_are_counted(void **state)
{
    struct bench *b = *state;
    pl_check c = element_check();
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_c(&text, "t.s=\"x\" t.es=[");
    for (int i = 0; i < PL_RULES_EVIDENCE + 3; i++)
        pl_buf_fmt(&text, "%s{\"e.name\":\"n%d\",\"e.i\":99}", i ? "," : "", i);
    pl_buf_c(&text, "]");
    pl_buf_ch(&text, '\0');
    const pl_finding *f = judge_one(b, &c, text.p);
    assert_int_equal(f->n_evidence, 1 + PL_RULES_EVIDENCE * 2 + 1);
    shows(f, 1 + PL_RULES_EVIDENCE * 2, "t.es", "3 more");
}

/* ---- severity ---- */

static void the_first_true_severity_rule_wins_and_doubt_never_lowers(void **state)
{
    static const pl_severity_rule when[] = {{{"t.b = true", 10}, PL_LOW},
                                            {{"t.i > 100", 9}, PL_CRITICAL}};
    struct bench *b = *state;
    pl_check c = a_check("t.i < 10");

    c.severity_when = when;
    c.n_severity_when = 2;
    assert_int_equal(judge_one(b, &c, "t.i=11 t.b=true")->severity, PL_LOW);
    assert_int_equal(judge_one(b, &c, "t.i=111 t.b=true")->severity, PL_LOW);
    assert_int_equal(judge_one(b, &c, "t.i=111 t.b=false")->severity, PL_CRITICAL);
    assert_int_equal(judge_one(b, &c, "t.i=11 t.b=false")->severity, PL_MEDIUM);
    assert_int_equal(judge_one(b, &c, "t.i=11")->severity, PL_MEDIUM);
    assert_int_equal(judge_one(b, &c, "t.b=false")->severity, PL_CRITICAL);
    assert_int_equal(judge_one(b, &c, "t.i=1 t.b=true")->severity, PL_MEDIUM);
}

static void the_worst_failed_element_gives_the_severity(void **state)
{
    static const pl_severity_rule when[] = {{{"e.i > 50", 8}, PL_HIGH}};
    struct bench *b = *state;
    pl_check c = element_check();

    c.severity_when = when;
    c.n_severity_when = 1;
    assert_int_equal(judge_one(b, &c, ES(11, 60, 2))->severity, PL_HIGH);
    assert_int_equal(judge_one(b, &c, ES(11, 12, 2))->severity, PL_MEDIUM);
}

/* ---- groups ---- */

static void subjects_with_the_same_value_are_judged_together(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("count_distinct(t.s2) <= 1");

    c.group = PL_S("t.s");
    assert_ok(compile(b, &c, 1), b->err);
    add_subject(b, "t.s=\"h1\" t.s2=\"web\"");
    add_subject(b, "t.s=\"h2\" t.s2=\"web\"");
    add_subject(b, "t.s=\"h1\" t.s2=\"db\"");
    add_subject(b, "t.s=\"h2\" t.s2=\"web\"");
    add_subject(b, "t.s=null t.s2=\"x\"");
    judge(b);
    says(b->found[0], PL_FAIL, NULL, NULL);
    says(b->found[1], PL_PASS, NULL, NULL);
    says(b->found[2], PL_FAIL, NULL, NULL);
    says(b->found[3], PL_PASS, NULL, NULL);
    says(b->found[4], PL_NOT_APPLICABLE, "condition", NULL);
    assert_string_equal(b->found[0]->evidence_hash, b->found[2]->evidence_hash);
    assert_string_not_equal(b->found[0]->evidence_hash, b->found[1]->evidence_hash);
}

static void a_member_that_cannot_be_placed_makes_only_open_groups_unknown(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("count_distinct(t.s2) <= 1");

    c.group = PL_S("t.s");
    assert_ok(compile(b, &c, 1), b->err);
    add_subject(b, "t.s=\"h1\" t.s2=\"web\"");
    add_subject(b, "t.s=\"h1\" t.s2=\"db\"");
    add_subject(b, "t.s=\"h2\" t.s2=\"web\"");
    add_subject(b, "t.s=\"h3\" t.s2=\"mail\"");
    add_subject(b, "t.s=!denied t.s2=\"mail\"");
    judge(b);
    says(b->found[0], PL_FAIL, NULL, NULL);
    says(b->found[2], PL_UNKNOWN, "denied", "t.s");
    says(b->found[3], PL_PASS, NULL, NULL);
    says(b->found[4], PL_UNKNOWN, "denied", "t.s");
}

/* Verdict of the first of three subjects in one group. */
static const pl_finding *judge_three(struct bench *b, const char *pass, const char *one,
                                     const char *two, const char *three)
{
    pl_check *c = PL_NEW(b->a, pl_check);
    const char *const fields[] = {one, two, three};

    *c = a_check(pass);
    c->group = PL_S("t.b2");
    assert_ok(compile(b, c, 1), b->err);
    b->n = 0;
    for (size_t i = 0; i < 3; i++) {
        char text[128];
        (void)snprintf(text, sizeof(text), "t.b2=true %s", fields[i]);
        add_subject(b, text);
    }
    judge(b);
    return b->found[0];
}

static void counts_over_unread_members_are_ranges(void **state)
{
    struct bench *b = *state;

    says(judge_three(b, "count(t.i = 1) = 2", "t.i=1", "t.i=1", "t.i=2"), PL_PASS, NULL, NULL);
    says(judge_three(b, "count(t.i = 1) = 2", "t.i=1", "t.i=1", "t.i=!denied"), PL_UNKNOWN,
         "denied", "t.i");
    says(judge_three(b, "count(t.i = 1) >= 2", "t.i=1", "t.i=1", "t.i=!denied"), PL_PASS, NULL,
         NULL);
    says(judge_three(b, "count(t.i = 1) < 2", "t.i=1", "t.i=1", "t.i=!denied"), PL_FAIL, NULL,
         NULL);
    says(judge_three(b, "count(t.i = 1) in (4, 5)", "t.i=1", "t.i=1", "t.i=!denied"), PL_FAIL, NULL,
         NULL);
    says(judge_three(b, "count(t.i = 1) != 9", "t.i=1", "t.i=1", "t.i=!denied"), PL_PASS, NULL,
         NULL);
    says(judge_three(b, "count() = 3", "t.i=1", "t.i=1", "t.i=1"), PL_PASS, NULL, NULL);
    says(judge_three(b, "count(t.s) = 1", "t.s=\"\"", "t.s=null", "t.s=null"), PL_PASS, NULL, NULL);
    says(judge_three(b, "count(t.i = 1) <= unset", "t.i=1", "t.i=1", "t.i=1"), PL_UNKNOWN,
         "needs:policy", "unset");
}

static void any_and_all_follow_three_values(void **state)
{
    struct bench *b = *state;

    says(judge_three(b, "any(t.i = 1)", "t.i=0", "t.i=1", "t.i=!denied"), PL_PASS, NULL, NULL);
    says(judge_three(b, "any(t.i = 1)", "t.i=0", "t.i=0", "t.i=!denied"), PL_UNKNOWN, "denied",
         "t.i");
    says(judge_three(b, "any(t.i = 1)", "t.i=0", "t.i=0", "t.i=0"), PL_FAIL, NULL, NULL);
    says(judge_three(b, "all(t.i = 1)", "t.i=1", "t.i=0", "t.i=!denied"), PL_FAIL, NULL, NULL);
    says(judge_three(b, "all(t.i = 1)", "t.i=1", "t.i=1", "t.i=!denied"), PL_UNKNOWN, "denied",
         "t.i");
    says(judge_three(b, "not any(t.i = 1) or count(t.i = 1) = 2", "t.i=1", "t.i=1", "t.i=0"),
         PL_PASS, NULL, NULL);
}

/* ---- identity ---- */

static void the_evidence_hash_covers_just_the_named_fields(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("t.i > 5 and t.s = a");
    char first[PL_HASH_HEX];

    memcpy(first, judge_one(b, &c, "t.i=1 t.s=\"x\" t.s2=\"one\"")->evidence_hash, PL_HASH_HEX);
    assert_string_equal(first, judge_one(b, &c, "t.i=1 t.s=\"x\" t.s2=\"two\"")->evidence_hash);
    assert_string_not_equal(first, judge_one(b, &c, "t.i=1 t.s=\"y\" t.s2=\"one\"")->evidence_hash);

    unsigned char hash[PL_SHA256];
    char hex[PL_SHA256_HEX];
    pl_sha256_of(PL_S("{\"t.i\":1,\"t.s\":\"x\"}"), hash);
    pl_hex(hash, PL_SHA256, hex);
    assert_string_equal(first, hex);
}

static void another_element_that_is_as_bad_is_other_evidence(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("e.i < 5");
    char first[PL_HASH_HEX];

    c.each = PL_S("t.es");
    const pl_finding *f = judge_one(b, &c, "t.es=[{\"e.name\":\"a\",\"e.i\":9}]");
    assert_int_equal(f->verdict, PL_FAIL);
    memcpy(first, f->evidence_hash, PL_HASH_HEX);
    assert_string_not_equal(first,
                            judge_one(b, &c, "t.es=[{\"e.name\":\"b\",\"e.i\":9}]")->evidence_hash);
    assert_string_equal(
        first, judge_one(b, &c, "t.es=[{\"e.name\":\"b\",\"e.i\":1},{\"e.name\":\"a\",\"e.i\":9}]")
                   ->evidence_hash);
}

/* What some() did not find may come and go. */
static void the_evidence_hash_covers_what_some_found(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("not some(t.es, e.i > 5 and e.s = val(t.s))");
    char first[PL_HASH_HEX];

    const pl_finding *f =
        judge_one(b, &c, "t.s=\"x\" t.es=[{\"e.name\":\"a\",\"e.i\":9,\"e.s\":\"x\"}]");
    memcpy(first, f->evidence_hash, PL_HASH_HEX);
    assert_int_equal(f->verdict, PL_FAIL);
    assert_int_equal(f->n_evidence, 1);
    shows(f, 0, "t.es", "[a]");
    assert_string_equal(first,
                        judge_one(b, &c,
                                  "t.s=\"x\" t.es=[{\"e.name\":\"b\",\"e.i\":1,\"e.s\":\"x\"},"
                                  "{\"e.name\":\"a\",\"e.i\":9,\"e.s\":\"x\"}]")
                            ->evidence_hash);
    /* As bad, and another. */
    assert_string_not_equal(
        first, judge_one(b, &c, "t.s=\"x\" t.es=[{\"e.name\":\"c\",\"e.i\":9,\"e.s\":\"x\"}]")
                   ->evidence_hash);
    assert_string_not_equal(
        first, judge_one(b, &c, "t.s=\"x\" t.es=[{\"e.name\":\"a\",\"e.i\":8,\"e.s\":\"x\"}]")
                   ->evidence_hash);

    unsigned char hash[PL_SHA256];
    char hex[PL_SHA256_HEX];
    pl_sha256_of(PL_S("{\"t.s\":\"x\",\"some(t.es, e.i > 5 and e.s = val(t.s))\":"
                      "[[\"a\",{\"e.i\":9,\"e.s\":\"x\"}]]}"),
                 hash);
    pl_hex(hash, PL_SHA256, hex);
    assert_string_equal(first, hex);
}

static void what_some_could_not_read_is_evidence(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("not some(t.es, e.i > 5)");
    const pl_finding *f = judge_one(b, &c, "t.es=!denied");

    says(f, PL_UNKNOWN, "denied", "t.es");
    shows(f, 0, "t.es", "unreadable (denied)");
    f = judge_one(b, &c, "t.es=[{\"e.name\":\"a\",\"e.i\":1},{\"e.name\":\"b\"}]");
    says(f, PL_UNKNOWN, "unreadable", "e.i");
    shows(f, 0, "t.es", "[b]");
}

/* Both look into records of the same kind, each into its own. */
static void some_and_each_do_not_mix(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("e.i < 5 and not some(t.es, e.i = 7)");

    c.each = PL_S("t.es");
    const pl_finding *f =
        judge_one(b, &c, "t.es=[{\"e.name\":\"a\",\"e.i\":1},{\"e.name\":\"b\",\"e.i\":6}]");
    assert_int_equal(f->verdict, PL_FAIL);
    assert_int_equal(f->n_marks, 1);
    f = judge_one(b, &c, "t.es=[{\"e.name\":\"a\",\"e.i\":1},{\"e.name\":\"b\",\"e.i\":7}]");
    assert_int_equal(f->n_marks, 2);
}

static void members_of_a_group_are_asked_for_some_of_their_lists(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("count(some(t.es, e.i > 5)) <= 1");

    c.group = PL_S("t.s");
    assert_ok(compile(b, &c, 1), b->err);
    b->n = 0;
    add_subject(b, "t.s=\"x\" t.es=[{\"e.name\":\"a\",\"e.i\":9}]");
    add_subject(b, "t.s=\"x\" t.es=[{\"e.name\":\"b\",\"e.i\":8}]");
    add_subject(b, "t.s=\"y\" t.es=[{\"e.name\":\"c\",\"e.i\":9}]");
    judge(b);
    assert_int_equal(b->found[0]->verdict, PL_FAIL);
    assert_int_equal(b->found[1]->verdict, PL_FAIL);
    assert_int_equal(b->found[2]->verdict, PL_PASS);
}

static void the_order_of_elements_does_not_change_the_hash(void **state)
{
    struct bench *b = *state;
    pl_check c = element_check();
    char first[PL_HASH_HEX];

    memcpy(first, judge_one(b, &c, ES(11, 12, 1))->evidence_hash, PL_HASH_HEX);
    const char *turned = "t.s=\"x\" t.es=[{\"e.name\":\"z\",\"e.i\":5},{\"e.name\":\"b\","
                         "\"e.i\":12},{\"e.name\":\"a\",\"e.i\":11}]";
    assert_string_equal(first, judge_one(b, &c, turned)->evidence_hash);
}

/* Their evidence is larger than what one evaluation may make. */
static void ten_thousand_failed_elements_are_one_finding(void **state)
{
    enum { ELEMENTS = 10000 };
    struct bench *b = *state;
    pl_check c = element_check();
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_c(&text, "t.s=\"x\" t.es=[");
    for (int i = 0; i < ELEMENTS; i++)
        pl_buf_fmt(&text, "%s{\"e.name\":\"%0500d\",\"e.i\":99}", i ? "," : "", i);
    pl_buf_c(&text, "]");
    pl_buf_ch(&text, '\0');
    const pl_finding *f = judge_one(b, &c, text.p);
    says(f, PL_FAIL, NULL, NULL);
    shows(f, 1 + PL_RULES_EVIDENCE * 2, "t.es", "9800 more");
    assert_int_equal(f->n_marks, ELEMENTS);
}

static void a_secret_is_neither_shown_nor_hashed(void **state)
{
    static const pl_str evidence[] = {{"t.secret", 8}};
    struct bench *b = *state;
    pl_check c = a_check("not t.secret exists");
    char first[PL_HASH_HEX];

    c.evidence = evidence;
    c.n_evidence = 1;
    const pl_finding *f = judge_one(b, &c, "t.secret=\"hunter2\"");
    shows(f, 0, "t.secret", "***");
    memcpy(first, f->evidence_hash, PL_HASH_HEX);
    assert_string_equal(first, judge_one(b, &c, "t.secret=\"hunter3\"")->evidence_hash);
}

static const char *revision(struct bench *b, const pl_check *c)
{
    char *copy = pl_arena_calloc(b->a, 1, 13);
    memcpy(copy, judge_one(b, c, "-")->revision, 13);
    return copy;
}

static void the_revision_follows_the_meaning_not_the_spelling(void **state)
{
    struct bench *b = *state;
    pl_check plain = a_check("t.s in (a, b) and t.i > 5");
    pl_check spaced = a_check("  t.s in ( 'a',\"b\" )\n  and (t.i>5)");
    pl_check listed = a_check("t.s in (letters) and t.i > 5");
    pl_check other = a_check("t.s in (a, c) and t.i > 5");
    static const pl_str letters[] = {{"a", 1}, {"b", 1}};

    b->lists[1] = (pl_list){.name = PL_S("letters"), .items = letters, .n = 2};
    b->content.n_lists = 2;
    const char *first = revision(b, &plain);
    assert_int_equal(strlen(first), 12);
    assert_string_equal(first, revision(b, &spaced));
    assert_string_equal(first, revision(b, &listed));
    assert_string_not_equal(first, revision(b, &other));
    plain.applies = PL_S("t.b = true");
    assert_string_not_equal(first, revision(b, &plain));
}

static void the_id_outlives_the_subject_and_the_elements(void **state)
{
    struct bench *b = *state;
    pl_check c = element_check();
    char want[PL_FINDING_ID];

    pl_finding_id(PL_S("s0"), PL_S("T-1"), PL_S(""), want);
    assert_string_equal(judge_one(b, &c, ES(1, 11, 2))->id, want);
    assert_string_equal(judge_one(b, &c, ES(11, 11, 2))->id, want);
    assert_string_equal(judge_one(b, &c, ES(1, 1, 2))->id, want);
}

static void has_mark(const pl_finding *f, pl_str mark)
{
    for (size_t i = 0; i < f->n_marks; i++)
        if (pl_str_eq(f->marks[i], mark))
            return;
    fail_msg("no mark %.*s", PL_F(mark));
}

static void each_failed_element_has_a_mark_of_its_own(void **state)
{
    struct bench *b = *state;
    pl_check c = element_check();

    const pl_finding *one = judge_one(b, &c, ES(1, 11, 2));
    assert_int_equal(one->n_marks, 1);
    pl_str kept = pl_arena_str(b->a, one->marks[0]);
    const pl_finding *two = judge_one(b, &c, ES(11, 12, 2));
    assert_int_equal(two->n_marks, 2);
    assert_true(pl_str_cmp(two->marks[0], two->marks[1]) < 0);
    has_mark(two, kept);
    const pl_finding *same = judge_one(
        b, &c, "t.s=\"x\" t.es=[{\"e.name\":\"b\",\"e.i\":11},{\"e.name\":\"b\",\"e.i\":12}]");
    assert_int_equal(same->n_marks, 2);
    assert_true(pl_str_cmp(same->marks[0], same->marks[1]) < 0);
    has_mark(same, kept);
    assert_int_equal(judge_one(b, &c, ES(1, 1, 2))->n_marks, 0);
}

/* ---- what does not load ---- */

static void checks_that_do_not_load_say_where_and_why(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *pass, *each, *where, *group, *kind;
        const char *text;
    } rows[] = {
        {"t.x = 1", "", "", "", "t",
         "checks/t.yaml:7: check T-1: pass: unknown field t.x; the nearest is t.s"},
        {"", "", "", "", "t", "checks/t.yaml:7: check T-1: has no pass"},
        {"t.i = 1", "", "", "", "tt",
         "checks/t.yaml:7: check T-1: kind tt is no kind of subject; the nearest is t"},
        {"e.i = 1", "", "", "", "e",
         "checks/t.yaml:7: check T-1: kind e is no kind of subject; the nearest is t"},
        {"t.i = 1", "t.l", "", "", "t",
         "checks/t.yaml:7: check T-1: each: t.l is strings, not a list of records"},
        {"t.i = 1", "", "t.i = 1", "", "t",
         "checks/t.yaml:7: check T-1: where is for a check with each"},
        {"t.i = 1", "t.es", "", "t.s", "t",
         "checks/t.yaml:7: check T-1: each and group cannot stand together"},
        {"count() = 1", "", "", "", "t",
         "checks/t.yaml:7: check T-1: pass: count is for the pass of a check with group"},
        {"t.i = 1", "", "", "t.s", "t",
         "checks/t.yaml:7: check T-1: pass: t.i belongs to one member: ask for it in count, any or "
         "all"},
        {"count() = 1", "", "", "t.l", "t",
         "checks/t.yaml:7: check T-1: group: t.l is strings, not one value"},
        {"count() contains 1", "", "", "t.s", "t",
         "checks/t.yaml:7: check T-1: pass: operator contains does not fit count (int)"},
        {"count(any(t.b = true)) = 1", "", "", "t.s", "t",
         "checks/t.yaml:7: check T-1: pass: any cannot stand inside another function"},
        {"len(count()) = 1", "", "", "t.s", "t",
         "checks/t.yaml:7: check T-1: pass: len: argument 1 is int, not string or a list"},
        {"count_distinct(t.l) = 1", "", "", "t.s", "t",
         "checks/t.yaml:7: check T-1: pass: count_distinct: t.l is strings, not one value"},
        {"count() = oneof (1, 2)", "", "", "t.s", "t",
         "checks/t.yaml:7: check T-1: pass: count takes no oneof"},
        {"count() = len(t.s)", "", "", "t.s", "t",
         "checks/t.yaml:7: check T-1: pass: count can be compared with numbers only"},
        {"any() and count() = 1", "", "", "t.s", "t",
         "checks/t.yaml:7: check T-1: pass: expected a condition before \") and count() = 1\""},
        {"count_distinct(t.i = 1) = 1", "", "", "t.s", "t",
         "checks/t.yaml:7: check T-1: pass: expected a field before \"t.i = 1) = 1\""},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_check c = a_check(rows[i].pass);
        c.each = pl_str_c(rows[i].each);
        c.where = pl_str_c(rows[i].where);
        c.group = pl_str_c(rows[i].group);
        c.kind = pl_str_c(rows[i].kind);
        assert_int_equal(compile(b, &c, 1), PL_FORMAT);
        assert_string_equal(b->err.text, rows[i].text);
    }
}

/* ---- test cases beside checks ---- */

static void test_cases_are_run_and_wrong_ones_named(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("t.i = 1");
    PL_AUTO_BUF pl_buf out = {0};
    pl_rules_test_result r;
    pl_check_test tests[] = {
        {.name = PL_S("one"), .verdict = PL_PASS, .line = 10},
        {.name = PL_S("two"), .verdict = PL_PASS, .line = 20},
        {.name = PL_S("lost"), .verdict = PL_UNKNOWN, .reason = PL_S("timeout"), .line = 30},
    };

    tests[0].subject = fixture_record(b->a, fixture_subject(), PL_S("t.i=1"));
    tests[1].subject = fixture_record(b->a, fixture_subject(), PL_S("t.i=2"));
    tests[2].subject = fixture_record(b->a, fixture_subject(), PL_S("t.i=!denied"));
    c.tests = tests;
    c.n_tests = 3;
    assert_ok(compile(b, &c, 1), b->err);
    assert_ok(pl_rules_test(b->rules, &out, &r, &b->err), b->err);
    assert_int_equal(r.n_checks, 1);
    assert_int_equal(r.n_cases, 3);
    assert_int_equal(r.n_failed, 3);
    assert_str(pl_buf_view(&out),
               "checks/t.yaml:20: T-1: two: is fail, expected pass\n"
               "checks/t.yaml:30: T-1: lost: is unknown (denied, t.i), expected unknown (timeout)\n"
               "checks/t.yaml:7: T-1: no test expects fail\n");
}

static void a_test_case_can_set_a_policy_parameter_for_itself(void **state)
{
    struct bench *b = *state;
    pl_check c = a_check("t.s in (unset)");
    static const pl_str one[] = {{"a", 1}};
    static const pl_policy_value set = {{"unset", 5}, one, 1}, strange = {{"strange", 7}, one, 1};
    PL_AUTO_BUF pl_buf out = {0};
    pl_rules_test_result r;
    pl_check_test tests[] = {
        {.name = PL_S("in"), .verdict = PL_PASS, .policy = &set, .n_policy = 1},
        {.name = PL_S("out"), .verdict = PL_FAIL, .policy = &set, .n_policy = 1},
        {.name = PL_S("nobody said"), .verdict = PL_UNKNOWN, .reason = PL_S("needs:policy")},
    };

    tests[0].subject = fixture_record(b->a, fixture_subject(), PL_S("t.s=\"a\""));
    tests[1].subject = fixture_record(b->a, fixture_subject(), PL_S("t.s=\"b\""));
    tests[2].subject = tests[0].subject;
    c.tests = tests;
    c.n_tests = 3;
    assert_ok(compile(b, &c, 1), b->err);
    assert_ok(pl_rules_test(b->rules, &out, &r, &b->err), b->err);
    assert_str(pl_buf_view(&out), "");
    assert_int_equal(r.n_cases, 3);
    tests[0].subject = fixture_record(b->a, fixture_subject(), PL_S("t.s=!denied"));
    assert_ok(pl_rules_test(b->rules, &out, &r, &b->err), b->err);
    assert_str(pl_buf_view(&out),
               "checks/t.yaml:0: T-1: in: is unknown (denied, t.s), expected pass\n");
    tests[0].policy = &strange;
    assert_int_equal(pl_rules_test(b->rules, &out, &r, &b->err), PL_FORMAT);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_check_passes_fails_or_is_unknown),
        T(applies_that_is_unknown_never_means_not_applicable),
        T(a_check_that_needs_a_part_is_unknown_for_each_subject),
        T(a_policy_parameter_that_is_unset_makes_unknown),
        T(findings_come_by_subject_then_by_check),
        T(one_failed_element_makes_fail_and_is_the_evidence),
        T(two_failed_elements_leave_the_element_empty),
        T(an_unknown_element_makes_unknown_unless_one_fails),
        T(a_check_whose_applies_is_unknown_shows_no_list),
        T(only_what_can_be_waived_has_an_evidence_hash),
        T(all_elements_pass_and_are_listed),
        T(an_empty_list_means_what_the_check_says),
        T(where_leaves_elements_out_but_not_unknown_ones),
        T(more_failed_elements_than_evidence_shows_are_counted),
        T(the_first_true_severity_rule_wins_and_doubt_never_lowers),
        T(the_worst_failed_element_gives_the_severity),
        T(subjects_with_the_same_value_are_judged_together),
        T(a_member_that_cannot_be_placed_makes_only_open_groups_unknown),
        T(counts_over_unread_members_are_ranges),
        T(any_and_all_follow_three_values),
        T(the_evidence_hash_covers_just_the_named_fields),
        T(another_element_that_is_as_bad_is_other_evidence),
        T(the_evidence_hash_covers_what_some_found),
        T(what_some_could_not_read_is_evidence),
        T(some_and_each_do_not_mix),
        T(members_of_a_group_are_asked_for_some_of_their_lists),
        T(the_order_of_elements_does_not_change_the_hash),
        T(ten_thousand_failed_elements_are_one_finding),
        T(a_secret_is_neither_shown_nor_hashed),
        T(the_revision_follows_the_meaning_not_the_spelling),
        T(the_id_outlives_the_subject_and_the_elements),
        T(each_failed_element_has_a_mark_of_its_own),
        T(checks_that_do_not_load_say_where_and_why),
        T(test_cases_are_run_and_wrong_ones_named),
        T(a_test_case_can_set_a_policy_parameter_for_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
