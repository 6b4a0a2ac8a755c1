/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/tools.h"

#include "ingest/limits.h"
#include "model/bind.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "ingest/"

enum { BUDGET = 4 << 20, ROWS = 512, DAYS_MOST = 1000 };

struct topic {
    pl_strs supports;
    int64_t days;
    bool is_there;
};

struct tool {
    pl_strs names;
    pl_topic topic;
};

/* The numbers of a benchmark's rules are the ids of that framework. */
struct benchmark {
    pl_strs names;
    pl_str framework;
    pl_strs except; /* of those that mean another thing there */
};

struct pl_ingest_tools {
    pl_arena *arena;
    const pl_content *content;
    struct topic topics[PL_TOPIC_COUNT];
    struct tool *tools;
    struct benchmark *benchmarks;
    size_t n_tools, n_benchmarks;
};

void pl_ingest_tools_free(pl_ingest_tools *t)
{
    if (t)
        pl_arena_free(t->arena);
    free(t);
}

/* ---- content ---- */

struct raw {
    pl_str topic, title, framework, days;
    pl_strs tool, supports, benchmark, except;
};

static const pl_binding keys[] = {
    {"tool", PL_BIND_STRS, false, offsetof(struct raw, tool)},
    {"topic", PL_BIND_STR, false, offsetof(struct raw, topic)},
    {"title", PL_BIND_STR, false, offsetof(struct raw, title)},
    {"days", PL_BIND_STR, false, offsetof(struct raw, days)},
    {"supports", PL_BIND_STRS, false, offsetof(struct raw, supports)},
    {"benchmark", PL_BIND_STRS, false, offsetof(struct raw, benchmark)},
    {"framework", PL_BIND_STR, false, offsetof(struct raw, framework)},
    {"except", PL_BIND_STRS, false, offsetof(struct raw, except)},
    {0},
};

static pl_rc load_topic(pl_ingest_tools *t, const pl_bind_file *f, const pl_yaml *item,
                        const struct raw *raw, pl_topic topic, pl_err *err)
{
    struct topic *to = &t->topics[topic];

    if (to->is_there)
        return pl_bind_fail(err, f, item, "topic \"%.*s\" is there twice", PL_F(raw->topic));
    if (!pl_str_i64(raw->days, &to->days) || to->days < 1 || to->days > DAYS_MOST)
        return pl_bind_fail(err, f, item, "days: 1 to %d", DAYS_MOST);
    for (size_t i = 0; i < raw->supports.n; i++)
        if (!pl_content_check(t->content, raw->supports.v[i]))
            return pl_bind_fail(err, f, item, "there is no control %.*s", PL_F(raw->supports.v[i]));
    to->supports = raw->supports;
    to->is_there = true;
    return PL_OK;
}

static pl_rc load_benchmark(pl_ingest_tools *t, const pl_bind_file *f, const pl_yaml *item,
                            const struct raw *raw, pl_err *err)
{
    if (!pl_content_framework(t->content, raw->framework))
        return pl_bind_fail(err, f, item, "there is no framework \"%.*s\"", PL_F(raw->framework));
    if (t->n_benchmarks == ROWS)
        return pl_bind_fail(err, f, item, "more than %d benchmarks", ROWS);
    t->benchmarks[t->n_benchmarks++] =
        (struct benchmark){raw->benchmark, raw->framework, raw->except};
    return PL_OK;
}

static pl_rc load_row(pl_ingest_tools *t, const pl_bind_file *f, const pl_yaml *item, pl_err *err)
{
    struct raw raw = {0};
    pl_topic topic = PL_TOPIC_UNTOLD;
    pl_rc rc = pl_bind(f, item, keys, &raw, err);

    if (rc || raw.benchmark.n)
        return rc ? rc : load_benchmark(t, f, item, &raw, err);
    if (!pl_topic_parse(raw.topic, &topic) || topic == PL_TOPIC_UNTOLD)
        return pl_bind_fail(err, f, item, "\"%.*s\" is no topic", PL_F(raw.topic));
    if (!raw.tool.n)
        return load_topic(t, f, item, &raw, topic, err);
    if (t->n_tools == ROWS)
        return pl_bind_fail(err, f, item, "more than %d rows of tools", ROWS);
    t->tools[t->n_tools++] = (struct tool){raw.tool, topic};
    return PL_OK;
}

static pl_rc load_file(pl_ingest_tools *t, const pl_content_file *file, pl_err *err)
{
    const pl_bind_file f = {file->name, t->arena};
    pl_yaml *doc = NULL;
    pl_rc rc = pl_yaml_parse(t->arena, (pl_str){(const char *)file->p, file->n}, &doc, err);

    if (rc)
        return pl_wrap(err, rc, "%s", file->name);
    if (doc->type != PL_YAML_SEQUENCE)
        return pl_bind_fail(err, &f, doc, "a sequence of topics, tools and benchmarks is wanted");
    for (size_t i = 0; !rc && i < doc->n; i++)
        rc = load_row(t, &f, &doc->items[i], err);
    return rc;
}

pl_rc pl_ingest_tools_new(const pl_content_file *files, const pl_content *content,
                          pl_ingest_tools **ret, pl_err *err)
{
    PL_AUTO_INGEST_TOOLS pl_ingest_tools *t = calloc(1, sizeof(*t));
    pl_rc rc = PL_OK;

    if (!t || !(t->arena = pl_arena_new(BUDGET)) ||
        !(t->tools = pl_arena_calloc(t->arena, ROWS, sizeof(*t->tools))) ||
        !(t->benchmarks = pl_arena_calloc(t->arena, ROWS, sizeof(*t->benchmarks))))
        return pl_fail(err, PL_NOMEM, "table of other tools");
    t->content = content;
    for (const pl_content_file *f = files; !rc && f->name; f++)
        if (strncmp(f->name, FOLDER, sizeof(FOLDER) - 1) == 0)
            rc = load_file(t, f, err);
    if (!rc)
        *ret = PL_TAKE(t, NULL);
    return rc;
}

