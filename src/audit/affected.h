/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is affected by a vulnerability, or holds a package: over everything that was ever scanned and
 * what runs now, with the plan that mends it. The stored packages are matched with today's
 * advisories, so an image need not be read again for a vulnerability that became known later.
 *
 * Everything lives in the arena. One thread.
 */
#pragma once

#include "audit/inventory.h"
#include "patch/plan.h"
#include "vuln/advisories.h"
#include "vuln/freshness.h"

/* What is asked: an advisory's id, or a package and perhaps a range of its versions. */
typedef struct pl_affected_ask {
    pl_str advisory;           /* "CVE-2014-0160"; empty: a package is asked for */
    pl_str package;            /* its name or the source it was built from */
    pl_str type;               /* "npm": of a package URL; else empty, and any */
    const pl_freshness *fresh; /* with an advisory: how old data may be */
    int64_t now_us;
    pl_str range; /* "<1.0.1g", ">=2,<2.4", "1.0.1f"; empty: any version */
} pl_affected_ask;

/* "CVE-2014-0160", "openssl", "openssl@<3.0.2", "@scope/name@1.2.3", "pkg:npm/lodash@4.17.20".
 * PL_USAGE: it is empty, or a package URL that is none. */
pl_rc pl_affected_parse(pl_str text, pl_arena *a, pl_affected_ask *ret, pl_err *err) PL_MUST_USE;

typedef struct pl_affected_row {
    const pl_inventory_subject *subject;
    pl_scope_package package;
    pl_str advisory, fixed_version;
    bool is_current; /* the newest of its class, or there is a container of it */
} pl_affected_row;

typedef struct pl_affected {
    pl_inventory inventory;
    const pl_affected_row *rows; /* by subject */
    size_t n_rows;
    size_t n_current;
    size_t n_stale; /* packages whose advisories are too old to say that they are not affected */
    size_t n_unmatched; /* packages whose ecosystem has no advisories or no version order */
    size_t n_guessed;   /* packages with a guessed name that may be meant, and would be affected */
    bool is_unheard_of; /* no advisory here has the id that was asked for */
    pl_plan plan;       /* of current images */
} pl_affected;

/* db: may be NULL when a package is asked for. PL_USAGE: a range that is none. */
pl_rc pl_affected_find(pl_state_db *d, const pl_advisories *db, const pl_affected_ask *ask,
                       pl_arena *a, pl_affected *ret, pl_err *err) PL_MUST_USE;

/* The inventory has a container of this image; one that is up. */
bool pl_affected_has_container(const pl_inventory *v, pl_str image);
bool pl_affected_runs(const pl_inventory *v, pl_str image);
bool pl_affected_is_up(const pl_inventory_container *c);

/* Every package of what is current could be matched with data of these days. */
bool pl_affected_is_whole(const pl_affected *x);
