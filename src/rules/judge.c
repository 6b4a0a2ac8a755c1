/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rule.h"

#include <string.h>

/* ---- what judging needs ---- */

pl_rc pl_judge_init(pl_judge *j, pl_arena *out, pl_err *err)
{
    *j = (pl_judge){.out = out};
    j->scratch = pl_arena_new(PL_RULES_SCRATCH);
    j->sha = pl_sha256_new();
    if (!j->scratch || !j->sha) {
        pl_judge_done(j);
        return pl_fail(err, PL_NOMEM, "judging");
    }
    return PL_OK;
}

void pl_judge_done(pl_judge *j)
{
    pl_arena_free(j->scratch);
    pl_sha256_free(j->sha);
    hs_free_scratch(j->regex);
    pl_buf_done(&j->text);
    pl_buf_done(&j->parts);
    free(j->elements);
    *j = (pl_judge){.out = j->out};
}

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "findings do not fit their memory");
}

/* ---- one subject ---- */

pl_truth pl_judge_condition(pl_judge *j, const pl_code *code, const pl_record *subject,
                            const pl_record *element, pl_why *why)
{
    pl_eval e = {.subject = subject,
                 .element = element,
                 .scratch = j->scratch,
                 .regex = &j->regex,
                 .steps = PL_RULES_STEPS};

    if (!code)
        return PL_TRUE;
    pl_truth t = pl_eval_run(&e, code, why);
    if (pl_arena_used(j->scratch))
        pl_arena_reset(j->scratch);
    return t;
}

static pl_outcome not_applicable(const char *reason)
{
    return (pl_outcome){.verdict = PL_NOT_APPLICABLE, .why = {reason, NULL}};
}

static pl_outcome unknown(const pl_why *why)
{
    return (pl_outcome){.verdict = PL_UNKNOWN, .why = *why};
}

static pl_verdict verdict_of(pl_truth t)
{
    if (t == PL_DONT_KNOW)
        return PL_UNKNOWN;
    return t == PL_TRUE ? PL_PASS : PL_FAIL;
}

/* The elements judged so far, by how they went. */
struct sorted {
    pl_record **by[3]; /* indexed by pl_truth */
    size_t n[3];
    pl_why why; /* of the first unknown one */
};

static void judge_element(pl_judge *j, const pl_rule *rule, const pl_record *subject,
                          pl_record *element, struct sorted *s)
{
    pl_why why;
    pl_truth t = pl_judge_condition(j, rule->where, subject, element, &why);

    if (t == PL_FALSE)
        return;
    if (t == PL_TRUE)
        t = pl_judge_condition(j, rule->pass, subject, element, &why);
    if (t == PL_DONT_KNOW && s->n[t] == 0)
        s->why = why;
    s->by[t][s->n[t]++] = element;
}

static pl_outcome sum_up(const pl_rule *rule, const struct sorted *s)
{
    static const pl_truth order[] = {PL_FALSE, PL_DONT_KNOW, PL_TRUE};

    for (size_t i = 0; i < PL_COUNT(order); i++) {
        pl_truth t = order[i];
        if (s->n[t] == 0)
            continue;
        pl_outcome o = {.verdict = verdict_of(t), .elements = s->by[t], .n_elements = s->n[t]};
        if (t == PL_DONT_KNOW)
            o.why = s->why;
        return o;
    }
    return rule->check->empty_passes ? (pl_outcome){.verdict = PL_PASS} : not_applicable("empty");
}

/* The three lists that elements are sorted into, used again for each subject. */
static pl_rc make_room(pl_judge *j, size_t n, struct sorted *s, pl_err *err)
{
    if (n > j->room_elements) {
        size_t room = n > 64 ? n : 64;
        size_t all;
        if (__builtin_mul_overflow(room, 3, &all))
            return no_room(err);
        pl_record **more = reallocarray(j->elements, all, sizeof(pl_record *));
        if (!more)
            return pl_fail(err, PL_NOMEM, "%zu elements", n);
        j->elements = more;
        j->room_elements = room;
    }
    for (size_t i = 0; i < PL_COUNT(s->by) && n; i++)
        s->by[i] = j->elements + i * j->room_elements;
    return PL_OK;
}

/* A list that is absent was read and is empty. */
static pl_rc judge_each(pl_judge *j, const pl_rule *rule, const pl_record *subject, pl_outcome *ret,
                        pl_err *err)
{
    pl_value room;
    const pl_value *list = pl_field_get(rule->each, subject, NULL, &room);
    size_t n = list->state == PL_PRESENT ? list->n : 0;
    struct sorted s = {0};

    pl_rc rc = make_room(j, n, &s, err);
    if (rc)
        return rc;
    if (list->state == PL_UNREADABLE) {
        const pl_why why = {list->reason ? list->reason : "unreadable", rule->each->name};
        *ret = unknown(&why);
    } else {
        for (size_t i = 0; i < n; i++)
            judge_element(j, rule, subject, list->u.recs[i], &s);
        *ret = sum_up(rule, &s);
    }
    ret->has_list = true;
    ret->list = *list;
    return PL_OK;
}

