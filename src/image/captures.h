/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contents of the files that are kept, by entry number: taken as they pass, in blocks that are
 * compressed each for itself, so that neither taking a large file nor reading at a place of it
 * needs the whole file in memory. Entry numbers come in rising order. For the files layer*.c only.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

enum { PL_CAPTURE_BLOCK = 64 << 10 }; /* bytes of a block before it is compressed */

typedef struct pl_capture_block {
    void *packed; /* owned */
    uint32_t packed_bytes;
} pl_capture_block;

typedef struct pl_capture {
    uint32_t entry;
    bool is_whole; /* false: too large to keep */
    uint64_t bytes;
    size_t first_block;
} pl_capture;

typedef struct pl_capture_cache pl_capture_cache;

typedef struct pl_captures {
    pl_capture *items;
    size_t n, room;
    pl_capture_block *blocks;
    size_t n_blocks, room_blocks;
    size_t total; /* packed bytes */
    char *fill;   /* the block that is being filled */
    size_t n_fill;
    pl_capture_cache *cache; /* blocks that were unpacked last */
} pl_captures;

void pl_captures_done(pl_captures *c);

/* A file is taken by begin, any number of writes, and end. size: what the archive says it has. */
pl_rc pl_captures_begin(pl_captures *c, uint32_t entry, uint64_t size, pl_err *err) PL_MUST_USE;
pl_rc pl_captures_write(pl_captures *c, const void *p, size_t n, pl_err *err) PL_MUST_USE;
pl_rc pl_captures_end(pl_captures *c, pl_err *err) PL_MUST_USE;
/* Forgets what was kept of this entry and of all after it. */
void pl_captures_drop(pl_captures *c, uint32_t first_entry);

/* Number of the first item of this entry or one after it. */
size_t pl_captures_first(const pl_captures *c, uint32_t entry);

static inline size_t pl_capture_blocks(uint64_t bytes)
{
    return (size_t)((bytes + PL_CAPTURE_BLOCK - 1) / PL_CAPTURE_BLOCK);
}

/* In place of write: a block of the file that was begun, compressed already, of raw bytes. Its
 * contents are looked at when somebody reads them. */
pl_rc pl_captures_put(pl_captures *c, pl_str packed, size_t raw, pl_err *err) PL_MUST_USE;

/* The whole file. PL_NOTFOUND: not kept; PL_LIMIT: larger than may be kept, or be in memory. */
pl_rc pl_captures_get(const pl_captures *c, uint32_t entry, pl_buf *ret, pl_err *err) PL_MUST_USE;
/* What a reader at places asks first. Errors as above, but for files of any size that is kept. */
pl_rc pl_captures_size(const pl_captures *c, uint32_t entry, uint64_t *ret,
                       pl_err *err) PL_MUST_USE;
/* False: they are not all there, or could not be unpacked. */
bool pl_captures_at(pl_captures *c, uint32_t entry, uint64_t at, void *to, size_t n);
