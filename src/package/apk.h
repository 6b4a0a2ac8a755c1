/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apk's database: lib/apk/db/installed, since Alpine 3.23 usr/lib/apk/db/installed. Stanzas of
 * "K:value" lines, one empty line between them; lines may be of any length. Format: apk-tools'
 * source and the wiki's "Apk spec".
 */
#pragma once

#include "package/package.h"

/* Sets type, name, version, arch, license, source, source_version (apk has one version for both).
 */
pl_rc pl_apk_parse(pl_str text, pl_package_each each, void *arg, pl_package_damage *ret_damage,
                   pl_err *err) PL_MUST_USE;

/* A file of a package: F: folder, R: name, Z: digest. */
typedef struct pl_apk_file {
    pl_str package;
    pl_str folder, name; /* folder without slashes at its ends; empty: the root */
    bool has_sha1;
    unsigned char sha1[20];
} pl_apk_file;

typedef pl_rc (*pl_apk_file_each)(const pl_apk_file *f, void *arg, pl_err *err);
pl_rc pl_apk_files(pl_str text, pl_apk_file_each each, void *arg, pl_err *err) PL_MUST_USE;
