/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by derive.c and derive_requirements.c; other rooms use model/assessment.h. */
#pragma once

#include "model/assessment.h"

typedef struct pl_derive {
    const pl_assessment *a;
    pl_arena *arena;
    pl_derived *ret;
    bool failed; /* the arena is used up */
} pl_derive;

/* At least one zeroed item; NULL sets `failed`. */
void *pl_derive_alloc(pl_derive *d, size_t n, size_t size);
void pl_tally_merge(pl_tally *to, const pl_tally *t);
void pl_derive_frameworks(pl_derive *d);
