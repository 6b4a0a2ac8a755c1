/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs, one a file verb_NAME.c; the table of them stands in main.c. */
#pragma once

#include "cli/verb.h"

extern const pl_verb pl_verb_audit;
extern const pl_verb pl_verb_scan;
extern const pl_verb pl_verb_probe;
extern const pl_verb pl_verb_db;
extern const pl_verb pl_verb_rules;
extern const pl_verb pl_verb_fields;
extern const pl_verb pl_verb_checks;
extern const pl_verb pl_verb_ledger;
extern const pl_verb pl_verb_report;
extern const pl_verb pl_verb_config;
extern const pl_verb pl_verb_affected;
extern const pl_verb pl_verb_base;
extern const pl_verb pl_verb_cache;
extern const pl_verb pl_verb_attest;
extern const pl_verb pl_verb_due;
extern const pl_verb pl_verb_fedramp;
extern const pl_verb pl_verb_waive;
extern const pl_verb pl_verb_window;
extern const pl_verb pl_verb_decisions;
extern const pl_verb pl_verb_review;
extern const pl_verb pl_verb_ingest;
extern const pl_verb pl_verb_remedy;
