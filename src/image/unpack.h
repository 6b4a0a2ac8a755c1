/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decompression by magic bytes, never by media type: gzip (RFC 1952) with any number of members,
 * zstd (RFC 8878) with any number of frames, skippable ones included, xz (tukaani.org, The .xz File
 * Format 1.1) and bzip2 with any number of streams, or bytes as they are.
 *
 * Errors: PL_FORMAT for damaged or cut data, PL_LIMIT when the expansion passes PL_UNPACK_RATIO,
 * a zstd window PL_UNPACK_WINDOW_LOG or the memory for xz PL_UNPACK_XZ_MIB; PL_UNSUPPORTED for
 * compressions that are known and not read (lz4 and others).
 */
#pragma once

#include "image/stream.h"

typedef struct pl_unpack pl_unpack;

/* from is borrowed. NULL: out of memory. */
pl_unpack *pl_unpack_new(pl_in *from);
void pl_unpack_free(pl_unpack *u);
pl_in *pl_unpack_in(pl_unpack *u);

/* "gzip", "zstd", "xz", "bzip2" or "none"; valid after the first read. */
const char *pl_unpack_name(const pl_unpack *u);

/* Do bytes that begin so belong to the reader, be it to say that it does not read them? */
bool pl_unpack_is_packed(pl_str head);

PL_DEFINE_CLEANUP(pl_auto_unpack_, pl_unpack *, pl_unpack_free, NULL)
#define PL_AUTO_UNPACK PL_CLEANUP(pl_auto_unpack_)
