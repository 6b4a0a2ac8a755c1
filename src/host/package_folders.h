/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Package managers that keep a file or a folder a package, on a host: pacman, Portage, nix, snap.
 * As in images (package/catalog.h), but for Portage's licences, which would be a file more each.
 */
#pragma once

#include "host/facts.h"
#include "package/catalog.h"

typedef struct pl_host_databases {
    pl_catalog c;
    bool is_waiting;    /* for the gatherer */
    bool is_read;       /* at least one */
    const char *reason; /* NULL: all that is there was read whole */
} pl_host_databases;

/* The first reason stays. */
void pl_host_databases_spoil(pl_host_databases *d, const char *reason);

void pl_host_package_folders(pl_host_reading *f, pl_host_databases *d);
