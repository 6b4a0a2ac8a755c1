/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/attested.h"

bool pl_decision_is_word(pl_str word)
{
    return pl_str_eq(word, PL_S(PL_DECISION_ADOPTED)) ||
           pl_str_eq(word, PL_S(PL_DECISION_ALTERNATIVE)) ||
           pl_str_eq(word, PL_S(PL_DECISION_NEITHER));
}

static bool can_decide(const pl_requirement *r)
{
    return pl_str_eq(r->kind, PL_S("addressable"));
}

bool pl_is_addressable(const pl_framework *f, pl_str id)
{
    for (size_t i = 0; i < f->n; i++)
        if (pl_str_eq(f->requirements[i].id, id))
            return can_decide(&f->requirements[i]);
    return false;
}

/* ---- what a control wants ---- */

static size_t count_wanted(const pl_check *c, const pl_framework *decides)
{
    size_t n = 0;

    if (decides)
        return decides->n;
    for (size_t i = 0; i < c->n_controls; i++)
        n += c->controls[i].n;
    return n;
}

static void fill(const pl_check *c, const pl_framework *decides, pl_attested *to)
{
    for (size_t i = 0; decides && i < decides->n; i++)
        if (can_decide(&decides->requirements[i]))
            to->points[to->n++].id = (pl_requirement_id){decides->id, decides->requirements[i].id};
    for (size_t i = 0; !decides && i < c->n_controls; i++)
        for (size_t k = 0; k < c->controls[i].n; k++)
            to->points[to->n++].id =
                (pl_requirement_id){c->controls[i].framework, c->controls[i].ids[k]};
    if (!decides && to->n == 0)
        to->n = 1;
}

/* ---- what was said ---- */

static bool is_of(const pl_govern_row *row, const pl_check *c)
{
    return pl_statement_is(&row->s, PL_STATEMENT_ATTESTATION) && pl_str_eq(row->s.what, c->id);
}

static bool names(const pl_statement *s, const pl_requirement_id *id)
{
    for (size_t i = 0; i < s->n_requirements; i++)
        if (pl_str_eq(s->requirements[i].framework, id->framework) &&
            pl_str_eq(s->requirements[i].id, id->id))
            return true;
    return false;
}

static bool counts_for(const pl_statement *s, const pl_check *c, const pl_requirement_id *id)
{
    if (c->decides.n)
        return pl_decision_is_word(s->decision) && names(s, id);
    if (s->n_requirements)
        return names(s, id);
    return c->named.n == 0 || !pl_str_eq(c->named, id->framework);
}

/* Whether a later row says something about the same specification. */
static bool is_said_again(const pl_govern *g, const pl_check *c, size_t at,
                          const pl_requirement_id *id)
{
    for (size_t i = at + 1; i < g->n; i++)
        if (is_of(&g->rows[i], c) && counts_for(&g->rows[i].s, c, id))
            return true;
    return false;
}

/* A record that a required specification is not adopted, where nobody took it back. */
static void find_wrong(const pl_govern *g, const pl_check *c, const pl_framework *f, size_t at,
                       pl_attested *to)
{
    const pl_statement *s = &g->rows[at].s;

    if (to->wrong || !s->decision.n || pl_str_eq(s->decision, PL_S(PL_DECISION_ADOPTED)))
        return;
    for (size_t i = 0; i < s->n_requirements && !to->wrong; i++) {
        const pl_requirement_id *id = &s->requirements[i];
        if (!pl_str_eq(id->framework, f->id) || pl_is_addressable(f, id->id) ||
            is_said_again(g, c, at, id))
            continue;
        to->wrong = &g->rows[at];
        to->wrong_id = id->id;
    }
}

pl_rc pl_attested_of(const pl_content *content, const pl_govern *g, const pl_check *c, pl_arena *a,
                     pl_attested *ret, pl_err *err)
{
    const pl_framework *decides =
        c->decides.n && content ? pl_content_framework(content, c->decides) : NULL;
    size_t room = count_wanted(c, decides);

    *ret = (pl_attested){.points = pl_arena_calloc(a, room + 1, sizeof(*ret->points))};
    if (!ret->points)
        return pl_fail(err, PL_LIMIT, "%.*s: statements do not fit the memory of the run",
                       PL_F(c->id));
    fill(c, decides, ret);
    for (size_t i = g->n; i-- > 0;) {
        if (!is_of(&g->rows[i], c))
            continue;
        for (size_t k = 0; k < ret->n; k++)
            if (!ret->points[k].row && counts_for(&g->rows[i].s, c, &ret->points[k].id))
                ret->points[k].row = &g->rows[i];
        if (decides)
            find_wrong(g, c, decides, i, ret);
    }
    return PL_OK;
}
