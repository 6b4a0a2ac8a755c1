/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A short-lived child that gives something up or goes somewhere first (another user, another
 * network namespace), reads, and hands bytes back over a pipe. It parses nothing; its parent waits
 * no longer than PL_HOST_HOME_MS and then ends it.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

/* Runs in the child: out is its answer, err its failure. */
typedef pl_rc (*pl_host_child)(const void *arg, pl_buf *out, pl_err *err);

/* what: for messages. The child's answer, at most max bytes, is appended to out. */
pl_rc pl_host_in_child(pl_host_child run, const void *arg, const char *what, size_t max,
                       pl_buf *out, pl_err *err) PL_MUST_USE;
