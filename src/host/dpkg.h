/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few facts about installed packages that the host collector needs: names, versions, who
 * maintains them. Source: deb-status stanzas of /var/lib/dpkg/status (dpkg(1), deb822(5)).
 */
#pragma once

#include "host/facts.h"

typedef struct pl_host_package {
    pl_str name, version, maintainer, origin;
    bool is_installed; /* Status: ... installed */
} pl_host_package;

/* Cuts the next stanza of *rest. False at the end. Slices point into the text. */
bool pl_dpkg_next(pl_str *rest, pl_host_package *ret);
