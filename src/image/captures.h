/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contents of the files that are kept, compressed, by entry number. Entry numbers come in rising
 * order. For layers.c only.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

typedef struct pl_capture {
    uint32_t entry;
    uint32_t bytes; /* as the file was */
    uint32_t packed_bytes;
    void *packed; /* NULL: too large to keep */
} pl_capture;

typedef struct pl_captures {
    pl_capture *items;
    size_t n, room;
    size_t total; /* packed bytes */
} pl_captures;

void pl_captures_done(pl_captures *c);
/* is_whole false: the file is larger than may be kept. */
pl_rc pl_captures_add(pl_captures *c, uint32_t entry, pl_str content, bool is_whole,
                      pl_err *err) PL_MUST_USE;
pl_rc pl_captures_get(const pl_captures *c, uint32_t entry, pl_buf *ret, pl_err *err) PL_MUST_USE;
