/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is what lies on a block device encrypted? Walks /sys/dev/block/MAJ:MIN/slaves down until a
 * device-mapper crypt target (dm/uuid "CRYPT-...") is met; below a RAID all members must be.
 */
#pragma once

#include "host/facts.h"

typedef struct pl_block {
    pl_host_seen state;
    const char *reason;
    pl_str encryption; /* luks2, luks1, plain, crypt, memory, none */
    pl_str dm_name;    /* of the crypt device, for crypttab; may be empty */
} pl_block;

pl_block pl_block_encryption(pl_host_reading *f, pl_str device);

/* "8:1" of "/dev/sda1", "/dev/mapper/x". PL_SEEN_NONE: no such device. */
pl_host_seen pl_block_device(pl_host_reading *f, pl_str path, pl_str *ret);
