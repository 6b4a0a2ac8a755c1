/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One advisory in OSV's form (ossf.github.io/osv-schema, 1.6 and up), reduced to what matching
 * needs: which vulnerabilities it speaks of, and which versions of which packages it says are
 * affected.
 *
 * Ranges arrive as events; here they are intervals in version order, so that a match is two
 * comparisons. Ecosystems without a version order are counted and left out, and so are ranges of
 * type GIT. Everything points into the JSON text or into the arena.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/rd.h"
#include "model/finding.h"

typedef enum pl_osv_end { PL_OSV_OPEN, PL_OSV_FIXED, PL_OSV_LAST } pl_osv_end;

/* Affected: from lo (empty: from the first version) up to hi, without it (FIXED) or with it. */
typedef struct pl_osv_interval {
    pl_str lo, hi;
    pl_osv_end end; /* OPEN: no upper bound, hi is empty */
} pl_osv_interval;

/* X(symbol, word): what the distribution does about it, where the data say so */
#define PL_FIX_STATE_LIST(X)                                                                       \
    X(NONE, "")                                                                                    \
    X(DEFERRED, "deferred")       /* later, with another update */                                 \
    X(WONT_FIX, "wont-fix")       /* it will stay */                                               \
    X(END_OF_LIFE, "end-of-life") /* the package has no security support in that release */        \
    X(NOT_AFFECTED, "not-affected")

typedef enum pl_fix_state {
#define X(sym, word) PL_FIX_##sym,
    PL_FIX_STATE_LIST(X)
#undef X
} pl_fix_state;

const char *pl_fix_state_word(pl_fix_state s);
pl_fix_state pl_fix_state_of_word(pl_str word); /* of distributions; NONE for all others */

typedef struct pl_osv_affected {
    pl_str ecosystem; /* pl_ecosystem_canonical form: "Debian:12", "Ubuntu:22.04" */
    pl_str package;   /* source package */
    pl_str module;    /* rpm: module stream that it speaks of, "nodejs:18"; empty: none */
    pl_str arch;      /* rpm: machines that it speaks of, with blanks: "aarch64"; empty: all */
    pl_severity severity;
    pl_fix_state state; /* never NOT_AFFECTED: such packages are left out */
    pl_osv_interval *intervals;
    size_t n_intervals;
    pl_str *versions; /* affected versions that no interval holds */
    size_t n_versions;
} pl_osv_affected;

typedef struct pl_osv_record {
    pl_str id;
    bool is_withdrawn;
    int64_t modified_us, published_us; /* 0: not given, or before 1970 */
    pl_str summary;
    pl_str *names; /* the vulnerabilities it speaks of, best id of each; at least one */
    size_t n_names;
    pl_str *aliases; /* its other ids */
    size_t n_aliases;
    int32_t cvss; /* CVSS 3.x base score in tenths, else the score of 4.0; -1: no vector */
    pl_osv_affected *affected;
    size_t n_affected;
    uint32_t n_skipped; /* affected packages of ecosystems without a version order */
} pl_osv_record;

/* PL_FORMAT: not a usable record; PL_LIMIT: larger than limits.h or the arena allow. */
pl_rc pl_osv_parse(pl_str json, pl_arena *a, pl_osv_record *ret, pl_err *err) PL_MUST_USE;

/* The record's bytes on their way from worker to importer; decoding believes nothing. */
void pl_osv_encode(const pl_osv_record *rec, pl_buf *out);
pl_rc pl_osv_decode(pl_rd *r, pl_arena *a, pl_osv_record *ret, pl_err *err) PL_MUST_USE;

/*
 * The CVE of an id: "CVE-2024-1" of itself, of "DEBIAN-CVE-2024-1", "UBUNTU-CVE-2024-1" and
 * "ALPINE-CVE-2024-1". Empty: it names none.
 */
pl_str pl_cve_of(pl_str id);

/* 1 to max bytes of UTF-8 without control characters and without blanks at either end. */
bool pl_osv_is_word(pl_str s, size_t max);

enum { PL_PPM = 1000000 }; /* an EPSS probability of 1 */

/* The form "2025-09-15". */
bool pl_is_date(pl_str s);

/* Words of distributions and databases ("MODERATE", "unimportant"); UNKNOWN for all others. */
pl_severity pl_severity_of_word(pl_str word);
