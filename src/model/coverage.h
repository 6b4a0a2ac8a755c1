/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is behind a requirement when nothing was audited yet: which of its checks are known to work.
 *
 * A check is *shown* when an integration script names it and read a report with a pass or a fail of
 * it (content/coverage/, held true by the scripts themselves), or when a run that the caller has
 * gave it a pass or a fail: it read real facts then.
 */
#pragma once

#include "model/assessment.h"

/* X(symbol, word, words for people), the best first */
#define PL_COVERED_LIST(X)                                                                         \
    X(TECHNICAL, "technical", "by a check that is shown")                                          \
    X(UNTESTED, "untested", "mapped, nothing shown")                                               \
    X(ATTESTATION, "attestation", "by attestation alone")                                          \
    X(BLANK, "blank", "blank")

typedef enum pl_covered {
#define X(sym, word, text) PL_COVERED_##sym,
    PL_COVERED_LIST(X)
#undef X
} pl_covered;

enum { PL_COVERED_COUNT = PL_COVERED_BLANK + 1 };

const char *pl_covered_word(pl_covered c);
const char *pl_covered_text(pl_covered c);

/* How a check is shown: by which scripts, and whether by the run that r is of. */
bool pl_check_is_shown(const pl_check_result *r);

/* r is one of the derived results, in scope. */
pl_covered pl_coverage_of(const pl_requirement_result *r);
