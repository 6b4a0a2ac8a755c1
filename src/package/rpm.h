/* SPDX-License-Identifier: Apache-2.0 */
/* Packages and files of rpm, from a header (package/rpm_header.h) or a database of them. */
#pragma once

#include "core/buf.h"
#include "package/package.h"
#include "package/rpm_db.h"
#include "package/rpm_header.h"

/*
 * Sets type, name, version ("epoch:version-release", the epoch only where there is one), arch,
 * source and source_version (with the package's own epoch: package/rpm_sources.h mends it),
 * vendor, license, module. Slices point into the header and into text, which is reset first.
 * False: no name, version or release, or one that is too long; or the buffer has no room.
 */
bool pl_rpm_package(const pl_rpm_header *h, pl_buf *text, pl_package *ret);

/* "bash-5.1.8-6.el9.src.rpm" into "bash" and "5.1.8-6.el9"; false: it is no such name. */
bool pl_rpm_cut_source(pl_str file, pl_str *ret_name, pl_str *ret_version);

/* Keys that rpm was told to trust stand in the database as if they were packages. */
bool pl_rpm_is_key(const pl_package *p);

typedef enum pl_rpm_kind { PL_RPM_SQLITE, PL_RPM_NDB, PL_RPM_BDB } pl_rpm_kind;

/* wal: PL_RPM_SQLITE only, may be NULL. What cannot be read goes to *ret_damage; an error is the
 * callback's own. */
pl_rc pl_rpm_parse(pl_rpm_kind kind, const pl_pagefile *db, const pl_pagefile *wal,
                   pl_package_each each, void *arg, pl_package_damage *ret_damage,
                   pl_err *err) PL_MUST_USE;

/* Every header of a database: the same choice of reader, and errors as in package/rpm_db.h. */
pl_rc pl_rpm_headers(pl_rpm_kind kind, const pl_pagefile *db, const pl_pagefile *wal,
                     pl_rpm_each each, void *arg, pl_err *err) PL_MUST_USE;

typedef struct pl_rpm_file {
    pl_str folder, name; /* "/usr/bin/" and "env"; of old packages the whole path is the name */
    /* What it should be: of MD5 in packages of old, of SHA-256 in others; 0: not said, or a file
     * that may change (configuration, logs). */
    size_t digest_bytes;
    unsigned char digest[32];
    bool is_link, is_ghost; /* ghost: its programs make it, or somebody else does */
} pl_rpm_file;

/* A walk over the files of a header that are really installed. */
typedef struct pl_rpm_files {
    pl_rpm_array names, folders, states, modes, digests, flags;
    pl_str folder_names;
    uint32_t *starts; /* owned: where each folder's name begins */
    uint32_t n_folders;
} pl_rpm_files;

/* PL_LIMIT: more folders than PL_RPM_FOLDERS_MAX. */
pl_rc pl_rpm_files_open(const pl_rpm_header *h, pl_rpm_files *ret, pl_err *err) PL_MUST_USE;
void pl_rpm_files_done(pl_rpm_files *w);
bool pl_rpm_next_file(pl_rpm_files *w, pl_rpm_file *ret);
