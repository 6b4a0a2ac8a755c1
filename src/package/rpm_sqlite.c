/* SPDX-License-Identifier: Apache-2.0 */
#include "package/limits.h"
#include "package/rpm_db.h"
#include "package/sqlite.h"

struct rows {
    pl_rpm_each each;
    void *arg;
};

/* Packages(hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL) */
static pl_rc take_row(pl_str record, void *arg, pl_err *err)
{
    const struct rows *r = arg;
    pl_str blob;

    if (!pl_sqlite_bytes(record, 1, &blob))
        return pl_fail(err, PL_FORMAT, "row of rpm's table Packages without a header");
    return r->each(blob, r->arg, err);
}

pl_rc pl_rpm_sqlite(const pl_pagefile *db, const pl_pagefile *wal, pl_rpm_each each, void *arg,
                    pl_err *err)
{
    PL_AUTO_SQLITE pl_sqlite *s = NULL;
    struct rows rows = {each, arg};
    uint32_t root = 0;
    pl_rc rc = pl_sqlite_open(db, wal, &s, err);

    if (!rc)
        rc = pl_sqlite_find(s, PL_S("Packages"), &root, err);
    return rc ? rc : pl_sqlite_rows(s, root, PL_RPM_HEADER_MAX, take_row, &rows, err);
}
