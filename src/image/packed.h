/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One layer's result as bytes: what a worker that read the layer sends, and what is kept between
 * scans (audit/layer_cache.h). It holds all that pl_layers knows of the layer and nothing of the
 * others: entries with their paths, digests of programs, kept files, notes, problems. The same
 * layer gives the same bytes, whichever set it was read in.
 *
 * Form, version 1: "PLLY", u32le version, 32 bytes fingerprint, then one zstd frame with a
 * checksum. Inside, numbers are LEB128; texts have their length before them:
 *
 *     flags, why, compression, blob sha256, diff_id sha256, blob_bytes, bytes, unread
 *     n, problems: rc, text
 *     n, paths: how far before it its folder stands (0: in the root), name
 *     n, entries: type and flags, mode, path, uid, gid, size; link; digests
 *     n, kept files: entries since the last, is_whole, bytes, blocks (each zstd, with its length)
 *     n, notes: entries since the last, by, rc, bytes
 *     a mark
 *
 * The fingerprint says what looked at the files: analysers and their versions, wanted files. Bytes
 * of another fingerprint or version are PL_UNSUPPORTED. What is read back is believed no more than
 * an archive is: the limits of image/limits.h hold for the set together. One thread.
 */
#pragma once

#include "image/layers.h"

enum { PL_FINGERPRINT = 32 };

typedef struct pl_packed_out {
    pl_rc (*put)(void *arg, pl_str bytes, pl_err *err);
    void *arg;
} pl_packed_out;

typedef struct pl_packer pl_packer;

/* Borrows both. NULL: out of memory. */
pl_packer *pl_packer_new(const pl_layers *ls, const unsigned char fingerprint[PL_FINGERPRINT]);
void pl_packer_free(pl_packer *p);

/* Layer i of the set. */
pl_rc pl_packer_put(pl_packer *p, size_t i, const pl_packed_out *out, pl_err *err) PL_MUST_USE;

/*
 * True when nothing is missing from the layer: neither damage nor a limit took something away, so
 * that the next reader would find the same.
 */
bool pl_layers_is_whole(const pl_layers *ls, size_t i);

/*
 * Appends the layer to the set, under this name. PL_FORMAT: it is none, or damaged; PL_UNSUPPORTED;
 * PL_LIMIT: more than the set may hold. After an error the set is as it was.
 */
pl_rc pl_layers_unpack(pl_layers *ls, pl_str name, pl_in *in,
                       const unsigned char fingerprint[PL_FINGERPRINT], pl_err *err) PL_MUST_USE;

/* A layer that could not be read: it counts as damaged, and the problem says why. */
pl_rc pl_layers_add_damaged(pl_layers *ls, pl_str name, pl_rc why, pl_str what,
                            pl_err *err) PL_MUST_USE;

/*
 * What the results of layers depend on beside their bytes: wanted files, analysers with their
 * versions, how layers are read, and what else the caller names.
 */
void pl_layers_fingerprint(const pl_want *const *wants, size_t n_wants,
                           const pl_analyser *const *analysers, pl_str more,
                           unsigned char ret[PL_FINGERPRINT]);

PL_DEFINE_CLEANUP(pl_auto_packer_, pl_packer *, pl_packer_free, NULL)
#define PL_AUTO_PACKER PL_CLEANUP(pl_auto_packer_)
