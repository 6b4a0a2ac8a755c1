/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage that hashes and counts what passes. It has a few buffers of its own, which it lends to
 * its reader one after the other, so that the thread beside (core/beside.h) can still hash the one
 * before while the next is filled. Without that thread it has one, which it hashes before it is
 * filled again.
 */
#pragma once

#include "core/md5.h"
#include "image/stream.h"

typedef struct pl_hashed pl_hashed;

/* piece: bytes that it lends at a time. NULL: out of memory. */
pl_hashed *pl_hashed_new(size_t piece);
void pl_hashed_free(pl_hashed *h);

/* For good: pieces of the rider are hashed beside those of h, which costs little more than h alone
 * (core/sha_side.h). When the rider is freed, h must not read on. */
void pl_hashed_ride(pl_hashed *h, pl_hashed *rider);

/* From now on it reads from there, which is borrowed until the end. */
pl_rc pl_hashed_begin(pl_hashed *h, pl_in *from, pl_err *err) PL_MUST_USE;
pl_in *pl_hashed_in(pl_hashed *h);

/* Of the piece that was lent last, or bytes that stay where they are: they are added to m when the
 * piece is hashed, in the order of these calls. */
void pl_hashed_md5(pl_hashed *h, pl_md5 *m, pl_str bytes);
/* Pieces that were lent since the begin, and those of them of which all is hashed. */
uint64_t pl_hashed_lent(const pl_hashed *h);
uint64_t pl_hashed_done(const pl_hashed *h);
/* Waits until it is all of them. */
void pl_hashed_settle(pl_hashed *h);

/* Gives the buffers back, and says what passed. */
void pl_hashed_end(pl_hashed *h, char hex[PL_SHA256_HEX], uint64_t *ret_bytes);
