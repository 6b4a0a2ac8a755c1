/* SPDX-License-Identifier: Apache-2.0 */
#include "report/groups.h"

#include "core/json_put.h"

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

/* What fails and what is unknown, of a subject or of a group of them. */
struct count {
    size_t n_unknown;
    size_t failed[PL_UNKNOWN_SEVERITY + 1];
};

struct group {
    pl_str within; /* of a pod: its namespace, for pods of two may have one name */
    pl_str name;   /* empty: of those that belong to none */
    size_t n_subjects;
    struct count count;
};

/* A subject in scope, and where it belongs. */
struct member {
    pl_str within, name;
    const struct count *count;
};

struct grouping {
    const pl_assessment *a;
    struct count *counts; /* of each subject in scope */
    struct member *members;
    struct group *v;
    size_t n;
};

static void done(struct grouping *g)
{
    free(g->counts);
    free(g->members);
    free(g->v);
}

static void count_findings(struct grouping *g)
{
    size_t at = 0;

    /* They come subject by subject, so that the last one is mostly the next one's. */
    for (size_t i = 0; i < g->a->n_findings; i++) {
        const pl_finding *f = g->a->findings[i];
        for (size_t k = 0; k < g->a->n_subjects && g->a->subjects[at].subject != f->subject; k++)
            at = (at + 1) % g->a->n_subjects;
        if (g->a->subjects[at].subject != f->subject)
            continue;
        struct count *to = &g->counts[at];
        to->n_unknown += f->verdict == PL_UNKNOWN;
        if (f->verdict == PL_FAIL && (size_t)f->severity < PL_COUNT(to->failed))
            to->failed[f->severity]++;
    }
}

static bool init(struct grouping *g, const pl_assessment *a)
{
    *g = (struct grouping){.a = a,
                           .counts = calloc(a->n_subjects + 1, sizeof(*g->counts)),
                           .members = calloc(a->n_subjects + 1, sizeof(*g->members)),
                           .v = calloc(a->n_subjects + 1, sizeof(*g->v))};
    if (!g->counts || !g->members || !g->v || !a->n_subjects)
        return g->counts && g->members && g->v;
    count_findings(g);
    return true;
}

/* ---- who belongs where ---- */

static pl_str attribute(const pl_scope_subject *s, pl_report_group by)
{
    for (size_t i = 0; i < s->n_attrs; i++)
        if (pl_str_eq(s->attrs[i].name, pl_str_c(words[by])))
            return s->attrs[i].value;
    return (pl_str){"", 0};
}

/* A document of an older version has no context; there, attributes of containers say it. */
static pl_str name_of(const pl_scope_subject *s, pl_report_group by)
{
    static const pl_subject_context nowhere;
    const pl_subject_context *c = s->subject->context ? s->subject->context : &nowhere;

    for (size_t i = 0; i < PL_CONTEXT_MEMBERS; i++)
        if (strcmp(pl_subject_context_words[i], words[by]) == 0 && pl_subject_context_get(c, i).n)
            return pl_subject_context_get(c, i);
    if (!pl_str_eq(s->subject->kind, PL_S("container")))
        return (pl_str){"", 0};
    return by == PL_GROUP_CONTAINER ? s->subject->name : attribute(s, by);
}

static int by_name(const void *x, const void *y)
{
    const struct member *a = x, *b = y;
    int order = pl_str_cmp(a->within, b->within);

    return order ? order : pl_str_cmp(a->name, b->name);
}

static void add(struct count *to, const struct count *from)
{
    to->n_unknown += from->n_unknown;
    for (size_t i = 0; i < PL_COUNT(to->failed); i++)
        to->failed[i] += from->failed[i];
}

static int by_worst(const void *x, const void *y)
{
    const struct group *a = x, *b = y;

    if (!a->name.n != !b->name.n)
        return a->name.n ? -1 : 1;
    for (size_t i = PL_CRITICAL + 1; i-- > 0;)
        if (a->count.failed[i] != b->count.failed[i])
            return a->count.failed[i] > b->count.failed[i] ? -1 : 1;
    return pl_str_cmp(a->name, b->name);
}

