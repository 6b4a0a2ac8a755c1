/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root below which a host is looked at, and the one place that opens its files.
 *
 * A root is the live host ("/"), or a directory: a mounted disk or a recorded tree. A recorded
 * tree has .recorded/stat, which says owner, mode and type of files that a checkout cannot hold,
 * and .recorded/NAME for each answer of the kernel (docs/formats/host-tree.md).
 */
#pragma once

#include "host/snap.h"

typedef struct pl_host_root pl_host_root;

/* path NULL: "/". */
pl_rc pl_host_root_open(const char *path, pl_host_root **ret, pl_err *err) PL_MUST_USE;
void pl_host_root_close(pl_host_root *r); /* accepts NULL */
bool pl_host_root_is_live(const pl_host_root *r);

/*
 * Looks at one path (absolute, below the root) and puts what was found into the snapshot, failures
 * included. Fails only when the snapshot is full.
 */
pl_rc pl_host_look(pl_host_root *r, pl_str path, uint8_t ops, pl_snap *into,
                   pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_host_root_, pl_host_root *, pl_host_root_close, NULL)
#define PL_AUTO_HOST_ROOT PL_CLEANUP(pl_auto_host_root_)
