/* SPDX-License-Identifier: Apache-2.0 */
/* A log line by line. */
#pragma once

#include "core/str.h"

typedef struct pl_ingest_lines {
    pl_str rest;
    size_t number; /* of the line that was given last, from 1 */
    bool is_whole; /* it ended with a line feed */
} pl_ingest_lines;

/* The next line without its end; false when there is none. */
static inline bool pl_ingest_line(pl_ingest_lines *l, pl_str *ret)
{
    size_t before = l->rest.n;

    if (!pl_str_cut(&l->rest, '\n', ret))
        return false;
    l->number++;
    l->is_whole = before != ret->n;
    if (pl_str_ends(*ret, PL_S("\r")))
        ret->n--;
    return true;
}
