/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files a layer should have, to find those that somebody put into its folder: containers
 * would see them, and no digest would tell. Names are kept as keyed hashes of 64 bits. For
 * store_stream.c only.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "core/siphash.h"

typedef struct pl_store_names {
    pl_sipkey key;
    uint64_t *items; /* owned */
    size_t n, room;
} pl_store_names;

void pl_store_names_done(pl_store_names *s);
/* name as it stands in the tar: "./a/b", "/a/b", "a/b/". */
pl_rc pl_store_names_add(pl_store_names *s, pl_str name, pl_err *err) PL_MUST_USE;
/* Regular files and links below folder that were not added: how many, and the path of one. */
pl_rc pl_store_names_extra(pl_store_names *s, int folder, size_t *ret_n, pl_buf *ret_path,
                           pl_err *err) PL_MUST_USE;
