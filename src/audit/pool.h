/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded number of threads over a list: `work` runs in them, for each index once; `take` gets
 * the finished ones in the thread of the caller, in the order of the list. No thread runs further
 * ahead of what was taken than a few, so that what is finished and not taken stays small.
 */
#pragma once

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct pl_pool {
    size_t n, at_once;
    void (*work)(size_t i, void *arg);
    pl_rc (*take)(size_t i, void *arg, pl_err *err); /* NULL: nothing; an error ends the rest */
    void *arg;
} pl_pool;

/* Returns when no thread is left. The error of `take`, or PL_SYS: no thread can be started. */
pl_rc pl_pool_run(const pl_pool *p, pl_err *err) PL_MUST_USE;
