/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects decoded advisories and makes the bytes of a database file from them.
 *
 * Of two records with one id the newer stays. Withdrawn records are counted and dropped. Nothing
 * that is added is borrowed. One thread.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "core/rd.h"
#include "vuln/osv.h"

typedef struct pl_db_build pl_db_build;

pl_db_build *pl_db_build_new(void); /* NULL: out of memory */
void pl_db_build_free(pl_db_build *b);

/* source: where the records come from, for `db status`; borrowed until the build is freed. */
pl_rc pl_db_add_records(pl_db_build *b, pl_rd *encoded, pl_str source, pl_err *err) PL_MUST_USE;

/* Keeps only packages of these ecosystems (pl_ecosystem_is_in); borrowed until the build is freed.
 */
void pl_db_build_only(pl_db_build *b, pl_str ecosystems);

void pl_db_add_malformed(pl_db_build *b, uint32_t n);

/* One row of the KEV catalog or of EPSS. due: "2025-09-15" or empty. */
pl_rc pl_db_add_kev(pl_db_build *b, pl_str cve, pl_str due, pl_err *err) PL_MUST_USE;
pl_rc pl_db_add_epss(pl_db_build *b, pl_str cve, uint32_t ppm, pl_err *err) PL_MUST_USE;

/* A feed that is there, with its own version text and date. */
pl_rc pl_db_add_feed(pl_db_build *b, pl_str name, pl_str source, pl_str version, int64_t newest_us,
                     pl_err *err) PL_MUST_USE;

typedef struct pl_db_counts {
    uint32_t records, malformed, skipped, withdrawn, duplicates;
    uint32_t not_chosen; /* records of ecosystems that pl_db_build_only leaves out */
    uint32_t vulnerabilities, packages, entries, kev, epss;
} pl_db_counts;

/* Once, at the end. */
pl_rc pl_db_finish(pl_db_build *b, int64_t now_us, pl_buf *ret, pl_db_counts *counts,
                   pl_err *err) PL_MUST_USE;

/*
 * Puts the bytes under their name in dir (made if missing, mode 0700): written to a new file,
 * synced, renamed, folder synced. Whoever reads the old one keeps it. A second writer waits.
 */
pl_rc pl_db_store(const char *dir, pl_str bytes, pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_db_build_, pl_db_build *, pl_db_build_free, NULL)
#define PL_AUTO_DB_BUILD PL_CLEANUP(pl_auto_db_build_)
