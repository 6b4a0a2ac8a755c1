/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/out.h"

#include "ingest/limits.h"

#include <stdarg.h>
#include <string.h>

enum { FRAME_FILL = 64 << 10, ROW_ARENA = 4 << 20, TEXT = 1024 };

pl_rc pl_ingest_open(int fd, const pl_ingest_hook *hook, pl_ingest_out *ret, pl_err *err)
{
    *ret = (pl_ingest_out){.fd = fd,
                           .hook = *hook,
                           .arena = pl_arena_new(PL_INGEST_ARENA),
                           .row = pl_arena_new(ROW_ARENA)};
    return ret->arena && ret->row ? PL_OK : pl_fail(err, PL_NOMEM, "results of a tool");
}

void pl_ingest_done(pl_ingest_out *out)
{
    pl_arena_free(out->arena);
    pl_arena_free(out->row);
    pl_buf_done(&out->rows);
    pl_buf_done(&out->frame);
    pl_buf_done(&out->clean);
    *out = (pl_ingest_out){0};
}

/* ---- texts ---- */

static pl_str cut(pl_str s, size_t max)
{
    if (s.n > max)
        for (s.n = max; s.n && ((unsigned char)s.p[s.n] & 0xC0) == 0x80;)
            s.n--;
    return s;
}

/* Searched for secrets before it is cut: half a secret would not be found. */
static pl_rc put_text(pl_ingest_out *out, pl_buf *to, pl_str text, size_t max, pl_err *err)
{
    pl_buf_reset(&out->clean);
    pl_rc rc = text.n ? out->hook.text(text, &out->clean, out->hook.arg, err) : PL_OK;
    if (!rc && !pl_buf_ok(&out->clean))
        rc = pl_fail(err, PL_NOMEM, "text of a result");
    if (!rc)
        pl_buf_lstr(to, cut(pl_buf_view(&out->clean), max));
    return rc;
}

static pl_rc send(pl_ingest_out *out, uint32_t type, pl_buf *frame, pl_err *err)
{
    pl_rc rc = pl_buf_ok(frame) ? PL_OK : pl_fail(err, PL_NOMEM, "results of a tool");

    if (!rc && frame->n)
        rc = pl_jail_send(out->fd, type, pl_buf_view(frame), err);
    pl_buf_reset(frame);
    return rc;
}

pl_str pl_ingest_text(pl_arena *a, const char *fmt, ...)
{
    char line[TEXT];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    pl_str kept = pl_arena_str(a, pl_str_c(line));
    return kept.p ? kept : (pl_str){"", 0};
}

/* ---- runs and results ---- */

void pl_ingest_begin(pl_ingest_out *out)
{
    out->run = (pl_ingest_run){0};
    out->is_open = true;
}

pl_rc pl_ingest_put(pl_ingest_out *out, const pl_ingest_row *row, pl_err *err)
{
    if (out->n_rows == PL_INGEST_ROWS)
        return pl_fail(err, PL_LIMIT, "more than %d results (limit PL_INGEST_ROWS)",
                       PL_INGEST_ROWS);
    out->n_rows++;
    out->run.count[row->topic][row->outcome]++;
    out->run.is_seen[row->topic] = true;
    pl_buf_ch(&out->rows, (char)row->outcome);
    pl_buf_ch(&out->rows, (char)row->severity);
    pl_buf_ch(&out->rows, (char)row->topic);
    pl_rc rc = put_text(out, &out->rows, row->rule, PL_INGEST_NAME, err);
    if (!rc)
        rc = put_text(out, &out->rows, row->title, PL_INGEST_TITLE, err);
    if (!rc)
        rc = put_text(out, &out->rows, row->where, PL_INGEST_PLACE, err);
    pl_arena_reset(out->row);
    if (!rc && out->rows.n >= FRAME_FILL)
        rc = send(out, PL_FRAME_INGEST_ROWS, &out->rows, err);
    return rc;
}

void pl_ingest_ended(pl_ingest_run *run, bool is_good, pl_str why)
{
    if (run->end != PL_RUN_END_FAILED)
        run->end = is_good ? PL_RUN_END_SAID : PL_RUN_END_FAILED;
    if (!is_good && !run->why.n)
        run->why = why;
}

