/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/wire.h"

#include "core/attr.h"
#include "core/rd.h"
#include "ingest/limits.h"
#include "ingest/out.h"

#include <string.h>

static pl_rc lied(pl_err *err)
{
    return pl_fail(err, PL_WORKER, "worker: a frame that is none");
}

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "results of another tool do not fit the memory of one run");
}

static void *push(pl_arena *a, void **array, size_t *n, size_t *room, size_t size)
{
    if (*n == *room) {
        size_t more = *room ? *room * 2 : 32;
        void *v = pl_arena_calloc(a, more, size);
        if (!v)
            return NULL;
        if (*n)
            memcpy(v, *array, *n * size);
        *array = v;
        *room = more;
    }
    return (char *)*array + size * (*n)++;
}

/* One line each. */
static pl_str take(pl_rd *rd, pl_arena *a, size_t max)
{
    pl_str s = pl_rd_lstr(rd);

    if (s.n > max)
        *rd = (pl_rd){rd->p, 0, true};
    char *kept = rd->bad || !s.n ? NULL : pl_arena_calloc(a, s.n, 1);
    if (!kept) {
        rd->bad |= !rd->bad && s.n;
        return (pl_str){"", 0};
    }
    for (size_t i = 0; i < s.n; i++)
        kept[i] = (char)((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F ? ' ' : s.p[i]);
    return (pl_str){kept, s.n};
}

static pl_rc take_rows(pl_ingest_wire *w, pl_rd *rd, pl_err *err)
{
    while (pl_rd_ok(rd) && rd->n) {
        pl_ingest_row *row =
            push(w->arena, (void **)&w->rows, &w->n_rows, &w->room_rows, sizeof(*row));
        if (!row)
            return no_room(err);
        unsigned outcome = pl_rd_u8(rd), severity = pl_rd_u8(rd), topic = pl_rd_u8(rd);
        if (outcome >= PL_OUTCOME_COUNT || severity > PL_UNKNOWN_SEVERITY ||
            topic >= PL_TOPIC_COUNT || w->n_rows_all++ >= PL_INGEST_ROWS)
            return lied(err);
        *row = (pl_ingest_row){.outcome = (pl_outcome)outcome,
                               .severity = (pl_severity)severity,
                               .topic = (pl_topic)topic};
        row->rule = take(rd, w->arena, PL_INGEST_NAME);
        row->title = take(rd, w->arena, PL_INGEST_TITLE);
        row->where = take(rd, w->arena, PL_INGEST_PLACE);
    }
    return pl_rd_done(rd) ? PL_OK : lied(err);
}

static pl_rc take_run(pl_ingest_wire *w, pl_rd *rd, pl_err *err)
{
    if (w->n_runs == PL_INGEST_RUNS)
        return lied(err);
    pl_ingest_run *run = push(w->arena, (void **)&w->runs, &w->n_runs, &w->room_runs, sizeof(*run));
    if (!run)
        return no_room(err);
    *run = (pl_ingest_run){.rows = w->rows, .n_rows = w->n_rows};
    run->tool = take(rd, w->arena, PL_INGEST_NAME);
    run->version = take(rd, w->arena, PL_INGEST_NAME);
    run->about = take(rd, w->arena, PL_INGEST_PLACE);
    run->benchmark = take(rd, w->arena, PL_INGEST_PLACE);
    run->why = take(rd, w->arena, PL_INGEST_PLACE);
    run->ran_us = (int64_t)pl_rd_u64le(rd);
    unsigned end = pl_rd_u8(rd);
    run->end = (pl_run_end)end;
    run->is_cut = pl_rd_u8(rd) != 0;
    for (size_t t = 0; t < PL_TOPIC_COUNT; t++) {
        run->is_seen[t] = pl_rd_u8(rd) != 0;
        for (size_t o = 0; o < PL_OUTCOME_COUNT; o++)
            run->count[t][o] = pl_rd_u64le(rd);
    }
    w->rows = NULL;
    w->n_rows = w->room_rows = 0;
    return pl_rd_done(rd) && end <= PL_RUN_END_FAILED && run->ran_us >= 0 ? PL_OK : lied(err);
}

static pl_rc take_problem(pl_ingest_wire *w, pl_rd *rd, pl_err *err)
{
    if (w->n_problems == PL_INGEST_PROBLEMS)
        return lied(err);
    pl_ingest_problem *p =
        push(w->arena, (void **)&w->problems, &w->n_problems, &w->room_problems, sizeof(*p));
    if (!p)
        return no_room(err);
    p->place = take(rd, w->arena, PL_INGEST_PLACE);
    p->what = take(rd, w->arena, PL_INGEST_PLACE);
    return pl_rd_done(rd) ? PL_OK : lied(err);
}

static pl_rc take_document(pl_ingest_wire *w, pl_rd *rd, pl_err *err)
{
    w->document.format = take(rd, w->arena, PL_INGEST_NAME);
    w->document.is_cut = pl_rd_u8(rd) != 0;
    w->document.why = take(rd, w->arena, PL_INGEST_PLACE);
    w->document.n_problems_all = pl_rd_u64le(rd);
    w->has_document = true;
    return pl_rd_done(rd) ? PL_OK : lied(err);
}

pl_rc pl_ingest_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    pl_ingest_wire *w = arg;
    pl_rd rd = pl_rd_of(payload.p, payload.n);

    if (w->has_document)
        return lied(err);
    switch (type) {
    case PL_FRAME_INGEST_ROWS:
        return take_rows(w, &rd, err);
    case PL_FRAME_INGEST_RUN:
        return take_run(w, &rd, err);
    case PL_FRAME_INGEST_PROBLEM:
        return take_problem(w, &rd, err);
    case PL_FRAME_INGEST_DOCUMENT:
        return take_document(w, &rd, err);
    default:
        return lied(err);
    }
}

pl_rc pl_ingest_frames_end(pl_ingest_wire *w, pl_ingest_document *ret, pl_err *err)
{
    if (!w->has_document || w->n_rows)
        return lied(err);
    *ret = w->document;
    ret->runs = w->runs;
    ret->n_runs = w->n_runs;
    ret->problems = w->problems;
    ret->n_problems = w->n_problems;
    return PL_OK;
}
