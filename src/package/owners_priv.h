/* SPDX-License-Identifier: Apache-2.0 */
/* How files come to their owners. For the files owners*.c only. */
#pragma once

#include "package/owners.h"

struct pl_owners {
    const pl_tree *t;
    pl_arena *a;
    uint32_t *owner;      /* by node: 1 + number of the package, 0: none */
    unsigned char *state; /* by node: what the comparison of digests gave */
    size_t nodes;
    pl_str *packages; /* names; owned list, names in the arena */
    size_t n, room;
    struct pl_diversion *diversions; /* dpkg's; owned, slices in the arena */
    size_t n_diversions, room_diversions;
    size_t claims, compared;
    size_t n_uncompared; /* programs whose digest is of another kind than the package's */
    const char *reason;  /* NULL, or why the databases could not be read as a whole */
};

/* PL_HAS_... of image/layers.h, or none of them */
typedef unsigned pl_owner_digest;
enum {
    PL_DIGEST_NONE = 0,
    PL_DIGEST_MD5 = PL_HAS_MD5,
    PL_DIGEST_SHA1 = PL_HAS_SHA1,
    PL_DIGEST_SHA256 = PL_HAS_SHA256
};

/* The package that the next claims are of; the same name twice in a row is one. */
pl_rc pl_owners_package(pl_owners *o, pl_str name, pl_err *err) PL_MUST_USE;
/* It owns this path, which is of no importance when the tree does not have it. expected is what
 * the digest of the file should be, of the kind that digest says. */
pl_rc pl_owners_claim(pl_owners *o, pl_str path, pl_owner_digest digest,
                      const unsigned char *expected, pl_err *err) PL_MUST_USE;
/* It owns this path as a link: a program there is not what it shipped. */
pl_rc pl_owners_claim_link(pl_owners *o, pl_str path, pl_err *err) PL_MUST_USE;
void pl_owners_complain(pl_owners *o, pl_str path, pl_rc rc, const char *what);
/* Calls read for every file of the folder whose name ends so, with its path and content. */
typedef pl_rc (*pl_owners_read_file)(pl_owners *o, pl_str path, pl_str text, pl_err *err);
pl_rc pl_owners_folder(pl_owners *o, const char *folder, const char *suffix,
                       pl_owners_read_file read, pl_err *err) PL_MUST_USE;

/* dpkg's and opkg's own folders (owners.c), databases (owners_db.c), a folder a package
 * (owners_folders.c). */
pl_rc pl_owners_databases(pl_owners *o, pl_err *err) PL_MUST_USE;
pl_rc pl_owners_folders(pl_owners *o, pl_err *err) PL_MUST_USE;
