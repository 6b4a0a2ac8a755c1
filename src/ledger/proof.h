/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inclusion and consistency proofs (RFC 6962 sections 2.1.1, 2.1.2; checks of RFC 9162 sections
 * 2.1.3.2, 2.1.4.2) and the file form c2sp.org/tlog-proof@v1.
 *
 * The checks refuse what the published negative vectors show: an index outside the tree, a proof
 * of any other than the exact length, consistency from size 0, equal sizes with different roots
 * or with a proof.
 */
#pragma once

#include "ledger/limits.h"
#include "ledger/merkle.h"

typedef struct pl_proof {
    pl_node node[PL_PROOF_HASHES + 1];
    size_t n;
} pl_proof;

/* Gives the root of the perfect subtree of 2^level leaves that starts at leaf index << level. */
typedef pl_rc (*pl_node_source)(void *arg, unsigned level, uint64_t index, pl_node *ret,
                                pl_err *err);

typedef struct pl_proof_tree {
    pl_node_source node;
    void *arg;
    pl_sha256 *h;
} pl_proof_tree;

/* PL_USAGE: index is not in a tree of this size. */
pl_rc pl_proof_inclusion(const pl_proof_tree *t, uint64_t index, uint64_t size, pl_proof *ret,
                         pl_err *err) PL_MUST_USE;

/* PL_USAGE: not 0 < old <= size. */
pl_rc pl_proof_consistency(const pl_proof_tree *t, uint64_t old, uint64_t size, pl_proof *ret,
                           pl_err *err) PL_MUST_USE;

/* The root of the first `size` leaves. */
pl_rc pl_proof_root(const pl_proof_tree *t, uint64_t size, pl_node *ret, pl_err *err) PL_MUST_USE;

bool pl_inclusion_holds(pl_sha256 *h, const pl_proof *p, uint64_t index, uint64_t size,
                        const pl_node *leaf, const pl_node *root);
bool pl_consistency_holds(pl_sha256 *h, const pl_proof *p, uint64_t old, uint64_t size,
                          const pl_node *old_root, const pl_node *root);

/* c2sp.org/tlog-proof@v1 */
void pl_proof_print(const pl_proof *p, uint64_t index, pl_str checkpoint, pl_buf *out);

/* *ret_checkpoint points into text. The extra line is skipped: nothing authenticates it. */
pl_rc pl_proof_parse(pl_str text, pl_proof *ret, uint64_t *ret_index, pl_str *ret_checkpoint,
                     pl_err *err) PL_MUST_USE;

/* Body of a witness's add-checkpoint request: "old N", hashes, blank line, checkpoint. */
void pl_proof_print_consistency(const pl_proof *p, uint64_t old, pl_str checkpoint, pl_buf *out);
pl_rc pl_proof_parse_consistency(pl_str text, pl_proof *ret, uint64_t *ret_old,
                                 pl_str *ret_checkpoint, pl_err *err) PL_MUST_USE;
