/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that writes into a pipe what somebody else reads at the other end: a folder as a tar, a
 * layer that is still on its way. The caller's thread.
 */
#pragma once

#include "core/err.h"

typedef struct pl_feed pl_feed;

/* Runs in a thread of its own in which SIGPIPE is blocked: a write for nobody is EPIPE. */
typedef pl_rc (*pl_feed_write)(void *arg, int out_fd, pl_err *err);

/* arg is borrowed until the end. *ret_fd is the caller's, who closes it before pl_feed_end: then a
 * writer whose reader died ends too. */
pl_rc pl_feed_start(pl_feed_write write, void *arg, pl_feed **ret, int *ret_fd,
                    pl_err *err) PL_MUST_USE;

/* Waits for the writer, frees the feed, and says what the writer said. */
pl_rc pl_feed_end(pl_feed *f, pl_err *err) PL_MUST_USE;
