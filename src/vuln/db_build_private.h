/* SPDX-License-Identifier: Apache-2.0 */
/* What db_build.c collects and db_layout.c lays out. */
#pragma once

#include "vuln/db_build.h"
#include "vuln/strtab.h"

enum { PL_DB_FEEDS_MAX = 64 };

struct pl_db_row {
    pl_str cve;
    pl_str due;   /* KEV */
    uint32_t ppm; /* EPSS */
};

struct pl_db_rows {
    struct pl_db_row *v;
    size_t n, room;
};

struct pl_db_feed_row {
    pl_str name, source, version;
    uint32_t records;
    int64_t newest_us;
};

struct pl_db_build {
    pl_arena *arena;
    pl_osv_record *records;
    size_t n_records, room;
    pl_strtab ids;   /* of the records */
    uint32_t *by_id; /* number of the id -> record */
    size_t room_by_id;
    struct pl_db_rows kev, epss;
    struct pl_db_feed_row feeds[PL_DB_FEEDS_MAX];
    size_t n_feeds;
    pl_str only; /* ecosystems; empty: all */
    pl_db_counts counts;
};

/* False: a record that nothing is matched with. */
static inline bool pl_db_is_live(const pl_osv_record *r)
{
    return !r->is_withdrawn && r->n_affected > 0;
}
