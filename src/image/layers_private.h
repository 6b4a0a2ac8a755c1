/* SPDX-License-Identifier: Apache-2.0 */
/* What layers.c and layer_files.c share. */
#pragma once

#include "image/captures.h"
#include "image/filehash.h"
#include "image/layers.h"

enum { PIECE = 64 * 1024 };

struct pl_layers {
    const pl_want *wants;
    pl_problems *problems;
    pl_paths *paths;
    pl_entry *entries;
    size_t n, room;
    pl_file_digests *digests;
    size_t n_digests, room_digests;
    pl_captures captures;
    pl_analysis *analysis; /* borrowed; may be NULL */
    pl_layer *layers;
    size_t n_layers, room_layers;
    pl_filehash *hash; /* NULL: not to be had */
    unsigned managers; /* digests that the package managers have that were met (layer_files.c) */
    pl_sha256 *blob_sha, *diff_sha;
    uint64_t holes_left;
    size_t n_denied; /* of the layer that passes */
    char first_denied[256];
    pl_buf kept; /* of the file that passes, for an analyser that reads it whole */
    pl_buf path;
    unsigned char piece[PIECE];
};

/* Reads as much of a regular file as somebody needs; sets what of the entry depends on it. The
 * entry is the one that comes next in the set. */
pl_rc pl_layers_take(pl_layers *ls, pl_tar *tar, const pl_tar_entry *t, pl_entry *e,
                     pl_err *err) PL_MUST_USE;
