/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong while the rest went on: one line a problem, each naming its object, at most
 * PL_IMAGE_PROBLEMS_MAX of them; further ones are only counted. One thread.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"

enum { PL_NO_LAYER = -1 };

typedef struct pl_problem {
    pl_rc rc;  /* PL_FORMAT, PL_LIMIT, ...: its reason code is that of the unknowns that follow */
    int layer; /* number in the set of layers (image/layers.h), or PL_NO_LAYER */
    pl_str text;
} pl_problem;

typedef struct pl_problems {
    pl_arena *arena; /* holds the texts and the list */
    pl_problem *items;
    size_t n;
    size_t dropped;
} pl_problems;

void pl_problems_add(pl_problems *p, pl_rc rc, int layer, const char *fmt, ...) PL_PRINTF(4, 5);
