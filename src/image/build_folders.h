/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders that are told as one: repositories, caches, test data. What lies in them is summed up
 * for each layer. For build_files.c.
 */
#pragma once

#include "image/facts.h"

/* A folder and why it is told, in one word; node is PL_PATH_NONE where there is none. */
typedef struct pl_build_mark {
    uint32_t node;
    const char *why;
} pl_build_mark;

typedef struct pl_build_folders {
    pl_facts *f;
    const pl_paths *paths;
    uint32_t of; /* the folder whose mark was asked for last */
    pl_build_mark mark;
    struct pl_build_sum *sums; /* owned: of the layer that is read now */
    size_t n, room;
} pl_build_folders;

void pl_build_folders_init(pl_build_folders *b, pl_facts *f);
void pl_build_folders_done(pl_build_folders *b);

/* Below one of these folders lies what others made: no test data of ours. */
bool pl_build_is_third_party(const pl_paths *paths, uint32_t node);
bool pl_build_is_system(const pl_paths *paths, uint32_t node);

/* Sums up the entry of the layer at this place. *ret: it lies in such a folder. PL_NOMEM. */
pl_rc pl_build_folders_take(pl_build_folders *b, size_t place, const pl_entry *e,
                            pl_fact_list *list, bool *ret, pl_err *err) PL_MUST_USE;
/* The next layer begins. */
void pl_build_folders_next(pl_build_folders *b);
