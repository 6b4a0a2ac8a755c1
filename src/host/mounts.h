/* SPDX-License-Identifier: Apache-2.0 */
/* The mount table of process 1 (proc_pid_mountinfo(5)), octal escapes undone. */
#pragma once

#include "host/facts.h"

typedef struct pl_mount {
    pl_str device; /* "8:1" */
    pl_str root, path, type, source, options;
} pl_mount;

typedef struct pl_mounts {
    pl_host_seen state; /* other than PL_SEEN_OK: empty */
    const char *reason;
    pl_mount *v;
    size_t n;
} pl_mounts;

pl_mounts pl_mounts_read(pl_host_reading *f);

/* The mount that holds the path: the longest mount point, of equals the last. NULL: none. */
const pl_mount *pl_mount_of(const pl_mounts *m, pl_str path);

/* Is the path `dir` itself or below it? Both absolute. */
bool pl_host_path_is_below(pl_str path, pl_str dir);
