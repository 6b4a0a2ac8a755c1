/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a person's statement holds, as PCI DSS 4.0.1 means its time words (section "Description
 * of timeframes"), in calendar days of UTC, which has no daylight saving.
 *
 * daily      once on each day of the year: a statement of one day holds until the next day ends
 * weekly     at least once in seven days
 * monthly    at least once in 31 days, due on the same day of the next month
 * 3 months   at least once in 92 days, due on the same day of the third month
 * 6 months   at least once in 184 days, due on the same day of the sixth month
 * 12 months  at least once in 366 days, due on the same date of the next year
 * event      on each event; nobody counts events here, so it holds for 12 months at most
 * analysis   as often as the organisation's own risk analysis says: whoever signs names the day
 *
 * Where the later month has no such day, its last one counts. Any thread.
 */
#pragma once

#include "core/str.h"

/* X(symbol, word in content, months to the due day, days to it where months is 0, days at most) */
#define PL_PERIOD_LIST(X)                                                                          \
    X(DAILY, "daily", 0, 1, 1)                                                                     \
    X(WEEKLY, "weekly", 0, 7, 7)                                                                   \
    X(MONTHLY, "monthly", 1, 0, 31)                                                                \
    X(QUARTERLY, "3 months", 3, 0, 92)                                                             \
    X(HALF_YEARLY, "6 months", 6, 0, 184)                                                          \
    X(YEARLY, "12 months", 12, 0, 366)                                                             \
    X(EVENT, "event", 12, 0, 366)                                                                  \
    X(ANALYSIS, "analysis", 0, 0, 0)

typedef enum pl_period {
#define X(sym, word, months, days, most) PL_PERIOD_##sym,
    PL_PERIOD_LIST(X)
#undef X
} pl_period;

bool pl_period_parse(pl_str word, pl_period *ret);
const char *pl_period_word(pl_period p);

typedef struct pl_term {
    int64_t due_us;   /* the next one should be there before this moment */
    int64_t until_us; /* this one holds before it */
} pl_term;

/* Both are midnights; zeros for PL_PERIOD_ANALYSIS. */
pl_term pl_period_term(pl_period p, int64_t said_us);

/* The midnight (UTC) before or at a moment, and of the day after it. */
int64_t pl_day_start(int64_t us);
int64_t pl_day_end(int64_t us);

/* "2026-11-22" as its first moment. False: no such day. */
bool pl_day_parse(pl_str s, int64_t *ret_us);

/* "90s", "30m", "2h", "14d": seconds. False: not that, zero, or more than ten years. */
bool pl_duration_parse(pl_str s, int64_t *ret_seconds);
