/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes into a descriptor that somebody else reads, as fast as he reads. What a pipe does not take
 * now waits in memory, and its reader is watched on the loop: the writer stops until moved() says
 * that it may go on. A file in memory takes all. One thread, that of the loop.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "core/loop.h"

typedef struct pl_outlet {
    int fd;
    pl_loop_event *pipe; /* NULL: writing to fd never waits */
    pl_buf pending;
    /* PL_OK: nothing waits any more. Else the reader has gone, or fd failed; err is what happened
     * and may be wrapped. The outlet may be closed from within. */
    void (*moved)(void *arg, pl_rc rc, pl_err *err);
    void *arg;
} pl_outlet;

/* fd (a file in memory, a pipe or a socket; others are PL_DENIED) is taken over in any case. */
pl_rc pl_outlet_open(pl_outlet *o, pl_loop *loop, int fd,
                     void (*moved)(void *arg, pl_rc rc, pl_err *err), void *arg,
                     pl_err *err) PL_MUST_USE;
void pl_outlet_close(pl_outlet *o); /* closes fd; accepts a closed one and {.fd = -1} */

/* Takes all of it, when nothing waits. PL_WORKER: the reader has gone. */
pl_rc pl_outlet_put(pl_outlet *o, pl_str bytes, pl_err *err) PL_MUST_USE;
static inline bool pl_outlet_waits(const pl_outlet *o)
{
    return o->pending.n > 0;
}
