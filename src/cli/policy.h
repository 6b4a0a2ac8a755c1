/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy that a run is asked to hold: --fail-on WORD,... decides the exit code.
 *
 * Words: a severity (that and worse; findings whose severity nobody knows count for "high" and what
 * is milder, and are not judged for "critical"), "kev" (a known exploited vulnerability), "unknown"
 * (a check that could not be judged). Exit: 1 the policy does not hold; 3 it holds for what was
 * seen, but something in scope could not be read or a feed is missing; 0 it holds. Without
 * --fail-on always 0. Findings that a filter left out (cli/filter.h) do not count; what could not
 * be read counts whatever is left out.
 */
#pragma once

#include "model/assessment.h"

typedef struct pl_policy {
    bool is_set;
    bool has_severity;
    pl_severity severity;
    bool on_kev;
    bool on_unknown;
    bool allow_incomplete;
} pl_policy;

/* text NULL: no policy. PL_USAGE names the word that is none. */
pl_rc pl_policy_parse(const char *text, bool allow_incomplete, pl_policy *ret,
                      pl_err *err) PL_MUST_USE;

typedef struct pl_policy_result {
    int status;     /* exit code */
    size_t n_hits;  /* findings at or above the threshold */
    size_t n_blind; /* what could not be judged for want of data */
} pl_policy_result;

pl_policy_result pl_policy_apply(const pl_policy *p, const pl_assessment *a);
