/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of our own log, newest first: what a waiver is about, what a day held. */
#pragma once

#include "cli/cli.h"
#include "ledger/reader.h"
#include "model/assessment.h"

typedef struct pl_past {
    pl_log *log;
    uint64_t entry; /* of the report at hand; UINT64_MAX before the first */
    pl_arena *arena;
    pl_assessment a; /* lives until the next one is read */
} pl_past;

/* PL_USAGE: nothing is recorded here. */
pl_rc pl_past_open(pl_cli *cli, pl_past *ret, pl_err *err) PL_MUST_USE;
/* The one before. PL_NOTFOUND: there is none. */
pl_rc pl_past_next(pl_past *p, pl_err *err) PL_MUST_USE;
void pl_past_done(pl_past *p); /* accepts {0} */

static inline void pl_auto_past_(pl_past *p)
{
    pl_past_done(p);
}
#define PL_AUTO_PAST PL_CLEANUP(pl_auto_past_)
