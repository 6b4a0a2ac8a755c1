/* SPDX-License-Identifier: Apache-2.0 */
#include "report/groups.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
#define X(sym, word) [PL_GROUP_##sym] = word,
    PL_REPORT_GROUPS(X)
#undef X
};

bool pl_report_group_parse(pl_str s, pl_report_group *ret)
{
    for (size_t i = PL_GROUP_NONE + 1; i < PL_COUNT(words); i++)
        if (pl_str_eq(s, pl_str_c(words[i]))) {
            *ret = (pl_report_group)i;
            return true;
        }
    return false;
}

struct group {
    pl_str name; /* empty: of those that belong to none */
    size_t n_subjects, n_unknown;
    size_t failed[PL_CRITICAL + 1];
};

struct grouping {
    const pl_assessment *a;
    struct group *v;
    size_t n;
    size_t *of; /* of each subject in scope */
};

/* The attributes of a subject say it (model/assessment.h). */
static pl_str name_of(const pl_scope_subject *s, pl_report_group by)
{
    if (!pl_str_eq(s->subject->kind, PL_S("container")))
        return (pl_str){"", 0};
    if (by == PL_GROUP_CONTAINER)
        return s->subject->name;
    for (size_t i = 0; i < s->n_attrs; i++)
        if (pl_str_eq(s->attrs[i].name, pl_str_c(words[by])))
            return s->attrs[i].value;
    return (pl_str){"", 0};
}

static size_t group_of(struct grouping *g, pl_str name)
{
    size_t i = 0;

    while (i < g->n && !pl_str_eq(g->v[i].name, name))
        i++;
    if (i == g->n)
        g->v[g->n++] = (struct group){.name = name};
    return i;
}

static void add_findings(struct grouping *g)
{
    size_t at = 0;

    /* They come subject by subject, so that the last one is mostly the next one's. */
    for (size_t i = 0; i < g->a->n_findings; i++) {
        const pl_finding *f = g->a->findings[i];
        for (size_t k = 0; k < g->a->n_subjects && g->a->subjects[at].subject != f->subject; k++)
            at = (at + 1) % g->a->n_subjects;
        if (g->a->subjects[at].subject != f->subject)
            continue;
        struct group *to = &g->v[g->of[at]];
        to->n_unknown += f->verdict == PL_UNKNOWN;
        if (f->verdict == PL_FAIL && (size_t)f->severity < PL_COUNT(to->failed))
            to->failed[f->severity]++;
    }
}

static int by_worst(const void *x, const void *y)
{
    const struct group *a = x, *b = y;

    if (!a->name.n != !b->name.n)
        return a->name.n ? -1 : 1;
    for (size_t i = PL_COUNT(a->failed); i-- > 0;)
        if (a->failed[i] != b->failed[i])
            return a->failed[i] > b->failed[i] ? -1 : 1;
    return pl_str_cmp(a->name, b->name);
}

/* ---- lines ---- */

enum { NAME = 40, COUNT = 10 };

static void write_head(pl_lines *l, pl_report_group by)
{
    static const char *const columns[] = {"subjects", "critical", "high",
                                          "medium",   "low",      "unknown"};

    pl_line_cell(l, PL_INK_DIM, pl_str_c(words[by]), NAME);
    for (size_t i = 0; i < PL_COUNT(columns); i++) {
        pl_line_fmt(l, PL_INK_DIM, "%*s", COUNT, columns[i]);
    }
    pl_line_end(l);
}

static void write_group(pl_lines *l, const struct group *g)
{
    static const pl_severity shown[] = {PL_CRITICAL, PL_HIGH, PL_MEDIUM, PL_LOW};

    pl_line_cell(l, PL_INK_PLAIN, g->name.n ? g->name : PL_S("(none)"), NAME);
    pl_line_count(l, PL_INK_PLAIN, g->n_subjects, COUNT);
    for (size_t i = 0; i < PL_COUNT(shown); i++)
        pl_line_count(l, g->failed[shown[i]] ? pl_ink_of(shown[i]) : PL_INK_PLAIN,
                      g->failed[shown[i]], COUNT);
    pl_line_count(l, PL_INK_PLAIN, g->n_unknown, COUNT);
    pl_line_end(l);
}

void pl_groups_write(pl_lines *l, const pl_assessment *a, pl_report_group by)
{
    PL_AUTO_FREE struct group *groups = calloc(a->n_subjects + 1, sizeof(*groups));
    PL_AUTO_FREE size_t *of = calloc(a->n_subjects + 1, sizeof(*of));
    struct grouping g = {.a = a, .v = groups, .of = of};

    if (!groups || !of) {
        l->out->bad = true;
        return;
    }
    if (by == PL_GROUP_NONE || !a->n_subjects)
        return;
    for (size_t i = 0; i < a->n_subjects; i++) {
        of[i] = group_of(&g, name_of(&a->subjects[i], by));
        groups[of[i]].n_subjects++;
    }
    add_findings(&g);
    qsort(groups, g.n, sizeof(*groups), by_worst);
    write_head(l, by);
    for (size_t i = 0; i < g.n; i++)
        write_group(l, &groups[i]);
    pl_line_end(l);
}
