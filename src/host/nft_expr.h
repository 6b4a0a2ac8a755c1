/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions of one nf_tables rule, followed through the registers that they load and compare. */
#pragma once

#include "host/nft.h"

enum { PL_NFT_SET_ELEMENTS = 512 };

/* Port numbers of one set; other keys are not kept. */
typedef struct pl_nft_set {
    pl_str table, name;
    uint32_t starts[PL_NFT_SET_ELEMENTS]; /* port, with bit 16 where an interval ends */
    size_t n;
    bool is_other; /* not a set of ports, or too many */
} pl_nft_set;

typedef struct pl_nft_sets {
    pl_nft_set *v[256];
    size_t n;
} pl_nft_sets;

/* attributes of NFT_MSG_NEWSETELEM. False: too many sets. */
bool pl_nft_sets_add(pl_arena *a, pl_nft_sets *sets, pl_str attributes);

/* Fills what the rule asks and does. What is not understood becomes asks_other. */
void pl_nft_expressions(pl_arena *a, pl_str list, const pl_nft_sets *sets, pl_fw_rule *ret);

/* What a match of iptables asks, by the structure that it has in memory. */
void pl_nft_match(pl_arena *a, pl_str name, pl_str info, pl_fw_rule *ret);
