/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document of another tool, read in a jailed worker of the kind PL_INGEST_WORKER.
 *
 * Every text has passed the redactor in the worker. Everything lives in the caller's arena. One
 * thread.
 */
#pragma once

#include "ingest/result.h"
#include "redact/redact.h"

#define PL_INGEST_WORKER "ingest"

typedef struct pl_ingest_source {
    pl_str bytes;
    pl_str format;   /* a name of pl_ingest_formats; empty: by its content */
    pl_str patterns; /* pl_redactor_write */
    pl_str key;      /* PL_REDACT_KEY bytes */
} pl_ingest_source;

/* PL_UNSUPPORTED: no known format, or a version of it that is not read. PL_FORMAT: not even its
 * beginning is of that format. */
pl_rc pl_ingest_read(const pl_ingest_source *source, pl_arena *a, pl_ingest_document *ret,
                     pl_err *err) PL_MUST_USE;

/* The worker. */
pl_rc pl_ingest_worker(int in_fd, int out_fd, pl_str args, pl_err *err);
