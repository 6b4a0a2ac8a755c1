/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MD5, SHA-1 and SHA-256 of a file in one pass: not because they are strong, but because they are
 * what dpkg's *.md5sums, apk's Z: lines and rpm's headers hold. MD5, which is by far the slowest,
 * is made beside the digest of the layer (image/hashed.h) and known later; the others are
 * OpenSSL's, and one that its provider refuses is not made: what needs it is unknown. One thread.
 */
#pragma once

#include "image/entries.h"
#include "image/hashed.h"

typedef struct pl_filehash pl_filehash;

/* NULL: out of memory. layer is what lends the bytes of all files; borrowed. */
pl_filehash *pl_filehash_new(pl_hashed *layer);
void pl_filehash_free(pl_filehash *h);
void pl_filehash_begin(pl_filehash *h, unsigned which); /* PL_HAS_... */
/* Of the layer's piece that was lent last, or bytes that stay. */
void pl_filehash_add(pl_filehash *h, pl_str bytes);
/* The row of the file's digests in to; that of MD5 is filled in by a settle. */
pl_rc pl_filehash_end(pl_filehash *h, pl_entries *to, uint32_t *ret, pl_err *err) PL_MUST_USE;
/* What is known by now, or all of it: the layer must not have ended. */
void pl_filehash_settle(pl_filehash *h, pl_entries *to, bool all);
