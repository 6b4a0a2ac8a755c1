/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging: compiled checks over subjects.
 *
 * pl_rules_compile checks every condition of the content against the schema (unknown field, type
 * error, list or macro that is not there: the content does not load) and compiles it once.
 * pl_rules_judge evaluates all checks of the subjects' kinds. Three-valued logic: rule-language.md
 * section 11; elements, relations and groups: section 12.
 *
 * A pl_rules is read-only after compiling: any thread may judge with it, each into its own arena.
 */
#pragma once

#include "model/content.h"

typedef struct pl_rules pl_rules;

pl_rc pl_rules_compile(const pl_schema *schema, const pl_content *content, pl_rules **ret,
                       pl_err *err) PL_MUST_USE;
/* The same for content that is known to compile: no check is compiled yet, and none judges before
 * its kind of subject was named. Its patterns are compiled when the first value meets them. */
pl_rc pl_rules_compile_later(const pl_schema *schema, const pl_content *content, pl_rules **ret,
                             pl_err *err) PL_MUST_USE;
/* Compiles what judges subjects of that kind and is not compiled yet. While nobody judges. */
pl_rc pl_rules_compile_kind(pl_rules *r, pl_str kind, pl_err *err) PL_MUST_USE;
void pl_rules_free(pl_rules *r);

/* Called once a verdict, in order of subjects, then of checks in the content. The finding lives in
 * the arena and is the caller's to change; it points to the subject, its records and the rules,
 * which must live as long. */
typedef pl_rc (*pl_judge_each)(pl_finding *f, void *arg, pl_err *err);

/*
 * Judges every check whose kind is that of a subject, `group` checks over all of them. A check
 * with `needs` gives one unknown for each subject of its kind, or, where no subject of the kind is
 * there, nothing.
 */
pl_rc pl_rules_judge(const pl_rules *r, pl_arena *a, pl_subject *const *subjects, size_t n,
                     pl_judge_each each, void *arg, pl_err *err) PL_MUST_USE;

/* Runs the test cases beside each check; one line a failure into out. */
typedef struct pl_rules_test_result {
    size_t n_checks, n_cases, n_failed;
} pl_rules_test_result;
struct pl_buf;
pl_rc pl_rules_test(const pl_rules *r, struct pl_buf *out, pl_rules_test_result *ret,
                    pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_rules_, pl_rules *, pl_rules_free, NULL)
#define PL_AUTO_RULES PL_CLEANUP(pl_auto_rules_)
