/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that passes once, in pieces that overlap, for those who look for several things in it.
 *
 * A window shows bytes of the file from place `at` on. What begins at from <= i < to is decided
 * now, and every such place comes up exactly once; PL_WINDOW_REACH bytes in front of it and behind
 * it are in the window as far as the file has them.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

enum { PL_WINDOW_REACH = 512, PL_WINDOW_ROOM = 64 * 1024 + 2 * PL_WINDOW_REACH };

typedef struct pl_window {
    unsigned char *p;
    size_t n;
    uint64_t at;
    size_t from, to;
    bool is_end;
} pl_window;

/* p: PL_WINDOW_ROOM bytes of the caller's. Pushed into until it is full or the file ends, then
 * looked at, then passed; a window that is_end is the last one. */
static inline pl_window pl_window_of(unsigned char *p)
{
    return (pl_window){.p = p};
}
/* Takes of the bytes what has room. True: it is full, and can be looked at. */
bool pl_window_push(pl_window *w, pl_str *bytes);
void pl_window_end(pl_window *w);
void pl_window_pass(pl_window *w);

/* Next place in [*i, to) where the text begins, which has at most PL_WINDOW_REACH bytes. *i is
 * that place; call again with the one behind it. */
bool pl_window_find(const pl_window *w, pl_str text, size_t *i);

/* Bytes of the file from a place on, taken out of windows as they pass. */
typedef struct pl_gather {
    pl_buf bytes;
    uint64_t next; /* place of the next byte */
    bool is_on;
} pl_gather;
/* at must be in the window. */
void pl_gather_begin(pl_gather *c, uint64_t at);
/* False: the window does not hold the next byte, which has passed; nothing more will come. */
bool pl_gather_add(pl_gather *c, const pl_window *w, size_t max);

static inline void pl_gather_done(pl_gather *c)
{
    pl_buf_done(&c->bytes);
}
