/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/due.h"

#include "govern/attested.h"

#include <stdlib.h>

#define DAY_US INT64_C(86400000000)

const char *pl_due_word(pl_due_state s)
{
    static const char *const words[] = {
#define X(sym, word) [PL_DUE_##sym] = (word),
        PL_DUE_LIST(X)
#undef X
    };

    return words[s];
}

static bool is_attested(const pl_check *c)
{
    return pl_str_eq(c->needs, PL_S("attest"));
}

static pl_rc period_of(const pl_check *c, pl_period *ret, pl_err *err)
{
    return pl_period_parse(c->period, ret)
               ? PL_OK
               : pl_fail(err, PL_FORMAT, "check %.*s: period \"%.*s\" is none", PL_F(c->id),
                         PL_F(c->period));
}

pl_rc pl_due_control(const pl_content *content, pl_str id, const pl_check **ret, pl_period *ret_p,
                     pl_err *err)
{
    const pl_check *c = pl_content_check(content, id);

    if (!c)
        return pl_fail(err, PL_USAGE, "%.*s: there is no such control; plimsoll due lists them",
                       PL_F(id));
    if (!is_attested(c))
        return pl_fail(err, PL_USAGE,
                       "%.*s is judged by facts, so nobody can attest it; plimsoll waive accepts "
                       "the risk of a finding",
                       PL_F(id));
    *ret = c;
    return period_of(c, ret_p, err);
}

/* Of the last 31 days before today, those after the first statement that nobody spoke for. */
static unsigned missed_days(const pl_govern *g, pl_str control, int64_t now_us)
{
    enum { LOOK_BACK = 31 };
    uint64_t said = 0; /* bit n: n days ago */
    int64_t today = pl_day_start(now_us);
    unsigned oldest = 0, missed = 0;

    for (size_t i = 0; i < g->n; i++) {
        const pl_statement *s = &g->rows[i].s;
        int64_t ago = (today - pl_day_start(s->said_us)) / DAY_US;
        if (!pl_statement_is(s, PL_STATEMENT_ATTESTATION) || !pl_str_eq(s->what, control) ||
            s->n_requirements || ago < 0)
            continue;
        oldest = ago > LOOK_BACK ? LOOK_BACK : (unsigned)ago > oldest ? (unsigned)ago : oldest;
        if (ago <= LOOK_BACK)
            said |= UINT64_C(1) << ago;
    }
    for (unsigned day = 1; day <= oldest; day++)
        missed += !(said >> day & 1);
    return missed;
}

static pl_due_state state_of(const pl_due *d, int64_t now_us, int64_t within_us)
{
    if (!d->last)
        return PL_DUE_NEVER;
    if (now_us >= d->until_us)
        return PL_DUE_OVERDUE;
    if (now_us >= d->due_us)
        return PL_DUE_LATE;
    return d->due_us - now_us <= within_us ? PL_DUE_DUE : PL_DUE_LATER;
}

/* A day that was named and comes before the period's end counts. */
static void set_days(pl_due *d)
{
    const pl_statement *s = &d->last->s;
    pl_term term = pl_period_term(d->period, s->said_us);

    d->until_us = s->until_us ? s->until_us : term.until_us;
    d->due_us = term.due_us && term.due_us < d->until_us ? term.due_us : d->until_us;
}

static int by_urgency(const void *pa, const void *pb)
{
    const pl_due *a = pa, *b = pb;

    if (a->state != b->state)
        return (int)a->state - (int)b->state;
    if (a->due_us != b->due_us)
        return a->due_us < b->due_us ? -1 : 1;
    return pl_str_cmp(a->check->id, b->check->id);
}

/* The control stands for the most urgent of what it wants a statement for. */
static void take_point(pl_due *d, const pl_attested_point *p, pl_requirement_id *open,
                       int64_t now_us, int64_t within_us)
{
    pl_due one = {.check = d->check, .last = p->row, .period = d->period};

    if (one.last)
        set_days(&one);
    one.state = state_of(&one, now_us, within_us);
    if (one.state == PL_DUE_OVERDUE || one.state == PL_DUE_NEVER)
        open[d->n_open++] = p->id;
    if (d->n_wanted++ &&
        (one.state > d->state || (one.state == d->state && one.due_us >= d->due_us)))
        return;
    d->last = one.last;
    d->state = one.state;
    d->due_us = one.due_us;
    d->until_us = one.until_us;
}

static pl_rc fill(const pl_content *content, const pl_govern *g, int64_t now_us, int64_t within_us,
                  pl_arena *a, pl_due *d, pl_err *err)
{
    pl_attested wanted = {0};
    pl_rc rc = period_of(d->check, &d->period, err);

    if (!rc)
        rc = pl_attested_of(content, g, d->check, a, &wanted, err);
    if (rc)
        return rc;
    pl_requirement_id *open = pl_arena_calloc(a, wanted.n + 1, sizeof(*open));
    if (!open)
        return pl_fail(err, PL_NOMEM, "list of what is due");
    for (size_t i = 0; i < wanted.n; i++)
        take_point(d, &wanted.points[i], open, now_us, within_us);
    d->open = open;
    if (d->period == PL_PERIOD_DAILY)
        d->missed = missed_days(g, d->check->id, now_us);
    return PL_OK;
}

pl_rc pl_due_list(const pl_content *content, const pl_govern *g, int64_t now_us, int64_t within_us,
                  pl_arena *a, pl_due **ret, size_t *ret_n, pl_err *err)
{
    pl_due *v = pl_arena_calloc(a, content->n_checks + 1, sizeof(*v));
    size_t n = 0;
    pl_rc rc = v ? PL_OK : pl_fail(err, PL_NOMEM, "list of what is due");

    for (size_t i = 0; !rc && i < content->n_checks; i++) {
        const pl_check *c = &content->checks[i];
        if (!is_attested(c))
            continue;
        pl_due *d = &v[n++];
        *d = (pl_due){.check = c};
        rc = fill(content, g, now_us, within_us, a, d, err);
    }
    if (rc)
        return rc;
    qsort(v, n, sizeof(*v), by_urgency);
    *ret = v;
    *ret_n = n;
    return PL_OK;
}
