/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an HTTP answer (RFC 9112): a bounded decoder, fuzzed. Only a whole head counts. Text
 * points into the input.
 */
#pragma once

#include "core/arena.h"
#include "core/str.h"
#include "probe/limits.h"

typedef struct pl_web_line {
    pl_str name, value;
} pl_web_line;

typedef struct pl_web_head {
    int status;
    pl_web_line lines[PL_PROBE_HEADERS];
    size_t n;
    bool is_cut; /* there were more headers */
    pl_str body; /* what came of it */
} pl_web_head;

typedef enum pl_web_end { PL_WEB_OK, PL_WEB_SHORT, PL_WEB_NONE } pl_web_end;

/* PL_WEB_SHORT: it begins as one and is none that is whole; PL_WEB_NONE: that is no HTTP. */
pl_web_end pl_web_read(pl_str bytes, pl_web_head *ret);

/* The i-th value of a header, from 0; false: there is none. */
bool pl_web_get(const pl_web_head *h, pl_str name, size_t i, pl_str *ret);

/* Whether a list of parameters with semicolons has the word, and what stands behind its "=". */
bool pl_web_parameter(pl_str value, pl_str word, pl_str *ret);