/* ---- what a run bears on ---- */

int64_t pl_ingest_days(const pl_ingest_tools *t, pl_topic topic)
{
    return t->topics[topic].days;
}

static bool is_named(pl_strs names, pl_str name)
{
    for (size_t i = 0; i < names.n; i++)
        if (pl_str_eq_nocase(names.v[i], name))
            return true;
    return false;
}

pl_topic pl_ingest_topic_of(const pl_ingest_tools *t, pl_str tool)
{
    for (size_t i = 0; i < t->n_tools; i++)
        if (is_named(t->tools[i].names, tool))
            return t->tools[i].topic;
    return PL_TOPIC_UNTOLD;
}

struct bearings {
    pl_ingest_bearing *v; /* PL_INGEST_CONTROLS */
    size_t n;
};

static pl_ingest_bearing *bearing_on(struct bearings *b, pl_str control, pl_topic topic,
                                     bool is_by_row)
{
    for (size_t i = 0; i < b->n; i++)
        if (pl_str_eq(b->v[i].control, control) && b->v[i].topic == topic &&
            b->v[i].is_by_row == is_by_row)
            return &b->v[i];
    if (b->n == PL_INGEST_CONTROLS)
        return NULL;
    b->v[b->n] = (pl_ingest_bearing){.control = control, .topic = topic, .is_by_row = is_by_row};
    return &b->v[b->n++];
}

static void add_counts(pl_ingest_bearing *to, const size_t count[PL_OUTCOME_COUNT])
{
    to->fail += count[PL_OUTCOME_FAIL];
    to->pass += count[PL_OUTCOME_PASS];
    to->other +=
        count[PL_OUTCOME_UNKNOWN] + count[PL_OUTCOME_SUPPRESSED] + count[PL_OUTCOME_NOT_APPLICABLE];
}

static pl_rc too_many(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "a run bears on more than %d controls (PL_INGEST_CONTROLS)",
                   PL_INGEST_CONTROLS);
}

/* By what the tool looks for. A run without any result was about what its tool is for. */
static pl_rc by_topic(const pl_ingest_tools *t, const pl_ingest_run *run, struct bearings *b,
                      pl_err *err)
{
    pl_topic own = pl_ingest_topic_of(t, run->tool);
    bool has_seen = false;

    for (size_t i = 0; i < PL_TOPIC_COUNT; i++)
        has_seen |= run->is_seen[i];
    for (size_t i = 0; i < PL_TOPIC_COUNT; i++) {
        pl_topic topic = i == PL_TOPIC_UNTOLD ? own : (pl_topic)i;
        bool is_meant = run->is_seen[i] || (!has_seen && i == PL_TOPIC_UNTOLD);
        const struct topic *row = &t->topics[topic];
        for (size_t k = 0; is_meant && topic != PL_TOPIC_UNTOLD && k < row->supports.n; k++) {
            pl_ingest_bearing *to = bearing_on(b, row->supports.v[k], topic, false);
            if (!to)
                return too_many(err);
            add_counts(to, run->count[i]);
        }
    }
    return PL_OK;
}

static bool maps_to(const pl_check *c, pl_str framework, pl_str id)
{
    for (size_t i = 0; i < c->n_controls; i++)
        for (size_t k = 0; pl_str_eq(c->controls[i].framework, framework) && k < c->controls[i].n;
             k++)
            if (pl_str_eq(c->controls[i].ids[k], id))
                return true;
    return false;
}

static pl_rc by_number(const pl_ingest_tools *t, const pl_ingest_row *row,
                       const struct benchmark *mark, struct bearings *b, pl_err *err)
{
    for (size_t i = 0; i < t->content->n_checks; i++) {
        const pl_check *c = &t->content->checks[i];
        size_t count[PL_OUTCOME_COUNT] = {0};
        if (!maps_to(c, mark->framework, row->rule))
            continue;
        pl_ingest_bearing *to = bearing_on(b, c->id, PL_TOPIC_BENCHMARK, true);
        if (!to)
            return too_many(err);
        count[row->outcome] = 1;
        add_counts(to, count);
    }
    return PL_OK;
}

pl_rc pl_ingest_bearings(const pl_ingest_tools *t, const pl_ingest_run *run, pl_arena *a,
                         const pl_ingest_bearing **ret, size_t *ret_n, pl_err *err)
{
    struct bearings b = {.v = pl_arena_calloc(a, PL_INGEST_CONTROLS, sizeof(pl_ingest_bearing))};
    pl_rc rc = b.v ? by_topic(t, run, &b, err) : pl_fail(err, PL_LIMIT, "list of controls");

    for (size_t i = 0; i < t->n_benchmarks; i++) {
        const struct benchmark *mark = &t->benchmarks[i];
        if (!is_named(mark->names, run->benchmark))
            continue;
        for (size_t k = 0; !rc && k < run->n_rows; k++)
            if (run->rows[k].topic == PL_TOPIC_BENCHMARK &&
                !is_named(mark->except, run->rows[k].rule))
                rc = by_number(t, &run->rows[k], mark, &b, err);
    }
    *ret = b.v;
    *ret_n = b.n;
    return rc;
}
