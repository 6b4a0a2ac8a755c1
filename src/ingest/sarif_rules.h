/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that a run of SARIF describes: what a result is called and how much it weighs. */
#pragma once

#include "core/arena.h"
#include "core/err.h"
#include "core/json_rd.h"
#include "model/finding.h"

typedef struct pl_sarif_rule {
    pl_str id;
    pl_str title;
    pl_str level;         /* of its default configuration; empty: "warning" */
    pl_severity severity; /* of "security-severity"; PL_UNKNOWN_SEVERITY: none */
} pl_sarif_rule;

typedef struct pl_sarif_rules {
    pl_sarif_rule *v;            /* as they came */
    const pl_sarif_rule **by_id; /* sorted */
    size_t n, room;
} pl_sarif_rules;

/* The value of a "rules" member, behind those that are there. PL_LIMIT: more than PL_INGEST_RULES.
 */
pl_rc pl_sarif_rules_read(pl_sarif_rules *rules, pl_json_rd *r, pl_arena *a,
                          pl_err *err) PL_MUST_USE;
pl_rc pl_sarif_rules_sort(pl_sarif_rules *rules, pl_arena *a, pl_err *err) PL_MUST_USE;

/* "CA1000/1" is a finer name of "CA1000" (SARIF section 3.27.5). NULL: not described. */
const pl_sarif_rule *pl_sarif_rule_of(const pl_sarif_rules *rules, pl_str id);
