/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of legacy iptables in the words of host/nft.h, from the bytes of "@xtables". */
#pragma once

#include "host/nft.h"

/* The filter tables of both families; pid as for pl_fw_read. */
pl_fw pl_xt_read(pl_host_reading *f, int64_t pid);

/* False: malformed or too large (reason in ret->reason). */
bool pl_xt_parse(pl_arena *a, pl_str bytes, pl_fw *ret);
