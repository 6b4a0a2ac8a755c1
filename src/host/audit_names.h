/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that checks ask audit rules about, with their numbers on 64 and 32 bit. */
#pragma once

#include <stddef.h>

typedef struct pl_kaudit_syscall {
    const char *name;
    unsigned nr64, nr32;
} pl_kaudit_syscall;

extern const pl_kaudit_syscall pl_kaudit_syscalls[];
extern const size_t pl_kaudit_syscall_count;
