/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fixed set of strings: built once from a condition's literals, asked many times.
 *
 * Its keys come from content; only questions come from outside, so no question can make it slow.
 */
#pragma once

#include "core/arena.h"

typedef struct pl_set {
    const pl_str *items;
    uint32_t *slots; /* index into items plus one; 0 is empty */
    size_t mask;     /* slots - 1, a power of two less one */
} pl_set;

/* Borrows the items. False: the arena is used up. */
bool pl_set_init(pl_set *s, const pl_str *items, size_t n, pl_arena *a) PL_MUST_USE;
bool pl_set_has(const pl_set *s, pl_str key);
