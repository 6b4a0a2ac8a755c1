/* SPDX-License-Identifier: Apache-2.0 */
/* Files below /run/secrets of a running container: container.secret_files. */
#pragma once

#include "engine/live.h"

/* A line of the container's mountinfo; of several at one point the last covers the others. */
typedef struct pl_live_mount {
    pl_str point, options, type;
} pl_live_mount;

void pl_live_secrets(pl_live *l, pl_live_container *k, const pl_live_mount *mounts, size_t n);
