/* SPDX-License-Identifier: Apache-2.0 */
/* What the two sides of the cluster client share. Nobody else includes this. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cluster/limits.h"
#include "core/err.h"
#include "core/str.h"

bool pl_cluster_client_can_start(void); /* main() can become the process */

/* client_place.c: a server's URL, taken apart. */
typedef struct pl_cluster_place {
    char host[256]; /* without brackets */
    bool is_v6;
    uint16_t port;
    char path[256]; /* in front of /api; without its last slash */
} pl_cluster_place;

/* A name or address with nothing that means something in a URL. */
bool pl_cluster_is_host(pl_str s);

/* PL_UNSUPPORTED: not https. */
pl_rc pl_cluster_place_of(pl_str url, pl_cluster_place *ret, pl_err *err) PL_MUST_USE;
