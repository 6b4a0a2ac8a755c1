/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imports advisories: every source file is parsed by a worker in the jail, and what it sends
 * becomes one new database that replaces the old one.
 *
 * A source is a folder (walked by name, symlinks are not followed) or one file. Files count by
 * their names: .jsonl, .jsonl.zst and .jsonl.gz hold OSV records a line, .zip and .json a file;
 * com.oracle.elsa*.xml and oracle*.xml Oracle's OVAL, *updateinfo.xml Amazon's updates (also
 * packed); names with "kev" or "known_exploited_vulnerabilities" are the KEV catalog, names that
 * begin with "epss" its scores. Other files are let pass. The new database holds exactly what the
 * source holds. An address is the root of a mirror laid out as OSV's export (ECOSYSTEM/all.zip,
 * with kev.json and epss.csv.gz beside them; what is missing is told), or one such file.
 */
#pragma once

#include "core/clock.h"
#include "core/err.h"
#include "vuln/db_build.h"
#include "vuln/fields.h"

typedef struct pl_import {
    const char *source;  /* folder, file or https address */
    const char *ca_file; /* authorities for https; NULL: the system's */
    pl_str only;         /* ecosystems, with commas: "Debian:12,PyPI"; empty: all */
    pl_str label;        /* what `db status` shows as the source */
    const char *dir;     /* where the database goes: STATE/advisories */
    const pl_clock *clock;
    /* One line of progress, or of complaint about a record; may be NULL. */
    void (*say)(void *arg, const char *line);
    void *arg;
} pl_import;

typedef struct pl_import_result {
    pl_db_counts counts;
    uint64_t bytes;   /* of the database file */
    uint32_t n_files; /* that were read */
} pl_import_result;

/* Address of the public export; as a source it means that, with KEV and EPSS from their makers. */
const char *pl_import_public_source(void);

/*
 * A record that is malformed is told and counted, and the import goes on. A file that cannot be
 * read to its end ends the import with its error, and the database stays as it was: half a feed
 * would pass for a whole one. PL_NOTFOUND: nothing in the source could be imported.
 */
pl_rc pl_advisories_import(const pl_import *im, pl_import_result *ret, pl_err *err) PL_MUST_USE;

/* The worker of kind "osv" (vuln/feeds.h): to be known to pl_jail_main of a program that imports.
 */
pl_rc pl_osv_worker(int in_fd, int out_fd, pl_str args, pl_err *err);
/* Loads what its form is unpacked with, while there are files. */
void pl_osv_worker_prepare(pl_str args);
/* Whether that is libarchive. */
bool pl_feed_needs_archive(pl_str form);
