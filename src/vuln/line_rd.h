/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of an unpacked stream, of bounded length. For workers. One thread. */
#pragma once

#include "vuln/feed_in.h"

#include "core/str.h"

typedef struct pl_line_rd {
    pl_feed_in *in; /* borrowed */
    char *p;
    size_t at, n, room;
    size_t max;      /* bytes of a line */
    size_t no;       /* of the line that was read last, from 1 */
    bool is_eof;     /* of in */
    bool is_cutting; /* within a line that is too long */
} pl_line_rd;

void pl_line_rd_done(pl_line_rd *l);

/*
 * The next line without its end; *ret.p is NULL at the end of the stream. A line longer than max
 * comes as an empty slice with *is_too_long. Borrowed until the next call.
 */
pl_rc pl_line_rd_next(pl_line_rd *l, pl_str *ret, bool *is_too_long, pl_err *err) PL_MUST_USE;

#define PL_AUTO_LINE_RD PL_CLEANUP(pl_line_rd_done)
