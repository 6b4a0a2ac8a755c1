/* SPDX-License-Identifier: Apache-2.0 */
/* A document of outside becomes a page or a text inside the jail. */
#include "core/arena.h"
#include "core/io.h"
#include "core/rd.h"
#include "core/text.h"
#include "report/report.h"

#include <string.h>

enum { FRAME_BYTES = PL_FRAME_USER };
enum { FRAME_MAX = 1 << 20 };

static const pl_jail_limits limits = {
    .ms = 60000, .cpu_s = 30, .memory = (size_t)4 << 30, .output = PL_REPORT_OUTPUT_MAX};

/* --- in the worker --- */

typedef struct request {
    pl_report_format format;
    pl_report_style style;
    pl_report_choice choice;
} request;

static void encode(const request *q, pl_buf *out)
{
    pl_buf_u32le(out, q->format);
    pl_buf_u32le(out, q->style.has_color);
    pl_buf_u32le(out, q->style.columns);
    pl_buf_u32le(out, q->style.group_by);
    pl_buf_lstr(out, q->choice.baseline);
    pl_buf_u32le(out, (uint32_t)q->choice.n);
    for (size_t i = 0; i < q->choice.n; i++)
        pl_buf_lstr(out, q->choice.frameworks[i]);
}

/* frameworks has room for PL_REPORT_FRAMEWORKS. */
static bool decode(pl_str bytes, pl_str *frameworks, request *ret)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);

    ret->format = (pl_report_format)pl_rd_u32le(&r);
    ret->style.has_color = pl_rd_u32le(&r) != 0;
    ret->style.columns = pl_rd_u32le(&r);
    ret->style.group_by = (pl_report_group)pl_rd_u32le(&r);
    ret->choice.baseline = pl_rd_lstr(&r);
    ret->choice.n = pl_rd_u32le(&r);
    ret->choice.frameworks = frameworks;
    for (size_t i = 0; i < ret->choice.n && i < PL_REPORT_FRAMEWORKS; i++)
        frameworks[i] = pl_rd_lstr(&r);
    return pl_rd_done(&r) && (unsigned)ret->format < PL_REPORT_FORMATS &&
           (unsigned)ret->style.group_by < PL_REPORT_GROUP_COUNT;
}

static pl_rc unknown_framework(const pl_assessment *a, pl_str id, pl_err *err)
{
    PL_AUTO_BUF pl_buf known = {0};

    for (size_t i = 0; i < a->content->n_frameworks; i++) {
        pl_buf_c(&known, i ? ", " : "");
        pl_buf_str(&known, a->content->frameworks[i].id);
    }
    return pl_fail(err, PL_NOTFOUND, "framework \"%.*s\" is not in this report; it has %.*s",
                   PL_F(id), PL_F(pl_buf_view(&known)));
}

static pl_rc choose(const pl_report_choice *c, pl_arena *arena, pl_assessment *a, pl_err *err)
{
    const pl_framework **list = pl_arena_calloc(arena, c->n + 1, sizeof(pl_framework *));

    if (!list)
        return pl_fail(err, PL_LIMIT, "the memory for one report is used up");
    for (size_t i = 0; i < c->n; i++) {
        list[i] = pl_content_framework(a->content, c->frameworks[i]);
        if (!list[i])
            return unknown_framework(a, c->frameworks[i], err);
    }
    a->frameworks = list;
    a->n_frameworks = c->n;
    if (c->baseline.n)
        a->baseline = c->baseline;
    return PL_OK;
}

static pl_rc read_and_derive(pl_str json, const request *q, pl_arena *arena, pl_assessment *a,
                             pl_derived *d, pl_err *err)
{
    pl_rc rc = pl_report_read(json, arena, a, err);

    if (rc == PL_OK)
        rc = choose(&q->choice, arena, a, err);
    return rc == PL_OK ? pl_assessment_derive(a, arena, d, err) : rc;
}

static pl_rc send(int out_fd, pl_str bytes, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t at = 0; rc == PL_OK && at < bytes.n; at += FRAME_MAX)
        rc = pl_jail_send(out_fd, FRAME_BYTES, pl_str_sub(bytes, at, FRAME_MAX), err);
    return rc;
}

