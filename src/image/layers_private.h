/* SPDX-License-Identifier: Apache-2.0 */
/* What layers.c, layer_files.c, packed.c and unpack_layer.c share. */
#pragma once

#include "image/captures.h"
#include "image/entries.h"
#include "image/filehash.h"
#include "image/hashed.h"
#include "image/layers.h"

enum { PIECE = 64 * 1024 }; /* of a file, as it is shown */
enum { PL_ANY_BYTE = 256 };

struct pl_layers {
    const pl_want *wants;
    uint16_t chain[PL_ANY_BYTE + 1]; /* by last byte of a name: 1 + the first want, 0: none */
    uint16_t *chain_next;            /* the same, by 1 + want; owned */
    pl_problems *problems;
    pl_paths *paths;
    pl_entries entries;
    pl_captures captures;
    pl_analysis *analysis; /* borrowed; may be NULL */
    pl_layer *layers;
    size_t n_layers, room_layers;
    pl_filehash *hash; /* NULL: not to be had */
    /* Digests that the package managers have that were met in this layer (layer_files.c). */
    unsigned managers;
    pl_hashed *packed, *plain;       /* the two sides of the compression */
    uint64_t holes_left, holes_each; /* of the layer that passes, and of every one */
    size_t n_denied;                 /* of the layer that passes */
    char first_denied[256];
    pl_buf kept; /* of the file that passes, for an analyser that reads it whole */
    pl_buf path;
};

/* For layers that come from elsewhere (unpack_layer.c). */
pl_rc pl_layers_new_layer(pl_layers *ls, pl_str name, pl_err *err) PL_MUST_USE;
void pl_layers_drop_last(pl_layers *ls); /* as if it had never been begun */

/* Before the first file; false: out of memory. */
bool pl_layers_chain_wants(pl_layers *ls);

/* Reads as much of a regular file as somebody needs; sets what of the entry depends on it. The
 * entry is the one that comes next in the set. */
pl_rc pl_layers_take(pl_layers *ls, pl_tar *tar, const pl_tar_entry *t, pl_entry *e,
                     pl_err *err) PL_MUST_USE;
