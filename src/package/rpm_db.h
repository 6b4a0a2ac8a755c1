/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three databases that rpm has kept its headers in: SQLite (rpmdb.sqlite), its own "ndb"
 * (Packages.db) and a hash of Berkeley DB (Packages), the last in the byte order of the machine
 * that wrote it. Read without rpm, SQLite or Berkeley DB.
 *
 * Formats: SQLite's in package/sqlite.h; ndb in rpm's lib/backend/ndb/rpmpkg.c; Berkeley DB in
 * its dbinc/db_page.h, versions 7 to 10 of hashes (rpm 4.0 and later).
 *
 * All of them call each with every header, without order, and pass on what it returns. The header
 * is valid until the callback returns. PL_FORMAT, PL_LIMIT: the database is damaged or larger
 * than is read; headers before the damage have been told.
 */
#pragma once

#include "core/err.h"
#include "package/pagefile.h"

typedef pl_rc (*pl_rpm_each)(pl_str header, void *arg, pl_err *err);

/* wal: what lies beside it as rpmdb.sqlite-wal, or NULL. */
pl_rc pl_rpm_sqlite(const pl_pagefile *db, const pl_pagefile *wal, pl_rpm_each each, void *arg,
                    pl_err *err) PL_MUST_USE;
pl_rc pl_rpm_ndb(const pl_pagefile *db, pl_rpm_each each, void *arg, pl_err *err) PL_MUST_USE;
pl_rc pl_rpm_bdb(const pl_pagefile *db, pl_rpm_each each, void *arg, pl_err *err) PL_MUST_USE;
