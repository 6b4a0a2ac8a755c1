/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that checks ask audit rules about, with their numbers on 64 and 32 bit. */
#pragma once

#include <stddef.h>

typedef struct pl_audit_syscall {
    const char *name;
    unsigned nr64, nr32;
} pl_audit_syscall;

extern const pl_audit_syscall pl_audit_syscalls[];
extern const size_t pl_audit_syscall_count;
