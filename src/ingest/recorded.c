/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the log as runs of other tools. */
#include "ingest/record.h"

#include "core/clock.h"
#include "ingest/limits.h"

#include <string.h>

struct reading {
    pl_arena *a;
    bool is_full;
};

static pl_str keep(struct reading *r, const json_t *v)
{
    pl_str s = {json_string_value(v), json_string_length(v)};
    pl_str kept = s.p ? pl_arena_str(r->a, s) : s;

    r->is_full |= s.p && !kept.p;
    return kept.p ? kept : (pl_str){"", 0};
}

static pl_str text(struct reading *r, const json_t *o, const char *key)
{
    return keep(r, json_object_get(o, key));
}

static int64_t number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static int64_t time_at(struct reading *r, const json_t *o, const char *key)
{
    int64_t us = 0;

    return pl_time_parse(text(r, o, key), &us) ? us : 0;
}

static void *room_for(struct reading *r, const json_t *list, size_t size, size_t *ret_n)
{
    size_t n = json_array_size(list);
    void *v = n ? pl_arena_calloc(r->a, n, size) : NULL;

    r->is_full |= n && !v;
    *ret_n = v ? n : 0;
    return v;
}

static void read_controls(struct reading *r, const json_t *body, pl_ingested *to)
{
    const json_t *list = json_object_get(body, "controls");
    pl_ingested_control *v = room_for(r, list, sizeof(*v), &to->n_controls);

    for (size_t i = 0; i < to->n_controls; i++) {
        const json_t *item = json_array_get(list, i);
        v[i] = (pl_ingested_control){
            .control = text(r, item, "control"),
            .topic = text(r, item, "topic"),
            .is_by_row = json_is_true(json_object_get(item, "by_row")),
            .fail = number(item, "fail"),
            .pass = number(item, "pass"),
            .other = number(item, "other"),
            .until_us = time_at(r, item, "until"),
        };
    }
    to->controls = v;
}

static void read_problems(struct reading *r, const json_t *body, pl_ingested *to)
{
    const json_t *list = json_object_get(body, "problems");
    pl_str *v = room_for(r, list, sizeof(*v), &to->n_problems_kept);

    for (size_t i = 0; i < to->n_problems_kept; i++)
        v[i] = keep(r, json_array_get(list, i));
    to->problems = v;
    to->n_problems = number(body, "n_problems");
}

static void read_counts(const json_t *body, pl_ingested *to)
{
    const json_t *counts = json_object_get(body, "counts");

    to->fail = number(counts, "fail");
    to->unknown = number(counts, "unknown");
    to->suppressed = number(counts, "suppressed");
    to->not_applicable = number(counts, "not_applicable");
    to->pass = number(counts, "pass");
}

/* ---- what it is worth ---- */

static bool counts_still(const pl_ingested *v, int64_t now_us)
{
    for (size_t i = 0; i < v->n_controls; i++)
        if (now_us < v->controls[i].until_us)
            return true;
    return false;
}

/* A time to come is none: such a run would count for ever. Logs without a zone may be half a day
 * ahead. */
static bool has_time(const pl_ingested *v)
{
    const int64_t day_us = INT64_C(86400) * 1000000;

    return v->ran_us && v->ran_us <= v->recorded_us + day_us;
}

/* A part that was not read could be the one that matters. */
static pl_ingested_state state_of(const pl_ingested *v, pl_str end, int64_t now_us)
{
    bool is_said = pl_str_eq(end, PL_S("said"));
    int64_t n = v->fail + v->unknown + v->suppressed + v->not_applicable + v->pass;

    if ((!is_said && !pl_str_eq(end, PL_S("not-said"))) || v->n_problems)
        return PL_INGESTED_INCOMPLETE;
    if (n == 0 && !is_said)
        return PL_INGESTED_UNPROVEN;
    if (v->n_controls == 0)
        return PL_INGESTED_UNMAPPED;
    if (!has_time(v))
        return PL_INGESTED_UNDATED;
    return counts_still(v, now_us) ? PL_INGESTED_SUPPORTING : PL_INGESTED_EXPIRED;
}

