/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path prefixes (pmatch): a search path matches itself and all below it, component by component.
 * Empty components do not count, so "/etc/" and "//etc" are "/etc"; a component may be a glob.
 * Exact components are tried before globs. "." and ".." are components like others: whoever
 * collects paths resolves them.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"

typedef struct pl_path_set pl_path_set;

pl_path_set *pl_path_set_new(pl_arena *a); /* NULL: no memory */

/* Borrows the path. PL_LIMIT: no memory, or more than PL_RULES_PATH_PARTS components. */
pl_rc pl_path_set_add(pl_path_set *s, pl_str path, pl_arena *a, pl_err *err) PL_MUST_USE;

/* Takes what its globs do from *steps. */
bool pl_path_set_covers(const pl_path_set *s, pl_str path, size_t *steps);
