/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of a worker as a document: nothing in them is believed before it was checked. */
#pragma once

#include "core/arena.h"
#include "core/err.h"
#include "ingest/result.h"

typedef struct pl_ingest_wire {
    pl_arena *arena;
    pl_ingest_run *runs;
    size_t n_runs, room_runs;
    pl_ingest_row *rows; /* of the run whose end is still to come */
    size_t n_rows, room_rows, n_rows_all;
    pl_ingest_problem *problems;
    size_t n_problems, room_problems;
    pl_ingest_document document;
    bool has_document;
} pl_ingest_wire;

/* A pl_jail_frame; arg is a pl_ingest_wire with its arena. PL_WORKER: the frame is none. */
pl_rc pl_ingest_frame(uint32_t type, pl_str payload, void *arg, pl_err *err);

/* After the last frame. */
pl_rc pl_ingest_frames_end(pl_ingest_wire *w, pl_ingest_document *ret, pl_err *err) PL_MUST_USE;
