/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which layer brought a file that analysers have notes of: the lowest one from which on its notes
 * are the same, without the file or a folder above it being deleted in between. So a file that was
 * only copied up (chown, chmod) is still of the layer that brought it.
 */
#pragma once

#include "image/tree.h"

/* An entry with notes, in one place of the tree. */
typedef struct pl_origin_version {
    uint32_t node;
    uint32_t place;
    const pl_entry *e;
} pl_origin_version;

/* Something that lower layers hold and this place deletes or hides. */
typedef struct pl_origin_deletion {
    uint32_t node;
    uint32_t place;
} pl_origin_deletion;

typedef struct pl_origins {
    const pl_tree *t;
    pl_layers *ls;
    pl_origin_version *versions; /* owned; by node, then place */
    size_t n_versions;
    pl_origin_deletion *deletions; /* owned; by node, then place */
    size_t n_deletions;
} pl_origins;

/* The tree is borrowed, and sealed. */
pl_rc pl_origins_open(pl_origins *o, const pl_tree *t, pl_err *err) PL_MUST_USE;
void pl_origins_done(pl_origins *o);

/* The place in the tree of the layer that brought this file. */
size_t pl_origin_of(const pl_origins *o, const pl_file *f);
