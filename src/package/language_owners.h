/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which package of a programming language brought a file: what lies in the folder of an npm, R,
 * Erlang or Ruby package or of an unpacked egg, and what Python's RECORD and installed-files.txt
 * and conda-meta list (package/file_list.h). The innermost folder counts, a list before a folder.
 *
 * A program in a wheel is not "outside any package manager": it is told as inside its package. It
 * is still a thing of its own, for advisories of a package do not speak of what it bundles; only
 * the program that the package is (same name and version), and that has no advisories of its own,
 * is not listed beside it.
 */
#pragma once

#include "package/language.h"

typedef struct pl_language_owners pl_language_owners;

/* Of the packages that pl_language_read added. The job is borrowed; slices are the catalog's. */
pl_rc pl_language_owners_read(const pl_language_job *job, const pl_catalog *c,
                              pl_language_owners **ret, pl_err *err) PL_MUST_USE;
void pl_language_owners_free(pl_language_owners *o);

/* One that files of the tree may belong to. */
typedef struct pl_language_owner {
    pl_str type, name, version, purl, path;
} pl_language_owner;

/* NULL: none that is known. */
const pl_language_owner *pl_language_owner_of(const pl_language_owners *o, uint32_t node);

/* Sets owned_by (the package URL) and the scope "bundled" of what lies inside a package of another
 * kind, and drops the programs that are their package. Owners may still be asked for afterwards. */
void pl_language_owners_apply(const pl_language_owners *o, pl_catalog *c);

PL_DEFINE_CLEANUP(pl_auto_language_owners_, pl_language_owners *, pl_language_owners_free, NULL)
#define PL_AUTO_LANGUAGE_OWNERS PL_CLEANUP(pl_auto_language_owners_)
