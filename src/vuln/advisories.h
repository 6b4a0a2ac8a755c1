/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The advisory database: one file, mapped, immutable once it stands under its name.
 *
 * Opening checks the whole file once (checksum, every offset, every number), so that reading needs
 * no further checks. All slices borrowed from it live until close. After opening, any thread.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"

typedef struct pl_advisories pl_advisories;

/*
 * dir: the folder "advisories" of the state directory. PL_NOTFOUND: there is no database;
 * PL_FORMAT: the file is corrupt, truncated or something else. In both cases the feed counts as
 * missing.
 */
pl_rc pl_advisories_open(const char *dir, pl_advisories **ret, pl_err *err) PL_MUST_USE;
void pl_advisories_close(pl_advisories *db); /* accepts NULL */

/* The same checks over bytes in memory, which must outlive the result; name is for errors. */
pl_rc pl_advisories_of_bytes(pl_str bytes, const char *name, pl_advisories **ret,
                             pl_err *err) PL_MUST_USE;

typedef struct pl_feed {
    pl_str name;    /* "Debian", "kev", "epss" */
    pl_str source;  /* folder or address that it was imported from */
    pl_str version; /* the feed's own word for it, may be empty */
    uint32_t records;
    int64_t newest_us; /* newest change in the data, 0 unknown */
} pl_feed;

typedef struct pl_advisories_info {
    char digest[65]; /* SHA-256 of the content, hex */
    uint32_t format;
    int64_t created_us;
    uint64_t bytes;
    uint32_t malformed; /* records that could not be read */
    uint32_t skipped;   /* records of ecosystems without a version order */
    uint32_t withdrawn;
    uint32_t packages, vulnerabilities;
} pl_advisories_info;

void pl_advisories_info_of(const pl_advisories *db, pl_advisories_info *ret);
size_t pl_advisories_feeds(const pl_advisories *db);
pl_feed pl_advisories_feed(const pl_advisories *db, size_t i);
bool pl_advisories_has_feed(const pl_advisories *db, pl_str name); /* db may be NULL */

/* Some record has this id, or names it as another name of its own; db may be NULL. */
bool pl_advisories_knows(const pl_advisories *db, pl_str id);

/* Computes the SHA-256 again: PL_TAMPERED when the bytes are not those that were imported. */
pl_rc pl_advisories_verify(const pl_advisories *db, pl_err *err) PL_MUST_USE;

/*
 * Why packages of an ecosystem ("Debian:12") cannot be matched: NULL when they can, else a reason
 * code: "feed-missing" (no database, or none for that release) or "unsupported" (no version
 * order). db may be NULL.
 */
const char *pl_advisories_gap(const pl_advisories *db, pl_str ecosystem);

PL_DEFINE_CLEANUP(pl_auto_advisories_, pl_advisories *, pl_advisories_close, NULL)
#define PL_AUTO_ADVISORIES PL_CLEANUP(pl_auto_advisories_)
