/* SPDX-License-Identifier: Apache-2.0 */
/* Private to the OSV parser: events to intervals, and the checks of single words. */
#pragma once

#include "vuln/osv.h"
#include "vuln/version.h"

enum pl_osv_event_kind { PL_OSV_EVENT_INTRODUCED, PL_OSV_EVENT_FIXED, PL_OSV_EVENT_LAST };

struct pl_osv_event {
    enum pl_osv_event_kind kind;
    pl_str version; /* "0" of an introduced event is before every version */
};

struct pl_osv_range {
    struct pl_osv_event *events;
    size_t n;
};

struct pl_osv_ranges {
    const struct pl_osv_range *ranges;
    size_t n;
    const pl_str *versions;
    size_t n_versions;
};

/*
 * Fills intervals and versions of ret. Listed versions that an interval holds are left out. A
 * range with a version that the order does not know is left out when versions are listed too,
 * else it is PL_FORMAT.
 */
pl_rc pl_osv_intervals(const struct pl_osv_ranges *in, pl_version_order order, pl_arena *a,
                       pl_osv_affected *ret, pl_err *err) PL_MUST_USE;

/* True when the interval holds the version; a version without order is in no interval. */
bool pl_osv_in_interval(const pl_osv_interval *iv, pl_str version, pl_version_order order);

/* UTF-8 without control characters. */
bool pl_osv_is_line(pl_str s);

/* A copy with control characters made blanks. */
pl_str pl_osv_one_line(pl_arena *a, pl_str s);
