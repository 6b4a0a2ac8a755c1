/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions over the members of a group.
 *
 * What could not be read makes a number a range: a member whose condition is unknown, or of which
 * it is unknown whether it belongs to the group, may or may not count. A comparison is true or
 * false when it is so for every number of the range, else unknown.
 */
#include "rules/eval.h"

struct range {
    int64_t lo, hi;
    pl_why why; /* what makes lo and hi differ, first */
};

static void doubt(struct range *r, const pl_why *why)
{
    if (r->lo == r->hi)
        r->why = *why;
    r->hi++;
}

/* Runs the condition for one member: does it count? */
static pl_truth holds(pl_eval *e, const pl_operand *o, const pl_member *m, pl_why *why)
{
    pl_eval one = *e;
    pl_value room;
    const char *field = NULL;
    pl_truth t = PL_TRUE;

    one.subject = m->rec;
    one.members = NULL;
    one.n_members = 0;
    if (o->cond) {
        t = pl_eval_run(&one, o->cond, why);
    } else if (o->args) {
        const pl_value *v = pl_eval_operand(&one, o->args, &room, &field);
        t = v->state == PL_ABSENT ? PL_FALSE : v->state == PL_PRESENT ? PL_TRUE : PL_DONT_KNOW;
        if (t == PL_DONT_KNOW)
            *why = (pl_why){v->reason ? v->reason : "unreadable", field};
    }
    e->steps = one.steps;
    return t;
}

static struct range count_members(pl_eval *e, const pl_operand *o)
{
    struct range r = {0};

    for (size_t i = 0; i < e->n_members; i++) {
        const pl_member *m = &e->members[i];
        pl_why why;
        pl_truth t = holds(e, o, m, &why);
        if (t == PL_DONT_KNOW)
            doubt(&r, &why);
        else if (t == PL_TRUE && m->is_doubtful)
            doubt(&r, &m->why);
        else if (t == PL_TRUE)
            r = (struct range){r.lo + 1, r.hi + 1, r.why};
    }
    return r;
}

/* ---- distinct values ---- */

static bool same_value(pl_type type, const pl_value *a, const pl_value *b)
{
    switch (type) {
    case PL_T_BOOL:
        return a->u.b == b->u.b;
    case PL_T_INT:
    case PL_T_TIME:
        return a->u.i == b->u.i;
    case PL_T_STR:
    case PL_T_IP:
        return pl_str_eq(a->u.s, b->u.s);
    case PL_T_STRS:
    case PL_T_INTS:
    case PL_T_RECS:
    case PL_T_REC:
        break;
    }
    return false;
}

/* Two passes: what is sure first, so that a doubtful member with a known value adds nothing. */
struct distinct {
    pl_eval *e;
    const pl_operand *o;
    pl_value *seen;
    size_t n;
    struct range range;
};

static bool was_seen(struct distinct *d, const pl_value *v)
{
    for (size_t i = 0; i < d->n; i++)
        if (same_value(d->o->args->type, &d->seen[i], v))
            return true;
    return !pl_eval_charge(d->e, 1 + d->n);
}

static void add_member(struct distinct *d, const pl_member *m)
{
    pl_eval one = *d->e;
    pl_value room;
    const char *field = NULL;

    one.subject = m->rec;
    const pl_value *v = pl_eval_operand(&one, d->o->args, &room, &field);
    if (v->state == PL_ABSENT || (v->state == PL_PRESENT && was_seen(d, v)))
        return;
    if (v->state == PL_UNREADABLE) {
        pl_why why = {v->reason ? v->reason : "unreadable", field};
        doubt(&d->range, &why);
        return;
    }
    d->seen[d->n++] = *v;
    if (m->is_doubtful) {
        doubt(&d->range, &m->why);
    } else {
        d->range.lo++;
        d->range.hi++;
    }
}

static struct range count_distinct(pl_eval *e, const pl_operand *o)
{
    struct distinct d = {.e = e, .o = o};

