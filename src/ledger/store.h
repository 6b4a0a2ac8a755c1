/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree on disk: what is still open at the right edge, and what was written but is not yet
 * durable. A part of the writer; nothing here knows of journals or keys.
 *
 * Leaves are added in memory. Full tiles and bundles wait in `ready` until the caller knows that
 * the journal holds their leaves (flush); partial ones are written at each checkpoint (partial);
 * sync makes all of it durable and removes partial tiles that a full one replaced.
 */
#pragma once

#include "ledger/tile.h"

enum { PL_STORE_DIRS = 1024 };

typedef struct pl_open_tile {
    pl_node node[PL_TILE_HASHES];
    unsigned n;
    uint64_t tile;
    unsigned written; /* width of the partial file that holds these nodes, 0: none */
} pl_open_tile;

typedef struct pl_store {
    int log_dir; /* borrowed */
    pl_sha256 *h;
    pl_edge edge;
    pl_open_tile open[PL_TILE_LEVELS];
    pl_buf bundle; /* entries of the open bundle */
    pl_buf ready;  /* full files: pl_tile, u32 length, bytes */

    int fds[PL_UNSYNCED_FILES + PL_SYNC_DIRS]; /* directories behind the files, during a sync */
    size_t n_fds;
    char dirs[PL_STORE_DIRS][PL_TILE_PATH];
    size_t n_dirs;
    pl_tile *full; /* written full since the last sync */
    size_t n_full, room_full;
} pl_store;

pl_rc pl_store_new(int log_dir, pl_store **ret, pl_err *err) PL_MUST_USE;
void pl_store_free(pl_store *s); /* accepts NULL */

/* Reads the right edge of a tree of this size and compares its root. PL_TAMPERED: another. */
pl_rc pl_store_load(pl_store *s, uint64_t size, const pl_node *root, pl_err *err) PL_MUST_USE;

pl_rc pl_store_add(pl_store *s, pl_str leaf, const pl_node *hash, pl_err *err) PL_MUST_USE;
pl_rc pl_store_flush(pl_store *s, pl_err *err) PL_MUST_USE;
pl_rc pl_store_partial(pl_store *s, pl_err *err) PL_MUST_USE;
pl_rc pl_store_sync(pl_store *s, pl_err *err) PL_MUST_USE;

/* Puts a file and remembers to sync it. */
pl_rc pl_store_put(pl_store *s, const char *path, pl_str bytes, pl_err *err) PL_MUST_USE;

/* Moves a file that is durable itself and remembers to sync its directory. */
pl_rc pl_store_move(pl_store *s, const char *from, const char *to, pl_err *err) PL_MUST_USE;

/* Reads a tile or bundle: the file of this width, or the first hashes or entries of the full one.
 */
pl_rc pl_tile_read(int log_dir, const pl_tile *t, pl_buf *ret, pl_err *err) PL_MUST_USE;

/*
 * A pl_node_source (ledger/proof.h) over the tiles of a log. Keeps the last tile read.
 */
typedef struct pl_tile_nodes {
    int log_dir;
    uint64_t size;
    pl_sha256 *h;
    pl_tile have; /* width 0: none */
    pl_buf bytes;
} pl_tile_nodes;

pl_rc pl_tile_node(void *tile_nodes, unsigned level, uint64_t index, pl_node *ret, pl_err *err);
