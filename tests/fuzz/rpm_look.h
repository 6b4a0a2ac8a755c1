/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of every package and header that room package finds in any bytes. */
#pragma once

#include "package/limits.h"
#include "package/rpm.h"

#include <assert.h>

static inline pl_rc pl_look_at_package(const pl_package *p, void *arg, pl_err *err)
{
    (void)arg, (void)err;
    assert(p->name.n && p->version.n && p->source.n && p->source_version.n);
    assert(p->name.n <= PL_PACKAGE_FIELD_MAX && p->version.n <= PL_PACKAGE_FIELD_MAX);
    return PL_OK;
}

static inline pl_rc pl_look_at_header(pl_str blob, void *arg, pl_err *err)
{
    pl_rpm_header h;
    pl_rpm_files files;
    pl_rpm_file f;
    size_t n = 0;

    (void)arg, (void)err;
    assert(blob.n <= PL_RPM_HEADER_MAX);
    if (pl_rpm_header_open(blob, &h, NULL))
        return PL_OK;
    if (pl_rpm_files_open(&h, &files, NULL) == PL_OK)
        while (pl_rpm_next_file(&files, &f))
            n++;
    assert(n <= blob.n);
    pl_rpm_files_done(&files);
    return PL_OK;
}

/* An answer, or an error with a text; never both nothing. */
static inline void pl_look_at_database(pl_rpm_kind kind, const pl_pagefile *db,
                                       const pl_pagefile *wal)
{
    pl_package_damage damage;
    pl_err err = {0};

    assert(pl_rpm_parse(kind, db, wal, pl_look_at_package, NULL, &damage, &err) == PL_OK);
    assert((damage.why.rc == PL_OK) == (damage.why.len == 0));
    pl_rc rc = pl_rpm_headers(kind, db, wal, pl_look_at_header, NULL, &err);
    assert(rc == damage.why.rc);
}
