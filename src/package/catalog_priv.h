/* SPDX-License-Identifier: Apache-2.0 */
/* How packages come into a catalog. For the files catalog*.c only. */
#pragma once

#include "package/catalog.h"
#include "package/databases.h"

typedef struct pl_collect {
    pl_catalog *c;
    const pl_tree *t; /* NULL: a single database without layers */
    pl_arena *a;
    pl_str db_path; /* of the database that is being read; in the arena */
} pl_collect;

/* A pl_package_each whose arg is the pl_collect. */
pl_rc pl_collect_add(const pl_package *p, void *arg, pl_err *err) PL_MUST_USE;
pl_rc pl_collect_no_room(pl_err *err);
/* Tells what is wrong with a database, and that the catalog is not whole. */
void pl_collect_complain(pl_collect *col, pl_str path, pl_rc rc, const char *what);
void pl_collect_damage(pl_collect *col, pl_str path, const pl_package_damage *d);
/* The layer at this place, as packages name it. */
pl_str pl_collect_layer(const pl_collect *col, size_t place);

/* The files that hold all packages of a manager (catalog_db.c), one after the other. */
pl_rc pl_collect_databases(pl_collect *col, pl_err *err) PL_MUST_USE;
/* Reads the file that is found under this path and finds the layers of its packages. beside: its
 * log, or NULL. */
pl_rc pl_collect_file(pl_collect *col, pl_database_kind kind, pl_str path, const pl_file *file,
                      const pl_file *beside, pl_err *err) PL_MUST_USE;
/* Complains of databases that lower layers have (catalog_lost.c): of a manager that none of the
 * places is of; and of this one, that lists nothing. */
void pl_collect_lost(pl_collect *col, const pl_database_place *places, size_t n);
void pl_collect_emptied(pl_collect *col, pl_str path, const pl_file *file);
/* Packages of lower versions of those databases that are in none any more, and whose files are
 * (catalog_removed.c). After all others were read. */
pl_rc pl_collect_removed(pl_collect *col, pl_err *err) PL_MUST_USE;
/* Calls each for every package of this database. */
pl_rc pl_collect_parse(pl_database_kind kind, const pl_database *db, pl_package_each each,
                       void *arg, pl_package_damage *ret_damage, pl_err *err) PL_MUST_USE;
/* The managers that keep a file or folder a package (catalog_folders.c). */
pl_rc pl_collect_folders(pl_collect *col, pl_err *err) PL_MUST_USE;
