/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One day of the log, for the person who reviews it: findings that are new, changed or over, what
 * could not be read, what was denied, what changed, what people said. Lines of plain text that a
 * signature can be put under: the same day of the same log gives the same sheet, once it is over.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "ledger/reader.h"

/* X(symbol, member of the entry review.day, heading) */
#define PL_REVIEW_LIST(X)                                                                          \
    X(ALERTS, "alerts", "Alerts")                                                                  \
    X(DENIALS, "denials", "Denials")                                                               \
    X(FAILED, "failed", "Findings that began to fail")                                             \
    X(OVER, "over", "Findings that are over")                                                      \
    X(UNKNOWN, "unknown", "Checks that could not be judged any more")                              \
    X(UNREAD, "unread", "What could not be read, and gaps of the log")                             \
    X(CHANGES, "changes", "Changed settings")                                                      \
    X(STATEMENTS, "statements", "What people said")

typedef enum pl_review_part {
#define X(sym, member, heading) PL_REVIEW_##sym,
    PL_REVIEW_LIST(X)
#undef X
        PL_REVIEW_PARTS
} pl_review_part;

const char *pl_review_member(pl_review_part p);

typedef struct pl_review {
    uint64_t first, n_entries; /* of the log that fall on the day */
    size_t n[PL_REVIEW_PARTS];
    pl_buf lines[PL_REVIEW_PARTS];
} pl_review;

/* from_us, to_us: the day. lines are cut behind PL_REVIEW_LINES of each part; n counts on. */
pl_rc pl_review_read(pl_log *log, int64_t from_us, int64_t to_us, pl_review *ret,
                     pl_err *err) PL_MUST_USE;
void pl_review_done(pl_review *r); /* accepts {0} */

/* The sheet: day is "2026-11-21". Visible text. */
void pl_review_print(const pl_review *r, pl_str day, pl_buf *out);

enum { PL_REVIEW_LINES = 500 };
