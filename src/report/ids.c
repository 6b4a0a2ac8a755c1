/* SPDX-License-Identifier: Apache-2.0 */
/* Which findings an earlier report has, read inside the jail. */
#include "report/report.h"

#include "core/buf.h"
#include "core/io.h"
#include "core/rd.h"

#include <string.h>

enum { FRAME_IDS = PL_FRAME_USER, FRAME_MAX = 1 << 16 };

static const pl_jail_limits limits = {
    .ms = 60000, .cpu_s = 30, .memory = (size_t)4 << 30, .output = PL_REPORT_OUTPUT_MAX};

/* --- in the worker --- */

static void put_marks(pl_buf *out, const pl_finding *f)
{
    PL_AUTO_BUF pl_buf marks = {0};

    for (size_t i = 0; i < f->n_marks; i++)
        if (f->marks[i].n == PL_FINDING_MARK)
            pl_buf_str(&marks, f->marks[i]);
    out->bad |= !pl_buf_ok(&marks);
    pl_buf_lstr(out, pl_buf_view(&marks));
}

static pl_rc send_ids(int out_fd, const pl_assessment *a, pl_err *err)
{
    PL_AUTO_BUF pl_buf frame = {0};

    for (size_t i = 0; i < a->n_findings; i++) {
        pl_buf_lstr(&frame, pl_str_c(a->findings[i]->id));
        pl_buf_u32le(&frame, a->findings[i]->verdict);
        put_marks(&frame, a->findings[i]);
        if (frame.n < FRAME_MAX && i + 1 < a->n_findings)
            continue;
        if (!pl_buf_ok(&frame))
            return pl_fail(err, PL_NOMEM, "ids of findings");
        pl_rc rc = pl_jail_send(out_fd, FRAME_IDS, pl_buf_view(&frame), err);
        if (rc)
            return rc;
        pl_buf_reset(&frame);
    }
    return PL_OK;
}

static pl_rc run(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_BUF pl_buf json = {.max = PL_REPORT_JSON_MAX};
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(PL_REPORT_ARENA);
    pl_assessment a;

    (void)args;
    if (!arena)
        return pl_fail(err, PL_NOMEM, "no memory for a report");
    pl_rc rc = pl_read_all(in_fd, PL_REPORT_JSON_MAX, &json, err);
    if (!rc)
        rc = pl_report_read(pl_buf_view(&json), arena, &a, err);
    return rc ? rc : send_ids(out_fd, &a, err);
}

const pl_worker_kind pl_worker_report_ids = {"report-ids", run};

/* --- in the parent --- */

static int by_id(const void *a, const void *b)
{
    return strcmp(((const pl_report_id *)a)->id, ((const pl_report_id *)b)->id);
}

/* The frames whole, decoded when all have come. */
static pl_rc take(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    if (type != FRAME_IDS)
        return pl_fail(err, PL_FORMAT, "the worker sent a frame of another kind");
    pl_buf_str(arg, payload);
    return pl_buf_ok(arg) ? PL_OK : pl_fail(err, PL_LIMIT, "the report has too many findings");
}

static bool decode(pl_str bytes, pl_arena *a, pl_report_id *ret, size_t max, size_t *ret_n)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);

    for (*ret_n = 0; !pl_rd_done(&r) && *ret_n < max; ++*ret_n) {
        pl_str id = pl_rd_lstr(&r);
        uint32_t verdict = pl_rd_u32le(&r);
        pl_str marks = pl_rd_lstr(&r);
        ret[*ret_n].marks = pl_arena_str(a, marks);
        if (!pl_str_to_c(id, ret[*ret_n].id, PL_FINDING_ID) || verdict > PL_UNKNOWN ||
            !ret[*ret_n].marks.p || marks.n % PL_FINDING_MARK)
            return false;
        ret[*ret_n].verdict = (pl_verdict)verdict;
    }
    return pl_rd_done(&r);
}

pl_rc pl_report_read_ids(pl_str json, pl_arena *a, pl_report_ids *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf all = {.max = PL_REPORT_OUTPUT_MAX};
    const pl_jail_job job = {.kind = pl_worker_report_ids.name,
                             .in_fd = -1,
                             .limits = &limits,
                             .frame = take,
                             .frame_arg = &all};
    pl_rc rc = pl_jail_run_bytes(&job, json, err);
    if (rc)
        return rc;
    size_t max = all.n / sizeof(uint32_t); /* more than there can be */
    pl_report_id *items = pl_arena_calloc(a, max + 1, sizeof(*items));
    if (!items)
        return pl_fail(err, PL_LIMIT, "the report has too many findings");
    if (!decode(pl_buf_view(&all), a, items, max, &ret->n))
        return pl_fail(err, PL_FORMAT, "the worker's list of findings is malformed");
    qsort(items, ret->n, sizeof(*items), by_id);
    ret->items = items;
    return PL_OK;
}

/* Of text from outside nothing says that it is in order. */
static bool has_mark(pl_str all, pl_str mark)
{
    for (size_t at = 0; at < all.n; at += PL_FINDING_MARK)
        if (pl_str_eq(pl_str_sub(all, at, PL_FINDING_MARK), mark))
            return true;
    return false;
}

bool pl_report_has_new(const pl_report_id *before, const pl_finding *f)
{
    for (size_t i = 0; before->marks.n && i < f->n_marks; i++)
        if (!has_mark(before->marks, f->marks[i]))
            return true;
    return false;
}

const pl_report_id *pl_report_find_id(const pl_report_ids *ids, const char *id)
{
    pl_report_id want = {.verdict = PL_UNKNOWN};

    return ids->n && pl_str_to_c(pl_str_c(id), want.id, PL_FINDING_ID)
               ? bsearch(&want, ids->items, ids->n, sizeof(*ids->items), by_id)
               : NULL;
}