static pl_rc read_entry(pl_log *log, uint64_t index, struct reading *r, int64_t now_us,
                        pl_ingested *to, pl_err *err)
{
    json_auto_t *leaf = NULL;
    pl_rc rc = pl_log_leaf_json(log, index, &leaf, err);
    const json_t *body = json_object_get(leaf, "body");

    if (rc)
        return rc;
    if (!pl_str_eq(text(r, leaf, "type"), PL_S(PL_INGEST_ENTRY)))
        return pl_fail(err, PL_FORMAT, "entry %llu: is no result of another tool",
                       (unsigned long long)index);
    const json_t *uid = json_object_get(json_object_get(leaf, "from"), "uid");
    *to = (pl_ingested){
        .number = (int64_t)index,
        .tool = text(r, body, "tool"),
        .version = text(r, body, "version"),
        .format = text(r, body, "format"),
        .about = text(r, body, "about"),
        .benchmark = text(r, body, "benchmark"),
        .file = text(r, body, "file"),
        .sha256 = text(r, body, "sha256"),
        .bytes = number(body, "bytes"),
        .run = number(body, "run"),
        .ran_us = time_at(r, body, "ran"),
        .is_ran_claimed = json_is_true(json_object_get(body, "ran_claimed")),
        .recorded_us = time_at(r, leaf, "t"),
        .uid = json_is_integer(uid) ? json_integer_value(uid) : -1,
        .why = text(r, body, "why"),
    };
    read_counts(body, to);
    read_controls(r, body, to);
    read_problems(r, body, to);
    to->state = pl_ingested_state_word(state_of(to, text(r, body, "end"), now_us));
    return PL_OK;
}

/* ---- results ---- */

static pl_rc read_row(struct reading *r, pl_str line, pl_ingested_row *to, pl_err *err)
{
    json_auto_t *row = json_loadb(line.p, line.n, 0, NULL);

    if (!json_is_object(row))
        return pl_fail(err, PL_FORMAT, "a result is no JSON object");
    *to = (pl_ingested_row){
        .outcome = text(r, row, "outcome"),
        .severity = text(r, row, "severity"),
        .topic = text(r, row, "topic"),
        .rule = text(r, row, "rule"),
        .title = text(r, row, "title"),
        .where = text(r, row, "where"),
    };
    return PL_OK;
}

static pl_rc read_rows(pl_log *log, struct reading *r, pl_ingested *to, pl_err *err)
{
    PL_AUTO_BUF pl_buf blob = {0};
    pl_rc rc = pl_log_blob(log, (uint64_t)to->number, PL_S("results"), &blob, err);
    pl_str rest = pl_buf_view(&blob), line;

    if (rc == PL_DENIED) /* sealed for whoever reads here */
        return PL_OK;
    /* Nobody can look at what it found any more, so it supports nothing. */
    if (rc == PL_NOTFOUND || rc == PL_TAMPERED) {
        to->state = pl_ingested_state_word(PL_INGESTED_INCOMPLETE);
        to->why = pl_arena_str(r->a, pl_str_c(err ? err->text : "its results are lost"));
        r->is_full |= !to->why.p;
        return PL_OK;
    }
    pl_ingested_row *v = rc ? NULL : pl_arena_calloc(r->a, PL_INGEST_SHOWN, sizeof(*v));
    r->is_full |= !rc && !v;
    while (!rc && v && to->n_rows < PL_INGEST_SHOWN && pl_str_cut(&rest, '\n', &line))
        rc = read_row(r, line, &v[to->n_rows++], err);
    to->rows = v;
    return rc ? pl_wrap(err, rc, "entry %lld", (long long)to->number) : PL_OK;
}

/* ---- all of them ---- */

static bool is_same(const pl_ingested *a, const pl_ingested *b)
{
    bool is_same_document = pl_str_eq(a->sha256, b->sha256);

    return pl_str_eq(a->tool, b->tool) && pl_str_eq(a->about, b->about) &&
           pl_str_eq(a->file, b->file) && (is_same_document ? a->run == b->run : true);
}

/* Who records an older run later, or one of no known time, does not make the newer one go away. */
static bool is_newer(const pl_ingested *later, const pl_ingested *v)
{
    return !has_time(v) || (has_time(later) && later->ran_us >= v->ran_us);
}

static bool is_superseded(const pl_ingested *v, const pl_ingested *later, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_same(v, &later[i]) && is_newer(&later[i], v))
            return true;
    return false;
}

pl_rc pl_ingest_recorded(pl_log *log, const uint64_t *entries, size_t n, int64_t now_us,
                         pl_arena *a, pl_ingested **ret, size_t *ret_n, size_t *ret_left_out,
                         pl_err *err)
{
    struct reading r = {.a = a};
    size_t room = n < PL_INGEST_RECORDED ? n : PL_INGEST_RECORDED;
    pl_ingested *v = pl_arena_calloc(a, room + 1, sizeof(*v));
    size_t kept = 0, i = n;
    pl_rc rc = v ? PL_OK : pl_fail(err, PL_LIMIT, "results of other tools");

    while (!rc && i > 0 && kept < room) {
        rc = read_entry(log, entries[--i], &r, now_us, &v[kept], err);
        if (!rc && !is_superseded(&v[kept], v, kept))
            rc = read_rows(log, &r, &v[kept++], err);
    }
    if (!rc && r.is_full)
        rc = pl_fail(err, PL_LIMIT, "results of other tools do not fit the memory of the run");
    *ret = v;
    *ret_n = kept;
    *ret_left_out = i;
    return rc;
}
