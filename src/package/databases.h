/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files in which package managers list all that they installed: where they are, and how one
 * is opened. For the files catalog*.c and owners*.c, and for hosts their table.
 */
#pragma once

#include "image/tree.h"
#include "package/pagefile.h"

typedef enum pl_database_kind {
    PL_DATABASE_DPKG,
    PL_DATABASE_APK,
    PL_DATABASE_OPKG,
    PL_DATABASE_CHISEL,
    PL_DATABASE_STATUS_D, /* these two: a file a package (catalog_folders.c) */
    PL_DATABASE_SNAP,
    PL_DATABASE_RPM_SQLITE,
    PL_DATABASE_RPM_NDB,
    PL_DATABASE_RPM_BDB,
} pl_database_kind;

typedef struct pl_database_source {
    const char *path, *beside; /* beside: the log of PL_DATABASE_RPM_SQLITE, or NULL */
    pl_database_kind kind;
    int group; /* of one group the first that is there is read */
} pl_database_source;

const pl_database_source *pl_database_source_at(size_t i); /* NULL: there are no more */

typedef struct pl_database_place {
    pl_database_kind kind;
    pl_str path; /* a literal */
    pl_file file;
    pl_file beside; /* the log of PL_DATABASE_RPM_SQLITE */
    bool has_beside;
} pl_database_place;

enum { PL_DATABASES_MAX = 24 };

/*
 * Those that the tree has, each once whatever links lead to it. Of the three that rpm may have in
 * one folder the newest format: a database that was converted may leave the old one behind.
 */
size_t pl_databases_find(const pl_tree *t, pl_database_place ret[PL_DATABASES_MAX]);

/* A database as its parser gets it. */
typedef struct pl_database {
    pl_str text;      /* the whole file, for parsers of text */
    pl_pagefile file; /* for those that read at places */
    pl_pagefile log;  /* what lies beside that; size 0: nothing */
    pl_buf own;       /* the text */
    struct pl_kept_file {
        pl_layers *ls;
        const pl_entry *e;
    } kept[2]; /* what file and log read from, so a database does not move while it is open */
} pl_database;

/* beside may be NULL. Whatever it returns, close it. */
pl_rc pl_database_open(pl_database_kind kind, pl_layers *ls, const pl_entry *e,
                       const pl_entry *beside, pl_database *ret, pl_err *err) PL_MUST_USE;
void pl_database_close(pl_database *db);
