/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Merkle tree of RFC 6962 section 2.1 (= RFC 9162 section 2.1) over SHA-256.
 *
 * Leaf: SHA-256(0x00 || leaf). Node: SHA-256(0x01 || left || right). Empty tree: SHA-256("").
 * A writer needs no more than the right edge: the roots of the perfect subtrees that the size's
 * binary digits name, 64 slots. A pl_sha256 is lent by the caller, one thread at a time.
 */
#pragma once

#include "core/hash.h"

typedef struct pl_node {
    unsigned char b[PL_SHA256];
} pl_node;

bool pl_node_eq(const pl_node *a, const pl_node *b);

void pl_merkle_leaf(pl_sha256 *h, pl_str leaf, pl_node *ret);
void pl_merkle_node(pl_sha256 *h, const pl_node *left, const pl_node *right, pl_node *ret);

/* Root of a tree over these leaf hashes (or, in a tile, subtree roots). */
void pl_merkle_root(pl_sha256 *h, const pl_node *nodes, size_t n, pl_node *ret);

typedef struct pl_edge {
    uint64_t size;    /* leaves */
    pl_node slot[64]; /* slot[k] holds when bit k of size is set */
} pl_edge;

/*
 * Adds a leaf hash. Perfect subtrees of 256^k leaves that it completes, k = 0, 1, ..., are handed
 * out for the tiles: ret_tiled has room for 8; returns how many, at least 1 (the leaf itself).
 */
unsigned pl_edge_add(pl_edge *e, pl_sha256 *h, const pl_node *leaf, pl_node ret_tiled[8]);

void pl_edge_root(const pl_edge *e, pl_sha256 *h, pl_node *ret);
