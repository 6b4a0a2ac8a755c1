/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file against the table of classifiers, while it passes: its name chooses rows, their anchors
 * are looked for in its bytes, and where one stands the row's pattern has to match.
 *
 * A row that finds two different versions in one file has found none that can be told: the program
 * is then there with an empty version.
 */
#pragma once

#include "package/classifiers.h"
#include "package/limits.h"
#include "package/window.h"

typedef struct pl_classify pl_classify;

/* The table is borrowed. */
pl_rc pl_classify_open(const pl_classifiers *table, pl_classify **ret, pl_err *err) PL_MUST_USE;
void pl_classify_close(pl_classify *c); /* accepts NULL */

/* The file that passes from now on. can_be_program: rows of programs are asked as well. Returns
 * whether there is a row of a text file that has it. */
bool pl_classify_begin(pl_classify *c, pl_str path, bool can_be_program);
pl_rc pl_classify_window(pl_classify *c, const pl_window *w, bool is_program,
                         pl_err *err) PL_MUST_USE;
/* One call for each row that found something. PL_LIMIT, after those: an anchor stood at more places
 * than PL_CLASSIFY_TRIES_MAX. */
pl_rc pl_classify_end(pl_classify *c, pl_found_each each, void *arg, pl_err *err) PL_MUST_USE;

/* PL_FORMAT: no pattern, or one without a group for the version. */
pl_rc pl_classify_check(pl_str pattern, pl_err *err) PL_MUST_USE;