void pl_ingest_ran(pl_ingest_run *run, int64_t us)
{
    if (us > 0 && (!run->ran_us || us < run->ran_us))
        run->ran_us = us;
}

pl_rc pl_ingest_end(pl_ingest_out *out, pl_err *err)
{
    const pl_ingest_run *run = &out->run;
    const pl_str names[] = {run->tool, run->version, run->about, run->benchmark, run->why};
    pl_rc rc = send(out, PL_FRAME_INGEST_ROWS, &out->rows, err);

    if (!rc && out->n_runs++ == PL_INGEST_RUNS)
        rc = pl_fail(err, PL_LIMIT, "more than %d runs (limit PL_INGEST_RUNS)", PL_INGEST_RUNS);
    for (size_t i = 0; !rc && i < PL_COUNT(names); i++)
        rc = put_text(out, &out->frame, names[i], i < 2 ? PL_INGEST_NAME : PL_INGEST_PLACE, err);
    pl_buf_u64le(&out->frame, (uint64_t)run->ran_us);
    pl_buf_ch(&out->frame, (char)run->end);
    pl_buf_ch(&out->frame, (char)run->is_cut);
    for (size_t t = 0; t < PL_TOPIC_COUNT; t++) {
        pl_buf_ch(&out->frame, (char)run->is_seen[t]);
        for (size_t o = 0; o < PL_OUTCOME_COUNT; o++)
            pl_buf_u64le(&out->frame, run->count[t][o]);
    }
    out->is_open = false;
    return rc ? rc : send(out, PL_FRAME_INGEST_RUN, &out->frame, err);
}

/* ---- what could not be read ---- */

pl_rc pl_ingest_problem_at(pl_ingest_out *out, pl_err *err, const char *what, const char *place,
                           ...)
{
    char where[TEXT];
    va_list ap;

    if (out->n_problems++ >= PL_INGEST_PROBLEMS)
        return PL_OK;
    va_start(ap, place);
    (void)vsnprintf(where, sizeof(where), place, ap);
    va_end(ap);
    pl_rc rc = put_text(out, &out->frame, pl_str_c(where), PL_INGEST_PLACE, err);
    if (!rc)
        rc = put_text(out, &out->frame, pl_str_c(what), PL_INGEST_PLACE, err);
    pl_arena_reset(out->row);
    return rc ? rc : send(out, PL_FRAME_INGEST_PROBLEM, &out->frame, err);
}

static size_t line_of(pl_str text, const char *at)
{
    size_t n = 1;

    for (const char *p = text.p; p < at; p++)
        n += *p == '\n';
    return n;
}

void pl_ingest_cut_said(pl_ingest_out *out, const char *why)
{
    out->run.is_cut = true;
    if (!out->is_cut)
        (void)snprintf(out->why, sizeof(out->why), "%.190s", why);
    out->is_cut = true;
}

void pl_ingest_cut(pl_ingest_out *out, pl_str text, const char *at, const char *why)
{
    char line[TEXT];

    (void)snprintf(line, sizeof(line), "line %zu, byte %zu: %s", line_of(text, at),
                   (size_t)(at - text.p), why);
    pl_ingest_cut_said(out, line);
}

void pl_ingest_cut_json(pl_ingest_out *out, const pl_json_rd *r)
{
    if (r->is_bad)
        pl_ingest_cut(out, (pl_str){r->start, (size_t)(r->p - r->start)}, r->p, r->why);
}

pl_rc pl_ingest_document_end(pl_ingest_out *out, pl_str format, pl_err *err)
{
    pl_buf_lstr(&out->frame, format);
    pl_buf_ch(&out->frame, (char)out->is_cut);
    pl_rc rc = put_text(out, &out->frame, pl_str_c(out->why), PL_INGEST_PLACE, err);
    pl_buf_u64le(&out->frame, out->n_problems);
    return rc ? rc : send(out, PL_FRAME_INGEST_DOCUMENT, &out->frame, err);
}
