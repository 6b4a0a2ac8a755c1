/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The merged file tree: what a container made from these layers would see, and for each file the
 * layer that it came from.
 *
 * Layers are laid on each other lowest first with pl_tree_lay, then pl_tree_seal ends the work
 * and pl_tree_at answers. Rules: whiteouts and opaque folders hide only what lower layers hold,
 * wherever they stand in their own layer; a folder over a folder keeps its content, anything
 * else replaces; a hard link is another name for the content of a file in the same or a lower
 * layer; a symbolic link on the way to a file is followed inside the root, as containerd does.
 *
 * A tree borrows its layers. Slices live as long as they do. One thread.
 */
#pragma once

#include "image/layers.h"

typedef struct pl_file {
    uint32_t node;     /* in the layers' paths */
    const pl_entry *e; /* of a hard link: that of its content; never PL_ENTRY_HARDLINK */
    size_t layer;      /* place in the order of pl_tree_lay: 0 is the lowest */
    pl_str link;       /* symlink: target as written */
} pl_file;

typedef struct pl_tree pl_tree;

pl_tree *pl_tree_new(pl_layers *ls); /* NULL: out of memory */
void pl_tree_free(pl_tree *t);

/* i: number of the layer in the set. The same layer may be laid more than once. */
pl_rc pl_tree_lay(pl_tree *t, size_t i, pl_err *err) PL_MUST_USE;
void pl_tree_seal(pl_tree *t);

size_t pl_tree_layers(const pl_tree *t);
size_t pl_tree_layer(const pl_tree *t, size_t place); /* number in the set of what lies there */

/* Walk: for (node = 0; node < pl_tree_size(t); node++) if (pl_tree_at(t, node, &f)) ...
 * Parents come before children. */
size_t pl_tree_size(const pl_tree *t);
bool pl_tree_at(const pl_tree *t, uint32_t node, pl_file *ret);

/* Follows symbolic links inside the root, the last one too when follow is true. False: not there.
 */
bool pl_tree_find(const pl_tree *t, pl_str path, bool follow, pl_file *ret);

/* The node of a folder, also of one that no entry names but that something lies in; links are
 * followed. PL_PATH_NONE: not there, or no folder. */
uint32_t pl_tree_folder(const pl_tree *t, pl_str path);

/* What the layer at this place holds under this very path, hidden or not; NULL: nothing. */
const pl_entry *pl_tree_entry_in(const pl_tree *t, size_t place, uint32_t node);
pl_layers *pl_tree_set(const pl_tree *t);

/* Content of a file that was kept (pl_want). PL_NOTFOUND: there is none of that path. */
pl_rc pl_tree_content(const pl_tree *t, pl_str path, pl_buf *ret, pl_file *ret_file,
                      pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_tree_, pl_tree *, pl_tree_free, NULL)
#define PL_AUTO_TREE PL_CLEANUP(pl_auto_tree_)
