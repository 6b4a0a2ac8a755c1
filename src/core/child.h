/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A short-lived child that gives something up or goes somewhere first (another user, another
 * network namespace), reads, and hands bytes back over a pipe. It parses nothing; its parent waits
 * no longer than it is told to and then ends it.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

/* Runs in the child: out is its answer, err its failure. */
typedef pl_rc (*pl_child_run)(const void *arg, pl_buf *out, pl_err *err);

typedef struct pl_errand {
    pl_child_run run;
    const void *arg;
    const char *what; /* for messages */
    size_t max;       /* bytes of the answer */
    int deadline_ms;
} pl_errand;

/* The child's answer is appended to out. PL_TIMEOUT, PL_LIMIT: its deadline, its room. */
pl_rc pl_in_child(const pl_errand *e, pl_buf *out, pl_err *err) PL_MUST_USE;
