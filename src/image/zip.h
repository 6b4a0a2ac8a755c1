/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ZIP as a stream (PKWARE APPNOTE 6.3; zip64, data descriptors, bytes in front of the first entry),
 * so that an archive inside an archive needs no memory but a buffer. Entries are read from their
 * local headers; when the central directory comes, it has to name the same entries, or somebody hid
 * one from the one or from the other.
 *
 * Stored and deflated entries are read. Errors: PL_FORMAT, damaged or cut; PL_UNSUPPORTED, there
 * is more in it than this reads (encrypted, other methods, other bytes between entries, a
 * directory that names other entries); PL_LIMIT, the budget is used up. One thread.
 */
#pragma once

#include "core/buf.h"
#include "image/stream.h"

typedef struct pl_zip pl_zip;

/* borrows both; *budget is what all entries that are read may unpack to. NULL: out of memory. */
pl_zip *pl_zip_new(pl_in *from, uint64_t *budget);
void pl_zip_free(pl_zip *z);

/* Skips what is left of the entry before. The name is valid until the next call. */
pl_rc pl_zip_next(pl_zip *z, pl_str *ret_name, bool *ret_end, pl_err *err) PL_MUST_USE;

/* Sees the bytes in front of the first entry, before pl_zip_next finds it or fails. */
typedef pl_rc (*pl_zip_prefix)(void *arg, pl_str bytes, pl_err *err);
void pl_zip_on_prefix(pl_zip *z, pl_zip_prefix each, void *arg);

/* What is read from now on counts against another budget. */
void pl_zip_charge(pl_zip *z, uint64_t *budget);

/* Data of the entry that pl_zip_next gave last. */
pl_in *pl_zip_data(pl_zip *z);

/* The same as a whole, at most max bytes; PL_LIMIT: it has more. */
pl_rc pl_zip_text(pl_zip *z, size_t max, pl_buf *ret, pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_zip_, pl_zip *, pl_zip_free, NULL)
#define PL_AUTO_ZIP PL_CLEANUP(pl_auto_zip_)
