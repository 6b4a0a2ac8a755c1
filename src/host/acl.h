/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POSIX access lists in the kernel's form: u32le version 2, then entries of u16le tag, u16le
 * permission bits, u32le id (linux/posix_acl_xattr.h).
 */
#pragma once

#include "core/str.h"

typedef struct pl_acl_entry {
    bool is_group; /* a named group, else a named user */
    unsigned perm; /* bits rwx after the mask was applied */
    uint32_t id;
} pl_acl_entry;

typedef struct pl_acl {
    pl_acl_entry v[64]; /* entries for named users and groups */
    size_t n;
} pl_acl;

/* False: malformed, or more than 64 named entries. No list at all is an empty one. */
bool pl_acl_parse(pl_str raw, pl_acl *ret);
