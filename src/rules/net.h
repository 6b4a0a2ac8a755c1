/* SPDX-License-Identifier: Apache-2.0 */
/* IP addresses and CIDR networks, from their text forms. */
#pragma once

#include "core/str.h"

typedef struct pl_net {
    uint8_t family; /* 4 or 6 */
    uint8_t bits;   /* of the prefix; 32 or 128: one address */
    unsigned char addr[16];
} pl_net;

bool pl_net_parse(pl_str s, pl_net *ret);         /* ADDRESS or ADDRESS/BITS */
bool pl_net_parse_address(pl_str s, pl_net *ret); /* ADDRESS only */

/* Same family, and the address lies in the network. */
bool pl_net_has(const pl_net *net, const pl_net *address);
