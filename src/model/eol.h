/* SPDX-License-Identifier: Apache-2.0 */
/*
 * End of support: until when the supplier of a release sends security updates.
 *
 * The table is content/facts/end_of_life.csv, compiled in. What it does not know is unknown, and
 * never supported. Any thread.
 */
#pragma once

#include "core/str.h"

typedef enum pl_eol_state {
    PL_EOL_UNKNOWN, /* the table has the release, but says nothing of its end */
    PL_EOL_DATED,   /* security_day holds */
    PL_EOL_ROLLING, /* no releases: supported while it is updated */
    PL_EOL_NONE_ANNOUNCED,
    PL_EOL_ENDED, /* ended, nobody says when */
} pl_eol_state;

#define PL_EOL_NO_DATE INT32_MIN

typedef struct pl_eol {
    const char *product, *release;
    const char *os_id, *os_version; /* of os-release; alternatives by |, wildcards */
    pl_eol_state state;
    int32_t general_day, security_day, extended_day; /* last day, counted from 1970-01-01 */
} pl_eol;

/* By ID and VERSION_ID of os-release. NULL: not in the table. */
const pl_eol *pl_eol_os(pl_str os_id, pl_str version_id);

/* By product ("docker-engine", "nodejs") and a version that begins with the release's number. */
const pl_eol *pl_eol_product(pl_str product, pl_str version);

/* "dated", "rolling", "none-announced", "ended", "unknown" */
const char *pl_eol_word(pl_eol_state s);

/* Whole days from the day of now_us to that day; negative once it has passed. */
int64_t pl_eol_days_left(int32_t day, int64_t now_us);
