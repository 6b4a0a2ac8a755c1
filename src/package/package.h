/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Installed packages, whatever brought them.
 *
 * Slices point into the text that was parsed, or into the arena that the caller names. Bytes are
 * as the database has them: whoever prints them escapes them.
 */
#pragma once

#include "core/err.h"
#include "model/value.h"

typedef struct pl_package {
    pl_str
        type; /* purl type: "deb", "apk", "rpm", "alpm", "ebuild", "nix", "opkg", "snap", "npm" */
    pl_str name, version, arch;
    pl_str source, source_version; /* what advisories are filed under; the name when not said */
    pl_str vendor, license;        /* as the database has them; empty: not said */
    pl_str module;                 /* rpm: modularity label */
    pl_str ecosystem;              /* as OSV names it: "Debian:12"; empty: none that is known */
    pl_str purl;                   /* https://github.com/package-url/purl-spec */
    pl_str layer;                  /* diff id of the layer that brought it; empty: no layers */
    pl_str db_path;                /* database that lists it */
    pl_str maintainer;             /* as the parser of the database saw it; catalogs keep none */
    /* Of programming languages; the rest may be set for others too. */
    pl_str language;   /* "javascript"; empty: a package of the system */
    pl_str path;       /* file that says it; what lies inside it stands behind "!/" */
    pl_str owned_by;   /* package of the system that this file came with; or package URL of the
                          package of a language that it lies in */
    pl_str provenance; /* where it was taken from: a URL, as the metadata says */
    pl_str integrity;  /* digest of what was taken: "sha512-..." as npm writes it, "sha256:..." */
    pl_str cpe;        /* CPE 2.3 of a program that was classified by its bytes */
    pl_str confidence; /* "guessed": parts of the name are; empty: its metadata say it */
    pl_str scope;      /* "development", "bundled", "declared"; empty: installed and in use */
} pl_package;

/* Did a package of the system bring it? Its advisories then judge it; those of a package of a
 * language do not speak of what that bundles. */
bool pl_package_is_of_system(pl_str owned_by);

/* Called once a package, in the order of the database. */
typedef pl_rc (*pl_package_each)(const pl_package *p, void *arg, pl_err *err);

/* What a parser could not read, without the rest being lost. */
typedef struct pl_package_damage {
    size_t bad_lines;  /* neither a field nor a continuation */
    size_t first_line; /* of them, from 1; 0: none */
    size_t nameless;   /* stanzas that name no package or no version */
    pl_err why;        /* rc is not PL_OK: the rest of the database was not read, and why */
} pl_package_damage;

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "package/package.def"
#undef PL_FIELD
};
extern const pl_kind pl_package_kind;

void pl_package_register(pl_schema *s);

/* Slices are borrowed from p. NULL: the arena is used up. */
pl_record *pl_package_record(pl_arena *a, const pl_package *p);
/* The other way round; slices are borrowed from the record. */
void pl_package_from_record(const pl_record *r, pl_package *ret);
