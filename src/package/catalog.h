/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is installed in an image: its distribution and the packages of all databases in the merged
 * tree, each with the layer that brought it.
 *
 * A package came with the lowest layer from which on every version of its database lists it in
 * this version. Everything in the result lives in the caller's arena.
 */
#pragma once

#include "image/tree.h"
#include "package/distribution.h"

/* Files that pl_layers must keep for this room; ends with a NULL path. */
extern const pl_want pl_package_wants[];
enum { PL_PACKAGE_WANTS = 37 };

typedef struct pl_catalog {
    pl_distribution os;
    pl_package *items;
    size_t n;
    size_t room;
    size_t n_system;    /* the first of them are of the system's package manager */
    const char *reason; /* NULL: all databases were read; else why not (reason code) */
} pl_catalog;

/* What cannot be read goes to the problems, and the rest on. PL_LIMIT: does not fit the arena. */
pl_rc pl_catalog_read(const pl_tree *t, pl_arena *a, pl_catalog *ret, pl_err *err) PL_MUST_USE;

/* Adds one database by its text; layers are left empty. For hosts, and for tests. */
pl_rc pl_catalog_add_dpkg(pl_catalog *c, pl_arena *a, pl_str text, pl_str db_path,
                          pl_package_damage *ret_damage, pl_err *err) PL_MUST_USE;

/* The same of any database that one file holds (package/databases.h). beside: its log, or empty. */
struct pl_database_source;
pl_rc pl_catalog_add_source(pl_catalog *c, pl_arena *a, const struct pl_database_source *from,
                            pl_str bytes, pl_str beside, pl_package_damage *ret_damage,
                            pl_err *err) PL_MUST_USE;

/* Adds one package of the system, whose ecosystem and package URL follow from c's distribution;
 * db_path: what lists it. */
pl_rc pl_catalog_add_system(pl_catalog *c, pl_arena *a, const pl_package *p, pl_str db_path,
                            pl_err *err) PL_MUST_USE;

/* Room for n more packages at once. False: the arena is used up. */
bool pl_catalog_reserve(pl_catalog *c, pl_arena *a, size_t n);

/* Adds one package as it stands; all its slices are copied. PL_LIMIT: too many, or the arena is
 * used up. */
pl_rc pl_catalog_add(pl_catalog *c, pl_arena *a, const pl_package *p, pl_err *err) PL_MUST_USE;
