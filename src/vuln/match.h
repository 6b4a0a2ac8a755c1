/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which vulnerabilities installed packages have.
 *
 * A package is matched by its source and release; by its own name where advisories name binary
 * packages (Red Hat, AlmaLinux, Oracle, Amazon). All records that name the same vulnerability in
 * the same source are one hit: affected when one of them says so; its fixed version is the
 * highest that they name, and none when one of them knows no fix. Any thread; the database is
 * only read.
 */
#pragma once

#include "core/arena.h"
#include "model/finding.h"
#include "vuln/advisories.h"

/* One installed package. Everything is borrowed and must outlive the hits. */
typedef struct pl_vuln_query {
    pl_str ecosystem; /* OSV's name: "Debian:12" */
    pl_str name, version;
    pl_str source, source_version; /* empty: as name and version */
    pl_str module;            /* rpm: modularity label, "nodejs:18:8010...:..."; empty: not known */
    bool is_guessed;          /* part of the name is; what others of this artifact have is a gap */
    pl_str only;              /* of those gaps, the ones that this advisory makes; empty: all */
    pl_str purl, layer, path; /* carried to the hits */
} pl_vuln_query;

typedef struct pl_vuln_hit {
    pl_vuln_facts facts; /* points into the query, the database and the arena */
    bool is_affected;    /* false only with PL_MATCH_ALL */
    pl_severity severity;
    int32_t cvss;         /* CVSS 3.x base score in tenths, -1 unknown */
    int64_t published_us; /* 0 unknown */
    size_t query;         /* index of the package */
} pl_vuln_hit;

/* Why a package could not be matched: "feed-missing", "no-feed" (nobody writes advisories for
 * its kind), "unsupported", "unreadable" (a version that is none),
 * "guessed-name" (another package may be meant, and that one is affected). NULL: it was. Indexed
 * like the queries. */
typedef struct pl_vuln_match {
    pl_vuln_hit *hits; /* by query, then by advisory */
    size_t n_hits;
    const char **gaps;
    size_t n_gaps; /* packages that have one */
} pl_vuln_match;

enum { PL_MATCH_ALL = 1 }; /* also what the database names as not affected at that version */

/* db may be NULL: every package then has the gap "feed-missing". PL_LIMIT: the arena is used up. */
pl_rc pl_vuln_match_packages(const pl_advisories *db, const pl_vuln_query *queries, size_t n,
                             unsigned flags, pl_arena *a, pl_vuln_match *ret,
                             pl_err *err) PL_MUST_USE;
