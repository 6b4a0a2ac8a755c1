/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pull streams: bytes that are read once, in order, through as many stages as an image needs
 * (archive entry, digest, gunzip, layer). A stage borrows the one below; the caller owns both.
 * One thread.
 */
#pragma once

#include "core/err.h"
#include "core/hash.h"
#include "core/str.h"

typedef struct pl_in pl_in;
struct pl_in {
    /* Up to n bytes, n > 0; *ret_n is 0 only at the end. */
    pl_rc (*read)(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err);
    /* NULL, or the next bytes in the stage's own memory, valid until its next call; none only at
     * the end. */
    pl_rc (*lend)(pl_in *in, pl_str *ret, pl_err *err);
};

static inline pl_rc pl_in_read(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    return in->read(in, buf, n, ret_n, err);
}

/* The next bytes: those that the stream lends, else up to n of them in own. None after an error. */
pl_rc pl_in_next(pl_in *in, void *own, size_t n, pl_str *ret, pl_err *err) PL_MUST_USE;
/* As many as n bytes; fewer only at the end. */
pl_rc pl_in_fill(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err) PL_MUST_USE;
/* The same; after an error *ret_n says how many came before it. */
pl_rc pl_in_fill_some(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err) PL_MUST_USE;
/* Reads to the end and forgets. */
pl_rc pl_in_drain(pl_in *in, pl_err *err) PL_MUST_USE;

/* A descriptor: file, pipe or socket. */
typedef struct pl_in_fd {
    pl_in in;
    int fd;
} pl_in_fd;
pl_in_fd pl_in_of_fd(int fd);

/* A part of a file that others read as well: by place, so that nobody moves anybody's offset.
 * At most `piece` bytes a read, so that the reader's own buffer holds no more than it asked for;
 * 0: as many as there are. */
typedef struct pl_in_at {
    pl_in in;
    int fd;
    uint64_t at, end;
    size_t piece;
} pl_in_at;
pl_in_at pl_in_of_part(int fd, uint64_t at, uint64_t n);

/* Bytes in memory. */
typedef struct pl_in_mem {
    pl_in in;
    pl_str left;
} pl_in_mem;
pl_in_mem pl_in_of_str(pl_str s);

/* Bytes that were read already, then what follows them. */
typedef struct pl_in_after {
    pl_in in;
    pl_str left;
    pl_in *then;
} pl_in_after;
pl_in_after pl_in_of_both(pl_str first, pl_in *then);

/* Lets its user look at the first bytes before they are read. */
typedef struct pl_in_peek {
    pl_in in;
    pl_in *from;
    size_t n, at;
    unsigned char head[512];
} pl_in_peek;
/* After an error the head is what came before it. */
pl_rc pl_in_peek_open(pl_in_peek *p, pl_in *from, pl_err *err) PL_MUST_USE;
static inline pl_str pl_in_peek_head(const pl_in_peek *p)
{
    return (pl_str){(const char *)p->head, p->n};
}
