/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growable byte buffer with a maximum.
 *
 * Appending never fails visibly: the first append that would pass the maximum, or that finds no
 * memory, makes the buffer bad for good and later ones do nothing. So a writer appends a whole
 * document and asks pl_buf_ok() once. One thread at a time.
 */
#pragma once

#include "core/attr.h"
#include "core/str.h"

typedef struct pl_buf {
    char *p; /* owned; not NUL-terminated */
    size_t n;
    size_t room;
    size_t max; /* bytes; 0 means PL_BUF_MAX */
    bool bad;
} pl_buf;

#define PL_BUF_MAX ((size_t)1 << 30)

void pl_buf_done(pl_buf *b);  /* frees and empties; accepts {0} */
void pl_buf_reset(pl_buf *b); /* keeps the memory */
void pl_buf_add(pl_buf *b, const void *p, size_t n);
void pl_buf_str(pl_buf *b, pl_str s);
void pl_buf_c(pl_buf *b, const char *c);
void pl_buf_fmt(pl_buf *b, const char *fmt, ...) PL_PRINTF(2, 3);
void pl_buf_int(pl_buf *b, int64_t v); /* decimal */
void pl_buf_u32le(pl_buf *b, uint32_t v);
void pl_buf_u64le(pl_buf *b, uint64_t v);
void pl_buf_lstr(pl_buf *b, pl_str s); /* u32le length, then the bytes */

/* Room for n bytes that the caller writes at once, n at least 1; NULL: the buffer is bad. */
char *pl_buf_more(pl_buf *b, size_t n);

static inline void pl_buf_ch(pl_buf *b, char c)
{
    if (!b->bad && b->n < b->room)
        b->p[b->n++] = c;
    else
        pl_buf_add(b, &c, 1);
}

static inline bool pl_buf_ok(const pl_buf *b)
{
    return !b->bad;
}

/* Borrowed until the next append. */
static inline pl_str pl_buf_view(const pl_buf *b)
{
    return (pl_str){b->p ? b->p : "", b->n};
}

#define PL_AUTO_BUF PL_CLEANUP(pl_buf_done)
