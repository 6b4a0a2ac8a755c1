/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks with `group`: subjects that have the same value of a field are judged together.
 *
 * A subject to which the check does not apply, or that has no such field, is left out. One of
 * which that could not be read is unknown itself, and a doubtful member of every group that it
 * might belong to.
 */
#include "rules/rule.h"

#include <string.h>

/* One subject's place. */
struct place {
    pl_truth is_in; /* PL_DONT_KNOW: a doubtful member */
    pl_why why;
    bool has_value; /* else the group's field could not be read */
    pl_str value;   /* text of the group field */
    bool is_done;
};

struct grouping {
    pl_judge *j;
    const pl_rule *rule;
    pl_subject *const *subjects;
    size_t n;
    struct place *places;
    pl_member *members;
};

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "groups do not fit their memory");
}

/* The value of the group's field as text; *state tells whether there is one. */
static pl_str group_value(struct grouping *g, const pl_record *r, pl_state *state, pl_why *why)
{
    pl_value room;
    const pl_value *v = pl_field_get(g->rule->group, r, NULL, &room);
    pl_field row = *g->rule->group->value;

    *state = v->state;
    if (v->state == PL_UNREADABLE)
        *why = (pl_why){v->reason ? v->reason : "unreadable", g->rule->group->name};
    row.type = g->rule->group->type;
    row.flags = 0; /* the text only tells groups apart and is never shown */
    pl_buf_reset(&g->j->text);
    pl_value_print(&row, v, &g->j->text);
    return pl_arena_str(g->j->out, pl_buf_view(&g->j->text));
}

static pl_rc find_place(struct grouping *g, const pl_subject *s, struct place *p, pl_outcome *o,
                        pl_err *err)
{
    pl_state state;
    pl_why why;

    p->is_done = true;
    *o = (pl_outcome){.verdict = PL_NOT_APPLICABLE, .why = {g->rule->otherwise, NULL}};
    if (!pl_rule_is_for(g->rule, s))
        return PL_OK;
    p->is_in = pl_judge_condition(g->j, g->rule->applies, s->rec, NULL, &p->why);
    p->value = group_value(g, s->rec, &state, &why);
    if (!p->value.p)
        return no_room(err);
    if (p->is_in == PL_FALSE || state == PL_ABSENT) {
        p->is_in = PL_FALSE;
        return PL_OK;
    }
    p->has_value = state == PL_PRESENT;
    if (p->is_in == PL_TRUE && !p->has_value) {
        p->is_in = PL_DONT_KNOW;
        p->why = why;
    }
    p->is_done = p->is_in == PL_DONT_KNOW;
    if (p->is_done)
        *o = (pl_outcome){.verdict = PL_UNKNOWN, .why = p->why};
    return PL_OK;
}

/* Sure and doubtful members of the group that subject FIRST belongs to. */
static size_t gather(struct grouping *g, size_t first)
{
    pl_str value = g->places[first].value;
    size_t n = 0;

    for (size_t i = 0; i < g->n; i++) {
        const struct place *p = &g->places[i];
        bool elsewhere = p->has_value && !pl_str_eq(p->value, value);
        if (p->is_in != PL_FALSE && !elsewhere)
            g->members[n++] = (pl_member){g->subjects[i]->rec, p->is_in == PL_DONT_KNOW, p->why};
    }
    return n;
}

static int by_text(const void *a, const void *b)
{
    return pl_str_cmp(*(const pl_str *)a, *(const pl_str *)b);
}

/* What the condition names, of all members, in an order that does not depend on theirs. */
static pl_rc group_evidence(struct grouping *g, size_t n, pl_str *ret, pl_err *err)
{
    pl_str *texts = pl_arena_calloc(g->j->out, n, sizeof(*texts));
    pl_buf *b = &g->j->text;

    if (!texts)
        return no_room(err);
    for (size_t i = 0; i < n; i++) {
        pl_buf_reset(b);
        pl_rc rc = pl_evidence_subject(g->j, g->rule, g->members[i].rec, b, err);
        if (rc)
            return rc;
        texts[i] = pl_arena_str(g->j->out, pl_buf_view(b));
        if (!texts[i].p)
            return no_room(err);
    }
    qsort(texts, n, sizeof(*texts), by_text);
    pl_buf_reset(b);
    for (size_t i = 0; i < n; i++) {
        pl_buf_ch(b, i ? ',' : '[');
        pl_buf_str(b, texts[i]);
    }
    pl_buf_ch(b, ']');
    *ret = pl_arena_str(g->j->out, pl_buf_view(b));
    return ret->p && pl_buf_ok(b) ? PL_OK : no_room(err);
}

static pl_rc judge_one_group(struct grouping *g, size_t first, pl_outcome *ret, pl_err *err)
{
    size_t n = gather(g, first);
    pl_outcome o = {0};

    if (n > PL_RULES_GROUP_MEMBERS)
        return pl_fail(err, PL_LIMIT, "group of more than %d subjects", PL_RULES_GROUP_MEMBERS);
    pl_eval e = {.members = g->members,
                 .n_members = n,
                 .scratch = g->j->scratch,
                 .regex = &g->j->regex,
                 .steps = PL_RULES_STEPS};
    pl_truth t = pl_eval_run(&e, g->rule->pass, &o.why);
    pl_arena_reset(g->j->scratch);
    o.verdict = t == PL_TRUE ? PL_PASS : t == PL_FALSE ? PL_FAIL : PL_UNKNOWN;
    pl_rc rc = group_evidence(g, n, &o.group_evidence, err);
    if (rc)
        return rc;

    pl_str value = g->places[first].value;
    for (size_t i = first; i < g->n; i++) {
        struct place *p = &g->places[i];
        if (p->is_done || !pl_str_eq(p->value, value))
            continue;
        p->is_done = true;
        ret[i] = o;
    }
    return PL_OK;
}

pl_rc pl_judge_group(pl_judge *j, const pl_rule *rule, pl_subject *const *subjects, size_t n,
                     pl_outcome *ret, pl_err *err)
{
    struct grouping g = {.j = j, .rule = rule, .subjects = subjects, .n = n};

    g.places = pl_arena_calloc(j->out, n + 1, sizeof(*g.places));
    g.members = pl_arena_calloc(j->out, n + 1, sizeof(*g.members));
    if (!g.places || !g.members)
        return no_room(err);
    for (size_t i = 0; i < n; i++) {
        pl_rc rc = find_place(&g, subjects[i], &g.places[i], &ret[i], err);
        if (rc)
            return rc;
    }
    for (size_t i = 0; i < n; i++) {
        pl_rc rc = g.places[i].is_done ? PL_OK : judge_one_group(&g, i, ret, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}
