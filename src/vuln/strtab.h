/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distinct strings with a number each: the string table of a database while it is built.
 *
 * Strings are borrowed and must outlive the table. Number 0 is the empty string. One thread.
 */
#pragma once

#include "core/attr.h"
#include "core/str.h"

typedef struct pl_strtab {
    pl_str *v;
    uint64_t *hash;
    size_t n, room;
    uint32_t *slots; /* number + 1, 0: free; a power of two of them */
    size_t n_slots;
    uint64_t seed;
} pl_strtab;

/* False: out of memory, here or before. done accepts a table that init refused. */
bool pl_strtab_init(pl_strtab *t);
void pl_strtab_done(pl_strtab *t);

/* The number of s, a new one if need be. False: out of memory. */
bool pl_strtab_add(pl_strtab *t, pl_str s, uint32_t *ret);

/* The number of s, if it is there. */
bool pl_strtab_find(const pl_strtab *t, pl_str s, uint32_t *ret);

/*
 * The order of the strings by bytes: rank[number] is a string's place, order[place] its number.
 * Both have room for n. False: out of memory.
 */
bool pl_strtab_sort(const pl_strtab *t, uint32_t *rank, uint32_t *order);

#define PL_AUTO_STRTAB PL_CLEANUP(pl_strtab_done)
