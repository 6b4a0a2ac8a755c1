/* SPDX-License-Identifier: Apache-2.0 */
/* What people have to do when: one row for each control that only a statement can answer. */
#pragma once

#include "govern/read.h"
#include "model/content.h"
#include "model/period.h"

/* X(symbol, word): in the order in which they are listed */
#define PL_DUE_LIST(X)                                                                             \
    X(OVERDUE, "overdue") /* the last statement holds no more */                                   \
    X(LATE, "late")       /* it holds, but the next one should have been there */                  \
    X(NEVER, "never")     /* nobody has ever said anything */                                      \
    X(DUE, "due")         /* within the time asked for */                                          \
    X(LATER, "later")

typedef enum pl_due_state {
#define X(sym, word) PL_DUE_##sym,
    PL_DUE_LIST(X)
#undef X
} pl_due_state;

const char *pl_due_word(pl_due_state s);

typedef struct pl_due {
    const pl_check *check;
    const pl_govern_row *last; /* of what is most urgent; NULL: never */
    pl_period period;
    pl_due_state state;
    int64_t due_us;                /* before that moment; 0: never said, so now */
    int64_t until_us;              /* the last one holds before it */
    size_t n_wanted;               /* requirements or specifications that want a statement */
    const pl_requirement_id *open; /* those of them that have none which holds */
    size_t n_open;
    unsigned missed; /* daily controls: days without a statement since the first one, in 31 */
} pl_due;

/* Overdue first, then by the day. within_us: what counts as due. */
pl_rc pl_due_list(const pl_content *content, const pl_govern *g, int64_t now_us, int64_t within_us,
                  pl_arena *a, pl_due **ret, size_t *ret_n, pl_err *err) PL_MUST_USE;

/* The control, and how long a statement about it holds. PL_USAGE: it is none that a person can
 * answer; the error names the nearest. */
pl_rc pl_due_control(const pl_content *content, pl_str id, const pl_check **ret, pl_period *ret_p,
                     pl_err *err) PL_MUST_USE;
