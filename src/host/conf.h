/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd's own configuration: one main file and drop-ins NAME.conf.d/ whose files are read in the
 * order of their names wherever they lie; a later setting wins (systemd-system.conf(5)).
 */
#pragma once

#include "host/facts.h"

typedef struct pl_host_conf {
    pl_host_seen state; /* PL_SEEN_NONE: no file at all */
    const char *reason;
    pl_host_strs keys, values; /* "Storage" and what the last file says */
} pl_host_conf;

pl_host_conf pl_host_conf_read(pl_host_reading *f, const char *main_file, const char *const *dirs,
                               size_t n_dirs);
bool pl_host_conf_get(const pl_host_conf *c, pl_str key, pl_str *ret); /* the last one set */
