/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the rows of one table of an SQLite 3 database, without SQL, locks or writing: what rpm
 * keeps its headers in. Committed pages of the write-ahead log beside it are seen in place of
 * those of the database, as SQLite itself would. Format: https://www.sqlite.org/fileformat2.html
 *
 * No page is read more often than there are pages, so circles end as PL_FORMAT. One thread.
 */
#pragma once

#include "core/attr.h"
#include "core/buf.h"
#include "core/err.h"
#include "package/pagefile.h"

typedef struct pl_sqlite pl_sqlite;

/* Both are borrowed; wal is NULL when there is none. PL_FORMAT: no such database. */
pl_rc pl_sqlite_open(const pl_pagefile *db, const pl_pagefile *wal, pl_sqlite **ret,
                     pl_err *err) PL_MUST_USE;
void pl_sqlite_close(pl_sqlite *s);

/* A row as it is stored; valid until the callback returns. */
typedef pl_rc (*pl_sqlite_each)(pl_str record, void *arg, pl_err *err);

/* Every row of the table whose tree begins on page root, in the order of the key. A record of
 * more than max bytes is PL_LIMIT. What the callback returns ends the walk. */
pl_rc pl_sqlite_rows(pl_sqlite *s, uint32_t root, size_t max, pl_sqlite_each each, void *arg,
                     pl_err *err) PL_MUST_USE;

/* Where a table begins. PL_NOTFOUND: the database has none of this name. */
pl_rc pl_sqlite_find(pl_sqlite *s, pl_str table, uint32_t *ret_root, pl_err *err) PL_MUST_USE;

/* Text or blob of a column, from 0. False: there is no such column, or it holds something else. */
bool pl_sqlite_bytes(pl_str record, unsigned column, pl_str *ret);
bool pl_sqlite_int(pl_str record, unsigned column, int64_t *ret);

PL_DEFINE_CLEANUP(pl_auto_sqlite_, pl_sqlite *, pl_sqlite_close, NULL)
#define PL_AUTO_SQLITE PL_CLEANUP(pl_auto_sqlite_)
