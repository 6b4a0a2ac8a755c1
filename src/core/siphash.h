/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012) for tables whose keys come from outside: without the
 * key nobody can make names that collide. Any thread.
 */
#pragma once

#include "core/str.h"

typedef struct pl_sipkey {
    uint64_t k0, k1;
} pl_sipkey;

/* The kernel's random bytes for this process (AT_RANDOM): needs no system call, so a jailed
 * worker can ask. Differs from process to process: nothing may depend on the order it gives. */
pl_sipkey pl_sipkey_process(void);

uint64_t pl_siphash(pl_sipkey key, const void *p, size_t n);