/* What this check asks for is somebody else's to show, and that is known. */
static bool is_inherited(pl_judge *j, const pl_rule *rule, const pl_record *subject)
{
    pl_why why;
    return rule->inherited &&
           pl_judge_condition(j, rule->inherited, subject, NULL, &why) == PL_TRUE;
}

pl_rc pl_judge_subject(pl_judge *j, const pl_rule *rule, const pl_record *subject, pl_outcome *ret,
                       pl_err *err)
{
    pl_why why;

    pl_truth t = pl_judge_condition(j, rule->applies, subject, NULL, &why);
    if (rule->needs && t != PL_FALSE) {
        *ret = unknown(&(pl_why){rule->needs, NULL});
        return PL_OK;
    }
    if (t != PL_TRUE && is_inherited(j, rule, subject)) {
        *ret = not_applicable("inherited");
        return PL_OK;
    }
    if (t != PL_TRUE) {
        *ret = t == PL_FALSE ? not_applicable(rule->otherwise) : unknown(&why);
        return PL_OK;
    }
    if (rule->each)
        return judge_each(j, rule, subject, ret, err);
    t = pl_judge_condition(j, rule->pass, subject, NULL, &why);
    *ret = t == PL_DONT_KNOW ? unknown(&why) : (pl_outcome){.verdict = verdict_of(t)};
    return PL_OK;
}

/* ---- all subjects ---- */

/* A pass over subjects by rules. */
struct pass {
    pl_judge j;
    const pl_rule *rules;
    size_t n_rules;
    pl_outcome **groups; /* for a rule with group: its outcomes, one a subject; else NULL */
    pl_subject *const *subjects;
    size_t n;
};

bool pl_rule_is_for(const pl_rule *rule, const pl_subject *s)
{
    return pl_str_eq(rule->check->kind, s->kind);
}

static pl_rc judge_groups(struct pass *p, pl_err *err)
{
    p->groups = pl_arena_calloc(p->j.out, p->n_rules + 1, sizeof(pl_outcome *));
    if (!p->groups)
        return no_room(err);
    for (size_t i = 0; i < p->n_rules; i++) {
        if (!p->rules[i].group)
            continue;
        p->groups[i] = pl_arena_calloc(p->j.out, p->n + 1, sizeof(pl_outcome));
        if (!p->groups[i])
            return no_room(err);
        pl_rc rc = pl_judge_group(&p->j, &p->rules[i], p->subjects, p->n, p->groups[i], err);
        if (rc)
            return pl_wrap(err, rc, "check %.*s", PL_F(p->rules[i].check->id));
    }
    return PL_OK;
}

static pl_rc judge_pair(struct pass *p, size_t rule, size_t subject, pl_judge_each each, void *arg,
                        pl_err *err)
{
    const pl_rule *r = &p->rules[rule];
    const pl_subject *s = p->subjects[subject];
    pl_finding *f = PL_NEW(p->j.out, pl_finding);
    pl_outcome o = {0};

    if (!f)
        return no_room(err);
    if (!r->is_compiled)
        return pl_fail(err, PL_USAGE, "check %.*s judges before it was compiled",
                       PL_F(r->check->id));
    pl_rc rc = PL_OK;
    if (p->groups[rule])
        o = p->groups[rule][subject];
    else
        rc = pl_judge_subject(&p->j, r, s->rec, &o, err);
    if (!rc)
        rc = pl_judge_write(&p->j, r, s, &o, f, err);
    return rc ? pl_wrap(err, rc, "check %.*s: %.*s", PL_F(r->check->id), PL_F(s->name))
              : each(f, arg, err);
}

static pl_rc judge_all(struct pass *p, pl_judge_each each, void *arg, pl_err *err)
{
    pl_rc rc = judge_groups(p, err);

    for (size_t s = 0; s < p->n && !rc; s++)
        for (size_t r = 0; r < p->n_rules && !rc; r++)
            if (pl_rule_is_for(&p->rules[r], p->subjects[s]))
                rc = judge_pair(p, r, s, each, arg, err);
    return rc;
}

pl_rc pl_judge_rules(const pl_rule *rules, size_t n_rules, pl_arena *a, pl_subject *const *subjects,
                     size_t n, pl_judge_each each, void *arg, pl_err *err)
{
    struct pass p = {.rules = rules, .n_rules = n_rules, .subjects = subjects, .n = n};

    pl_rc rc = pl_judge_init(&p.j, a, err);
    if (rc)
        return rc;
    rc = judge_all(&p, each, arg, err);
    pl_judge_done(&p.j);
    return rc;
}

pl_rc pl_rules_judge(const pl_rules *r, pl_arena *a, pl_subject *const *subjects, size_t n,
                     pl_judge_each each, void *arg, pl_err *err)
{
    return pl_judge_rules(r->rules, r->n, a, subjects, n, each, arg, err);
}
