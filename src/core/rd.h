/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounds-checked reader over bytes.
 *
 * The first read past the end makes the reader bad for good: it moves to the end, and this and
 * every later read gives 0 or an empty slice. So a decoder reads a whole record and asks
 * pl_rd_ok() once, before it believes any of it.
 */
#pragma once

#include "core/str.h"

#include <string.h>

typedef struct pl_rd {
    const unsigned char *p;
    size_t n; /* bytes left */
    bool bad;
} pl_rd;

static inline pl_rd pl_rd_of(const void *p, size_t n)
{
    return (pl_rd){p, n, false};
}

static inline bool pl_rd_ok(const pl_rd *r)
{
    return !r->bad;
}

/* Well read, and nothing left over. */
static inline bool pl_rd_done(const pl_rd *r)
{
    return !r->bad && r->n == 0;
}

static inline pl_str pl_rd_bytes(pl_rd *r, size_t n)
{
    if (r->bad || n > r->n) {
        *r = (pl_rd){r->p, 0, true};
        return (pl_str){"", 0};
    }
    pl_str s = {(const char *)r->p, n};
    r->p += n;
    r->n -= n;
    return s;
}

static inline uint32_t pl_rd_u32le(pl_rd *r)
{
    pl_str s = pl_rd_bytes(r, 4);
    const unsigned char *b = (const unsigned char *)s.p;
    return s.n == 4
               ? (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24
               : 0;
}

/* Exactly n bytes into the caller's memory; nothing is written when they are not there. */
static inline void pl_rd_copy(pl_rd *r, void *to, size_t n)
{
    pl_str s = pl_rd_bytes(r, n);
    if (s.n == n && n)
        memcpy(to, s.p, n);
}

static inline uint8_t pl_rd_u8(pl_rd *r)
{
    pl_str s = pl_rd_bytes(r, 1);
    return s.n == 1 ? (uint8_t)s.p[0] : 0;
}

static inline uint64_t pl_rd_u64le(pl_rd *r)
{
    uint64_t lo = pl_rd_u32le(r);
    return lo | (uint64_t)pl_rd_u32le(r) << 32;
}

/* u32le length, then that many bytes. */
static inline pl_str pl_rd_lstr(pl_rd *r)
{
    return pl_rd_bytes(r, pl_rd_u32le(r));
}
