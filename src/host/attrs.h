/* SPDX-License-Identifier: Apache-2.0 */
/* Netlink attributes: u16 length with its header, u16 type, bytes padded to 4 (linux/netlink.h). */
#pragma once

#include "core/rd.h"

/* Cuts the next attribute. False at the end, or when what is left is malformed. */
bool pl_attr_next(pl_str *rest, unsigned *type, pl_str *value);
bool pl_attr_find(pl_str attributes, unsigned type, pl_str *ret);

/* Values: big-endian numbers of the packet filter; text without its NUL. */
bool pl_attr_be32(pl_str attributes, unsigned type, uint32_t *ret);
bool pl_attr_text(pl_str attributes, unsigned type, pl_str *ret);
