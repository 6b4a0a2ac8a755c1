/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a reader of one format tells what it finds: results as they come, the run that they belong
 * to at its end, parts that could not be read. In the worker; one thread.
 *
 *     pl_ingest_begin(out);                      out->run is empty
 *     rc = pl_ingest_put(out, &row, err);        as often as there are results
 *     out->run.tool = ...                        any time before the end
 *     rc = pl_ingest_end(out, err);
 *
 * Texts need only live until the call returns, those of out->run until pl_ingest_end. A run that is
 * still open when the reader returns is ended for it. PL_LIMIT out of a call ends the reading:
 * what is there is kept, and the run is told as cut.
 *
 * Wire: u32le lengths before texts; frames as ingest/wire.c reads them.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jail.h"
#include "core/json_rd.h"
#include "ingest/result.h"

enum {
    PL_FRAME_INGEST_ROWS = PL_FRAME_USER,
    PL_FRAME_INGEST_RUN,
    PL_FRAME_INGEST_PROBLEM,
    PL_FRAME_INGEST_DOCUMENT,
};

/* What is secret in a text is replaced. */
typedef struct pl_ingest_hook {
    pl_rc (*text)(pl_str text, pl_buf *out, void *arg, pl_err *err);
    void *arg;
} pl_ingest_hook;

typedef struct pl_ingest_out {
    int fd;
    pl_ingest_hook hook;
    pl_arena *arena; /* lives as long as the document */
    pl_arena *row;   /* is emptied after each result */
    pl_buf rows, frame, clean;
    pl_ingest_run run;
    bool is_open; /* a run is */
    bool is_cut;  /* the document */
    char why[200];
    size_t n_rows, n_runs, n_problems;
} pl_ingest_out;

pl_rc pl_ingest_open(int fd, const pl_ingest_hook *hook, pl_ingest_out *ret,
                     pl_err *err) PL_MUST_USE;
void pl_ingest_done(pl_ingest_out *out); /* accepts {0} */

void pl_ingest_begin(pl_ingest_out *out);
pl_rc pl_ingest_put(pl_ingest_out *out, const pl_ingest_row *row, pl_err *err) PL_MUST_USE;
pl_rc pl_ingest_end(pl_ingest_out *out, pl_err *err) PL_MUST_USE;

/* place by format: "runs[%zu].results[%zu]" */
pl_rc pl_ingest_problem_at(pl_ingest_out *out, pl_err *err, const char *what, const char *place,
                           ...) PL_PRINTF(4, 5) PL_MUST_USE;

/* The document breaks off, or is damaged, at that byte of the text. */
void pl_ingest_cut(pl_ingest_out *out, pl_str text, const char *at, const char *why);

/* The same in words that name the place. */
void pl_ingest_cut_said(pl_ingest_out *out, const char *why);

/* The same where a pull reader has stopped; nothing when it has not. */
void pl_ingest_cut_json(pl_ingest_out *out, const pl_json_rd *r);

/* A formatted text that lives as long as the row. */
pl_str pl_ingest_text(pl_arena *a, const char *fmt, ...) PL_PRINTF(2, 3);

/* The run did not end as it should, or the document does not say. The worst of several counts. */
void pl_ingest_ended(pl_ingest_run *run, bool is_good, pl_str why);

/* Of several times the oldest counts; 0 is none. */
void pl_ingest_ran(pl_ingest_run *run, int64_t us);

pl_rc pl_ingest_document_end(pl_ingest_out *out, pl_str format, pl_err *err) PL_MUST_USE;

#define PL_AUTO_INGEST PL_CLEANUP(pl_ingest_done)
