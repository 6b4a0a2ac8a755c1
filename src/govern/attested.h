/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which requirement rests on which statement. A statement that names requirements counts for those
 * alone; one that names none counts for all of its control, except those of the framework that the
 * control's `named` asks to be named one by one. A control with `decides` wants a decision about
 * each addressable specification of that framework, and no other statement counts for it.
 */
#pragma once

#include "govern/read.h"
#include "model/content.h"

/* What one control wants a statement for, with the newest that counts. */
typedef struct pl_attested_point {
    pl_requirement_id id; /* empty: of a control without requirements, the control itself */
    pl_govern_row *row;   /* NULL: nobody has said anything */
} pl_attested_point;

typedef struct pl_attested {
    pl_attested_point *points;
    size_t n;
    pl_govern_row *wrong; /* newest word about a required specification: it is not adopted */
    pl_str wrong_id;
} pl_attested;

/* content may be NULL where the control decides nothing. PL_LIMIT: the arena is used up. */
pl_rc pl_attested_of(const pl_content *content, const pl_govern *g, const pl_check *c, pl_arena *a,
                     pl_attested *ret, pl_err *err) PL_MUST_USE;

/* The words of --decision. "adopted" alone may be said of a required specification. */
#define PL_DECISION_ADOPTED "adopted"
#define PL_DECISION_ALTERNATIVE "alternative"
#define PL_DECISION_NEITHER "neither"

bool pl_decision_is_word(pl_str word);

/* Whether that specification may be decided away; false of one that the framework does not have. */
bool pl_is_addressable(const pl_framework *f, pl_str id);
