/* SPDX-License-Identifier: Apache-2.0 */
/* The installed packages of the host, parsed once a reading by room package's reader of dpkg. */
#pragma once

#include "host/facts.h"
#include "package/package.h"

struct pl_installed {
    pl_host_seen state;  /* PL_SEEN_NONE: no package database that is known */
    const char *reason;  /* PL_SEEN_FAILED */
    const pl_package *v; /* names, versions and maintainer are slices of the snapshot */
    size_t n;
    bool is_damaged; /* parts of the database name no package that could be read */
};

/* Never NULL. */
const struct pl_installed *pl_host_installed(pl_host_reading *f);
