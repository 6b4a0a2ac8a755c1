/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a descriptor, unpacked: zstd and gzip by their magic, anything else as it stands.
 * Several frames or members one behind the other are one stream. For workers. One thread.
 */
#pragma once

#include "core/attr.h"
#include "core/err.h"

typedef struct pl_feed_in pl_feed_in;

/* fd is borrowed. max: bytes that may come out. NULL: out of memory. */
pl_feed_in *pl_feed_in_new(int fd, size_t max);
void pl_feed_in_free(pl_feed_in *u);

/* *ret 0 only at the end. PL_FORMAT: damaged or cut off; PL_LIMIT: more than max bytes. */
pl_rc pl_feed_in_read(pl_feed_in *u, void *to, size_t room, size_t *ret, pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_feed_in_, pl_feed_in *, pl_feed_in_free, NULL)
#define PL_AUTO_FEED_IN PL_CLEANUP(pl_auto_feed_in_)
