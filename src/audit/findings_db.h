/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found when, in state.db. A finding outlives rebuilds and restarts (ground rules,
 * Identity), so its first_seen is kept here, by finding id, until a run that covered its class did
 * not find it any more. A class has several places (web:1, web:2), and a run that looked at one
 * says nothing of another: where a finding was not looked for since, it comes back with its
 * first_seen.
 * One thread at a time.
 */
#pragma once

#include "audit/state_db.h"
#include "model/finding.h"

typedef struct pl_findings_db pl_findings_db;

/* db is borrowed and must outlive it. */
pl_rc pl_findings_db_open(pl_state_db *db, pl_findings_db **ret, pl_err *err) PL_MUST_USE;
void pl_findings_db_close(pl_findings_db *db); /* accepts NULL */

/* A run: every finding is noted in it, and only pl_findings_db_commit makes it last. */
pl_rc pl_findings_db_begin(pl_findings_db *db, int64_t now_us, pl_err *err) PL_MUST_USE;

/* Of this run, behind begin: it looks at all that there is of each class that it covers, so that
 * places which it did not meet are gone. */
void pl_findings_db_sees_all(pl_findings_db *db);

typedef struct pl_finding_past {
    int64_t first_seen_us; /* since when this problem is known (failed or unknown; 0: it is none) */
    int64_t grown_us;      /* since when all the elements behind it are */
    bool is_changed;       /* the verdict differs from the last run's, or there was none */
} pl_finding_past;

/* Notes a finding of this run. */
pl_rc pl_findings_db_note(pl_findings_db *db, const pl_finding *f, pl_finding_past *ret,
                          pl_err *err) PL_MUST_USE;

/*
 * This run looked at `what` (a check id, or PL_FINDINGS_VULN) of that subject, so that what it did
 * not find is over there. Noting a verdict other than unknown says so for its check.
 */
#define PL_FINDINGS_VULN PL_S("vuln")
pl_rc pl_findings_db_cover(pl_findings_db *db, const pl_subject *s, pl_str what,
                           pl_err *err) PL_MUST_USE;

/* Makes the run last; findings that it covered and did not find are removed. */
pl_rc pl_findings_db_commit(pl_findings_db *db, pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_findings_db_, pl_findings_db *, pl_findings_db_close, NULL)
#define PL_AUTO_FINDINGS_DB PL_CLEANUP(pl_auto_findings_db_)
