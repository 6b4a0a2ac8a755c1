/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and contents of tiles and entry bundles (c2sp.org/tlog-tiles).
 *
 * tile/<L>/<N>[.p/<W>] and tile/entries/<N>[.p/<W>]; N in groups of three digits, all but the
 * last with an x before it. One name for one tile: other spellings are refused. Any thread.
 */
#pragma once

#include "core/err.h"
#include "ledger/limits.h"
#include "ledger/merkle.h"

enum { PL_TILE_ENTRIES = -1, PL_TILE_PATH = 96 };

typedef struct pl_tile {
    int level; /* 0.., or PL_TILE_ENTRIES */
    uint64_t n;
    unsigned width; /* 1..255 partial, 256 full */
} pl_tile;

void pl_tile_print(const pl_tile *t, char ret[PL_TILE_PATH]);

/* False: not the name of a tile. */
bool pl_tile_parse(pl_str path, pl_tile *ret);

/* How many hashes level `level` has in a tree of this size: floor(size / 256^level). */
uint64_t pl_tile_hashes(int level, uint64_t size);

/* Width of tile n of a level in a tree of this size: 0 (not there) to 256. */
unsigned pl_tile_width(int level, uint64_t n, uint64_t size);

/* Cuts the next entry off a bundle. False at the end or at a length that is not there. */
bool pl_bundle_next(pl_str *rest, pl_str *ret_leaf);
void pl_bundle_add(pl_buf *bundle, pl_str leaf);
