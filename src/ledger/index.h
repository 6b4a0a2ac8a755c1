/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index of a log: which entries speak of a subject. A SQLite file .state/index.db, filled
 * from the published entries when it is asked, and made again from nothing when it is damaged, of
 * another log, or not there. Nothing else depends on it; verify never looks at it.
 *
 * Where the directory cannot be written, and for a log that others handed over, the index is made
 * in memory for this one question: theirs could say anything. One thread at a time.
 */
#pragma once

#include "ledger/reader.h"

typedef struct pl_index pl_index;

typedef enum pl_index_how {
    PL_INDEX_KEPT,      /* the one that is there, filled up */
    PL_INDEX_AFRESH,    /* an old one is thrown away first */
    PL_INDEX_IN_MEMORY, /* one that is there is not looked at */
} pl_index_how;

/* Opens and fills it up to the log's checkpoint. The log is borrowed for the call. */
pl_rc pl_index_open(pl_log *log, pl_index_how how, pl_index **ret, pl_err *err) PL_MUST_USE;
void pl_index_close(pl_index *x); /* accepts NULL */

uint64_t pl_index_entries(const pl_index *x);
bool pl_index_is_kept(const pl_index *x); /* false: in memory only */

typedef struct pl_index_hit {
    uint64_t index;
    pl_str t, type, kind, key; /* valid during the call */
} pl_index_hit;

/* Entries of a subject by its whole key or a beginning of 8 characters and more, in order. */
pl_rc pl_index_subject(pl_index *x, pl_str key, void (*hit)(void *arg, const pl_index_hit *h),
                       void *arg, pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_index_, pl_index *, pl_index_close, NULL)
#define PL_AUTO_INDEX PL_CLEANUP(pl_auto_index_)
