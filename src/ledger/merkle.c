/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/merkle.h"

#include <string.h>

bool pl_node_eq(const pl_node *a, const pl_node *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

void pl_merkle_leaf(pl_sha256 *h, pl_str leaf, pl_node *ret)
{
    pl_sha256_add(h, "\x00", 1);
    pl_sha256_add(h, leaf.p, leaf.n);
    pl_sha256_end(h, ret->b);
}

void pl_merkle_node(pl_sha256 *h, const pl_node *left, const pl_node *right, pl_node *ret)
{
    unsigned char in[1 + 2 * PL_SHA256] = {1};

    memcpy(in + 1, left->b, PL_SHA256);
    memcpy(in + 1 + PL_SHA256, right->b, PL_SHA256);
    pl_sha256_add(h, in, sizeof(in));
    pl_sha256_end(h, ret->b);
}

unsigned pl_edge_add(pl_edge *e, pl_sha256 *h, const pl_node *leaf, pl_node ret_tiled[8])
{
    pl_node node = *leaf;
    unsigned level = 0;
    unsigned n = 0;

    ret_tiled[n++] = node;
    while (e->size >> level & 1) {
        pl_merkle_node(h, &e->slot[level], &node, &node);
        level++;
        if (level % 8 == 0 && n < 8)
            ret_tiled[n++] = node;
    }
    e->slot[level] = node;
    e->size++;
    return n;
}

void pl_edge_root(const pl_edge *e, pl_sha256 *h, pl_node *ret)
{
    bool some = false;
    pl_node root;

    for (unsigned level = 0; level < 64; level++) {
        if (!(e->size >> level & 1))
            continue;
        if (some)
            pl_merkle_node(h, &e->slot[level], &root, &root);
        else
            root = e->slot[level];
        some = true;
    }
    if (!some)
        pl_sha256_end(h, root.b);
    *ret = root;
}

void pl_merkle_root(pl_sha256 *h, const pl_node *nodes, size_t n, pl_node *ret)
{
    pl_edge e = {.size = 0};
    pl_node tiled[8];

    for (size_t i = 0; i < n; i++)
        (void)pl_edge_add(&e, h, &nodes[i], tiled);
    pl_edge_root(&e, h, ret);
}
