/* SPDX-License-Identifier: Apache-2.0 */
/* Grype says nothing of how it ended: a document without matches is no word that there are none. */
#include "core/clock.h"
#include "ingest/limits.h"
#include "ingest/readers.h"

struct match {
    pl_str id, severity, description, fix, state, name, version, path;
};

/* The first of a list of texts, or of objects with that member. */
static void read_first(pl_json_rd *r, pl_arena *a, const char *key, pl_str *to)
{
    const pl_json_slot slot = {key, to};
    pl_str none;

    if (!pl_json_enter_array(r))
        return;
    for (bool is_first = true; pl_json_item(r); is_first = false) {
        if (!is_first)
            pl_json_string_head(r, a, 0, &none);
        else if (pl_json_peek(r) == '{')
            pl_ingest_texts(r, a, &slot, 1, PL_INGEST_PLACE);
        else
            pl_json_string_head(r, a, PL_INGEST_NAME, to);
    }
}

static void read_fix(pl_json_rd *r, pl_arena *a, struct match *to)
{
    const pl_json_slot slot = {"state", &to->state};

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("versions")))
            read_first(r, a, "", &to->fix);
        else if (!pl_json_pick(r, a, key, &slot, 1, PL_INGEST_NAME))
            pl_json_skip(r);
    }
}

static void read_vulnerability(pl_json_rd *r, pl_arena *a, struct match *to)
{
    const pl_json_slot slots[] = {
        {"id", &to->id}, {"severity", &to->severity}, {"description", &to->description}};

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("fix")))
            read_fix(r, a, to);
        else if (!pl_json_pick(r, a, key, slots, PL_COUNT(slots), PL_INGEST_MESSAGE))
            pl_json_skip(r);
    }
}

static void read_artifact(pl_json_rd *r, pl_arena *a, struct match *to)
{
    const pl_json_slot slots[] = {{"name", &to->name}, {"version", &to->version}};

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("locations")))
            read_first(r, a, "path", &to->path);
        else if (!pl_json_pick(r, a, key, slots, 2, PL_INGEST_NAME))
            pl_json_skip(r);
    }
}

static pl_rc read_matches(pl_ingest_out *out, pl_json_rd *r, const char *place, pl_outcome outcome,
                          pl_err *err)
{
    pl_ingest_list list = {.out = out, .place = pl_str_c(place)};
    pl_rc rc = PL_OK;

    while (!rc && pl_ingest_next(&list, r, &rc, err)) {
        struct match m = {0};
        (void)pl_json_enter_object(r);
        for (pl_str key; pl_json_key(r, &key);) {
            if (pl_str_eq(key, PL_S("vulnerability")))
                read_vulnerability(r, out->row, &m);
            else if (pl_str_eq(key, PL_S("artifact")))
                read_artifact(r, out->row, &m);
            else
                pl_json_skip(r);
        }
        if (r->is_bad)
            break;
        if (!m.id.n) {
            rc =
                pl_ingest_problem_at(out, err, "names no vulnerability", "%s[%zu]", place, list.at);
            continue;
        }
        const pl_ingest_row row = {
            .outcome = outcome,
            .severity = pl_ingest_severity(m.severity),
            .topic = PL_TOPIC_VULNERABILITY,
            .rule = m.id,
            .title = m.description,
            .where = pl_ingest_text(out->row, "%.*s %.*s%s%.*s%s%.*s", PL_F(m.name),
                                    PL_F(m.version), m.path.n ? " in " : "", PL_F(m.path),
                                    m.fix.n ? ", fixed in " : "", PL_F(m.fix)),
        };
        rc = pl_ingest_put(out, &row, err);
    }
    return rc;
}

/* {"type": "image", "target": {"userInput": "web:1"}}, or the target as text. */
static void read_source(pl_json_rd *r, pl_arena *a, pl_str *to)
{
    const pl_json_slot slot = {"userInput", to};

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (!pl_str_eq(key, PL_S("target")))
            pl_json_skip(r);
        else if (pl_json_peek(r) == '{')
            pl_ingest_texts(r, a, &slot, 1, PL_INGEST_PLACE);
        else
            pl_json_string_head(r, a, PL_INGEST_PLACE, to);
    }
}

static void read_head(pl_ingest_out *out, pl_json_rd r)
{
    pl_str time = {"", 0};
    const pl_json_slot slots[] = {
        {"name", &out->run.tool}, {"version", &out->run.version}, {"timestamp", &time}};
    int64_t us = 0;

    out->run.tool = PL_S("grype");
    (void)pl_json_enter_object(&r);
    for (pl_str key; pl_json_key(&r, &key);) {
        if (pl_str_eq(key, PL_S("descriptor")))
            pl_ingest_texts(&r, out->arena, slots, PL_COUNT(slots), PL_INGEST_NAME);
        else if (pl_str_eq(key, PL_S("source")))
            read_source(&r, out->arena, &out->run.about);
        else
            pl_json_skip(&r);
    }
    if (pl_time_parse(time, &us))
        pl_ingest_ran(&out->run, us);
}

pl_rc pl_ingest_grype(pl_ingest_out *out, pl_str text, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(text);
    pl_rc rc = PL_OK;

    if (pl_json_peek(&r) != '{')
        return pl_fail(err, PL_FORMAT, "is no object");
    pl_ingest_begin(out);
    read_head(out, r);
    (void)pl_json_enter_object(&r);
    for (pl_str key; !rc && pl_json_key(&r, &key);) {
        if (pl_str_eq(key, PL_S("matches")))
            rc = read_matches(out, &r, "matches", PL_OUTCOME_FAIL, err);
        else if (pl_str_eq(key, PL_S("ignoredMatches")))
            rc = read_matches(out, &r, "ignoredMatches", PL_OUTCOME_SUPPRESSED, err);
        else
            pl_json_skip(&r);
    }
    if (rc)
        return rc;
    (void)pl_json_done(&r);
    pl_ingest_cut_json(out, &r);
    return pl_ingest_end(out, err);
}