    d.seen = pl_arena_calloc(e->scratch, e->n_members + 1, sizeof(*d.seen));
    if (!d.seen) {
        const pl_why why = {"limit:memory", o->name};
        return (struct range){0, INT64_MAX, why};
    }
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < e->n_members; i++)
            if (e->members[i].is_doubtful == (pass == 1))
                add_member(&d, &e->members[i]);
    return d.range;
}

/* ---- comparing a range ---- */

static pl_truth unless(bool is_true, bool is_false, const struct range *r, pl_why *why)
{
    if (is_true)
        return PL_TRUE;
    if (is_false)
        return PL_FALSE;
    *why = r->why;
    return PL_DONT_KNOW;
}

static pl_truth negate(pl_truth t)
{
    if (t == PL_DONT_KNOW)
        return t;
    return t == PL_TRUE ? PL_FALSE : PL_TRUE;
}

static pl_truth compare_range(const struct range *r, pl_op op, int64_t to, pl_why *why)
{
    switch ((int)op) {
    case PL_OP_LE:
        return unless(r->hi <= to, r->lo > to, r, why);
    case PL_OP_LT:
        return unless(r->hi < to, r->lo >= to, r, why);
    case PL_OP_GE:
        return unless(r->lo >= to, r->hi < to, r, why);
    case PL_OP_GT:
        return unless(r->lo > to, r->hi <= to, r, why);
    case PL_OP_NE:
        return negate(unless(r->lo == to && r->hi == to, to < r->lo || to > r->hi, r, why));
    default:
        return unless(r->lo == to && r->hi == to, to < r->lo || to > r->hi, r, why);
    }
}

static pl_truth range_in(const struct range *r, const pl_consts *c, pl_why *why)
{
    bool may_be = false;

    for (size_t i = 0; i < c->n; i++) {
        pl_truth t = compare_range(r, PL_OP_EQ, c->ints[i], why);
        if (t == PL_TRUE)
            return t;
        may_be |= t == PL_DONT_KNOW;
    }
    return may_be ? PL_DONT_KNOW : PL_FALSE;
}

pl_truth pl_eval_count(pl_eval *e, const pl_code *t, pl_why *why)
{
    const pl_operand *o = t->left;

    if (t->op == PL_OP_EXISTS)
        return PL_TRUE;
    struct range r =
        o->group_fn == PL_GROUP_COUNT_DISTINCT ? count_distinct(e, o) : count_members(e, o);
    if (e->steps == 0) {
        *why = (pl_why){"limit:steps", NULL};
        return PL_DONT_KNOW;
    }
    bool is_list = pl_ops[t->op].cls == PL_OPS_LIST;
    pl_truth got = is_list ? range_in(&r, &t->consts, why) : PL_DONT_KNOW;
    if (!is_list && !t->consts.unset)
        return compare_range(&r, t->op, t->consts.ints[0], why);
    if (t->consts.unset && got != PL_TRUE) {
        *why = (pl_why){"needs:policy", t->consts.unset};
        return PL_DONT_KNOW;
    }
    return got;
}

pl_truth pl_eval_members(pl_eval *e, const pl_operand *o, pl_why *why)
{
    pl_truth stop = o->group_fn == PL_GROUP_ANY ? PL_TRUE : PL_FALSE;
    pl_truth all = stop == PL_TRUE ? PL_FALSE : PL_TRUE;

    for (size_t i = 0; i < e->n_members; i++) {
        const pl_member *m = &e->members[i];
        pl_why doubt_why;
        pl_truth t = holds(e, o, m, &doubt_why);
        if (t == stop && !m->is_doubtful)
            return stop;
        if (t == stop) {
            t = PL_DONT_KNOW;
            doubt_why = m->why;
        }
        if (t == PL_DONT_KNOW && all != PL_DONT_KNOW) {
            all = PL_DONT_KNOW;
            *why = doubt_why;
        }
    }
    return all;
}
