/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which package a program of the engine stack belongs to, by dpkg's lists of files. Only packages
 * whose name speaks of containers are asked for their list.
 */
#pragma once

#include "host/installed.h"

typedef struct pl_program_owner {
    pl_host_seen state;        /* PL_SEEN_NONE: no package lists it */
    const char *reason;        /* PL_SEEN_FAILED */
    const pl_package *package; /* PL_SEEN_OK */
} pl_program_owner;

pl_program_owner pl_program_owner_of(pl_host_reading *f, pl_str path);