static void group_by(struct grouping *g, pl_report_group by)
{
    const size_t n = g->a->n_subjects;

    for (size_t i = 0; i < n; i++) {
        const pl_scope_subject *s = &g->a->subjects[i];
        g->members[i] = (struct member){.name = name_of(s, by), .count = &g->counts[i]};
        if (by == PL_GROUP_POD && g->members[i].name.n)
            g->members[i].within = name_of(s, PL_GROUP_NAMESPACE);
    }
    qsort(g->members, n, sizeof(*g->members), by_name);
    g->n = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || by_name(&g->members[i - 1], &g->members[i]) != 0)
            g->v[g->n++] = (struct group){g->members[i].within, g->members[i].name, 0, {0}};
        g->v[g->n - 1].n_subjects++;
        add(&g->v[g->n - 1].count, g->members[i].count);
    }
    qsort(g->v, g->n, sizeof(*g->v), by_worst);
}

/* ---- lines ---- */

static const pl_severity shown[] = {PL_CRITICAL, PL_HIGH, PL_MEDIUM, PL_LOW};

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

static void say_name(const struct group *g, pl_buf *out)
{
    pl_buf_str(out, g->within);
    pl_buf_c(out, g->within.n ? "/" : "");
    pl_buf_str(out, g->name);
}

static void write_group(pl_lines *l, const struct group *g)
{
    PL_AUTO_BUF pl_buf name = {0};

    say_name(g, &name);
    pl_line_cell(l, PL_INK_PLAIN, g->name.n ? pl_buf_view(&name) : PL_S("(none)"), NAME);
    pl_line_count(l, PL_INK_PLAIN, g->n_subjects, COUNT);
    for (size_t i = 0; i < PL_COUNT(shown); i++)
        pl_line_count(l, g->count.failed[shown[i]] ? pl_ink_of(shown[i]) : PL_INK_PLAIN,
                      g->count.failed[shown[i]], COUNT);
    pl_line_count(l, PL_INK_PLAIN, g->count.n_unknown, COUNT);
    pl_line_end(l);
}

void pl_groups_write(pl_lines *l, const pl_assessment *a, pl_report_group by)
{
    PL_CLEANUP(done) struct grouping g;

    if (!init(&g, a)) {
        l->out->bad = true;
        return;
    }
    if (by == PL_GROUP_NONE || !a->n_subjects)
        return;
    group_by(&g, by);
    write_head(l, by);
    for (size_t i = 0; i < g.n; i++)
        write_group(l, &g.v[i]);
    pl_line_end(l);
}

/* ---- JSON ---- */

static void put_group(pl_jw *w, const struct group *g, pl_report_group by)
{
    PL_AUTO_BUF pl_buf name = {0};

    say_name(g, &name);
    pl_jw_object(w);
    pl_jput_c(w, "by", words[by]);
    pl_jput_str(w, "name", pl_buf_view(&name));
    pl_jput_int(w, "subjects", (int64_t)g->n_subjects);
    pl_jopen_object(w, "fail");
    for (int i = PL_UNKNOWN_SEVERITY; i >= PL_INFO; i--)
        pl_jput_int(w, pl_severity_word((pl_severity)i), (int64_t)g->count.failed[i]);
    pl_jw_end(w);
    pl_jput_int(w, "unknown", (int64_t)g->count.n_unknown);
    pl_jw_end(w);
}

void pl_groups_put(pl_jw *w, const pl_assessment *a)
{
    PL_CLEANUP(done) struct grouping g;

    if (!init(&g, a)) {
        w->out->bad = true;
        return;
    }
    pl_jopen_array(w, "groups");
    for (int by = PL_GROUP_NONE + 1; by < PL_REPORT_GROUP_COUNT; by++) {
        group_by(&g, (pl_report_group)by);
        for (size_t i = 0; i < g.n; i++)
            if (g.v[i].name.n)
                put_group(w, &g.v[i], (pl_report_group)by);
    }
    pl_jw_end(w);
}
