/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evaluation with three values.
 *
 * Missing values: a test on an absent field is false, whatever its operator; one on a field that
 * could not be read is unknown. and, or and not follow Kleene. What makes an answer unknown is
 * kept: the first field and reason that decided it.
 */
#pragma once

#include "rules/code.h"

typedef enum pl_truth { PL_FALSE, PL_TRUE, PL_DONT_KNOW } pl_truth;

/* Why an answer is unknown. Both live as long as the records and the pl_rules. */
typedef struct pl_why {
    const char *reason;
    const char *field; /* field or policy parameter, NULL: none in particular */
} pl_why;

/* A subject that is judged together with others. */
typedef struct pl_member {
    const pl_record *rec;
    bool is_doubtful; /* whether it belongs to the group could not be read: pl_why says why */
    pl_why why;
} pl_member;

typedef struct pl_eval {
    const pl_record *subject;
    const pl_record *element; /* inside each, else NULL */
    const pl_member *members; /* of a group, else NULL */
    size_t n_members;
    pl_arena *scratch;    /* for what functions make; the caller resets it between evaluations */
    hs_scratch_t **regex; /* grows */
    size_t steps;         /* left; the caller sets PL_RULES_STEPS */
} pl_eval;

/* *why means something only with PL_DONT_KNOW. */
pl_truth pl_eval_run(pl_eval *e, const pl_code *code, pl_why *why);

/* ---- shared by the files that evaluate ---- */

/* Borrowed, or made in *room and the scratch; *field is written when it is unreadable. */
const pl_value *pl_eval_operand(pl_eval *e, const pl_operand *o, pl_value *room,
                                const char **field);

/* count(...) or count_distinct(...) against literals. */
pl_truth pl_eval_count(pl_eval *e, const pl_code *test, pl_why *why);

/* any(...) or all(...). */
pl_truth pl_eval_members(pl_eval *e, const pl_operand *o, pl_why *why);

/* some(...). */
pl_truth pl_eval_some(pl_eval *e, const pl_code *code, pl_why *why);

/* Takes n from the steps that are left; false: there are not as many. */
static inline bool pl_eval_charge(pl_eval *e, size_t n)
{
    e->steps = e->steps > n ? e->steps - n : 0;
    return e->steps > 0;
}
