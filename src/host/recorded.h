/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifest of a recorded tree, .recorded/stat: one line a file,
 *
 *     MODE UID GID PATH [acl=TAG:ID:PERM,...]
 *
 * MODE is st_mode in octal with the file type (100644, 40755, 140660), TAG user or group; the mask
 * is applied already. A path that stands only here exists without content (a socket, a device). A
 * file of the tree that is not listed belongs to root and has mode 0644, a directory 0755.
 */
#pragma once

#include "host/snap.h"

#define PL_HOST_MANIFEST "/.recorded/stat"

typedef struct pl_host_manifest pl_host_manifest;

pl_rc pl_host_manifest_parse(pl_str text, pl_arena *a, pl_host_manifest **ret,
                             pl_err *err) PL_MUST_USE;

/* Overrides owner and mode. True when the path is listed. *acl (may be NULL) is set then. */
bool pl_host_manifest_apply(const pl_host_manifest *m, pl_str path, pl_snap_meta *meta,
                            pl_str *acl);