static pl_rc run(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_BUF pl_buf json = {.max = PL_REPORT_JSON_MAX};
    PL_AUTO_BUF pl_buf out = {.max = PL_REPORT_OUTPUT_MAX};
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(PL_REPORT_ARENA);
    pl_str frameworks[PL_REPORT_FRAMEWORKS];
    pl_assessment a;
    pl_derived d;
    request q;

    if (!arena)
        return pl_fail(err, PL_NOMEM, "no memory for a report");
    if (!decode(args, frameworks, &q))
        return pl_fail(err, PL_FORMAT, "the request to the worker is malformed");
    pl_rc rc = pl_read_all(in_fd, PL_REPORT_JSON_MAX, &json, err);
    if (rc == PL_OK)
        rc = read_and_derive(pl_buf_view(&json), &q, arena, &a, &d, err);
    if (rc != PL_OK)
        return rc;
    pl_report_write(&a, &d, q.format, &q.style, &out);
    if (!pl_buf_ok(&out))
        return pl_fail(err, PL_LIMIT, "the report is larger than %d bytes", PL_REPORT_OUTPUT_MAX);
    return send(out_fd, pl_buf_view(&out), err);
}

const pl_worker_kind pl_worker_report = {"report", run};

/* --- in the parent --- */

static pl_rc take(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    if (type != FRAME_BYTES)
        return pl_fail(err, PL_FORMAT, "the worker sent a frame of another kind");
    pl_buf_str(arg, payload);
    return pl_buf_ok(arg) ? PL_OK : pl_fail(err, PL_LIMIT, "the report is too large");
}

/* Only what a summary is made of: lines, text, and the colours of lines.c. */
static void filter(pl_buf *out, pl_str text, bool has_color)
{
    pl_str line;

    while (pl_str_cut(&text, '\n', &line)) {
        while (has_color && line.n) {
            const char *escape = memchr(line.p, '\x1b', line.n);
            size_t plain = escape ? (size_t)(escape - line.p) : line.n;
            pl_text_visible(out, pl_str_sub(line, 0, plain), PL_TEXT_ALL);
            line = pl_str_sub(line, plain, line.n);
            size_t n = line.n > 3 && line.p[1] == '[' && line.p[3] == 'm'   ? 4
                       : line.n > 4 && line.p[1] == '[' && line.p[4] == 'm' ? 5
                                                                            : 0;
            pl_buf_str(out, pl_str_sub(line, 0, n));
            line = pl_str_sub(line, n ? n : line.n > 0, line.n);
        }
        pl_text_visible(out, line, PL_TEXT_ALL);
        pl_buf_ch(out, '\n');
    }
}

pl_rc pl_report_render(pl_str json, const pl_report_choice *choice, pl_report_format format,
                       const pl_report_style *style, pl_buf *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf args = {0};
    PL_AUTO_BUF pl_buf answer = {.max = PL_REPORT_OUTPUT_MAX};
    bool is_text = format == PL_REPORT_SUMMARY || format == PL_REPORT_TABLE;
    const request q = {format, *style, *choice};

    if (choice->n > PL_REPORT_FRAMEWORKS)
        return pl_fail(err, PL_USAGE, "at most %d frameworks can be chosen", PL_REPORT_FRAMEWORKS);
    encode(&q, &args);
    const pl_jail_job job = {.kind = pl_worker_report.name,
                             .args = pl_buf_view(&args),
                             .in_fd = -1,
                             .limits = &limits,
                             .frame = take,
                             .frame_arg = &answer};
    pl_rc rc = pl_jail_run_bytes(&job, json, err);
    /* The only thing that a worker looks for is a framework that the caller has named. */
    if (rc == PL_NOTFOUND && err)
        err->rc = PL_USAGE;
    if (rc != PL_OK)
        return rc == PL_NOTFOUND ? PL_USAGE : rc;
    if (is_text)
        filter(out, pl_buf_view(&answer), style->has_color);
    else
        pl_buf_str(out, pl_buf_view(&answer));
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "no memory for the report");
}
