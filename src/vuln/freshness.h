/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How old the data of a feed may be before "nothing is known" stops meaning anything.
 *
 * The policy parameter max_feed_age_days holds days, and "NAME=DAYS" for a feed of its own pace
 * ("Alpine=30"). Age is counted from the newest change in a feed's data: the time of the import
 * says nothing about the age of the mirror that it came from. Data without any date is stale. Any
 * thread.
 */
#pragma once

#include "model/content.h"
#include "vuln/advisories.h"

enum { PL_FEED_DAYS = 7 /* where the content has no such parameter */ };

typedef struct pl_freshness {
    const pl_list *list; /* NULL: PL_FEED_DAYS for every feed */
} pl_freshness;

/* PL_USAGE: an item of the parameter is neither DAYS nor NAME=DAYS. Borrows from the content. */
pl_rc pl_freshness_of(const pl_content *c, pl_freshness *ret, pl_err *err) PL_MUST_USE;

int64_t pl_feed_max_days(const pl_freshness *f, pl_str feed);
bool pl_feed_is_stale(const pl_freshness *f, const pl_feed *feed, int64_t now_us);

/* Whole days since the newest change; -1: the feed does not say. */
int64_t pl_feed_age_days(const pl_feed *feed, int64_t now_us);

/* "feed-missing", "feed-stale" or NULL, of the feed with this name. db may be NULL. */
const char *pl_feed_gap(const pl_advisories *db, const pl_freshness *f, pl_str name,
                        int64_t now_us);
