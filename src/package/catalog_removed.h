/* SPDX-License-Identifier: Apache-2.0 */
/* Packages that lower layers list and the image does not. For the files catalog_removed*.c only. */
#pragma once

#include "package/catalog_priv.h"

typedef struct pl_removed_one {
    pl_str name; /* in the scratch arena */
    uint64_t key;
    bool is_there; /* a file of it is */
} pl_removed_one;

typedef struct pl_removed {
    pl_collect *col;
    pl_arena *scratch; /* of one version of a database */
    uint64_t *names;   /* packages that are listed, sorted; owned */
    size_t n_names;
    pl_removed_one *list; /* PL_REMOVED_MAX; owned */
    size_t n;             /* those of the version that is read begin at `first` */
    size_t first, last;   /* last: the one that was looked up last */
    size_t place;         /* of that version */
    size_t told;
    bool is_cut; /* PL_REMOVED_MAX was met */
    pl_buf said; /* their names */
} pl_removed;

uint64_t pl_removed_key(pl_str type, pl_str name);
bool pl_removed_is_listed(const pl_removed *r, uint64_t key);
/* A pl_package_each whose arg is the pl_removed: takes note of one that is in no list. */
pl_rc pl_removed_see(const pl_package *p, void *arg, pl_err *err) PL_MUST_USE;
/* Likewise: lists those whose files are there. */
pl_rc pl_removed_list(const pl_package *p, void *arg, pl_err *err) PL_MUST_USE;
/* A file of it: is it there as the layer, or one below it, left it? */
void pl_removed_look(pl_removed *r, pl_removed_one *c, pl_str path);
void pl_removed_look_at_digests(pl_removed *r, pl_removed_one *c, pl_str text);
/* The newest version, up to the layer, of a file that was kept. False: there is none. */
bool pl_removed_content(const pl_removed *r, pl_str path, pl_buf *ret);
/* Who took the node away, and how many packages with it; then starts to count anew. */
pl_rc pl_removed_tell(pl_removed *r, pl_str path, uint32_t node, pl_err *err) PL_MUST_USE;
/* One version of a database that the image does not have any more. */
pl_rc pl_removed_read_version(pl_removed *r, pl_database_kind kind, pl_str path, const pl_entry *e,
                              const pl_entry *beside, pl_err *err) PL_MUST_USE;

/* catalog_removed_folders.c */
pl_rc pl_removed_folders(pl_removed *r, pl_err *err) PL_MUST_USE;
pl_rc pl_removed_orphans(pl_removed *r, const char *folder, pl_err *err) PL_MUST_USE;
