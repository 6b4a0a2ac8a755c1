/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Card numbers and numbers of people in the files of every layer, as they pass. Part of the worker
 * "image". A note says how many numbers of a kind a file holds and where the first one stands;
 * no number and no digest of one is in it.
 */
#pragma once

#include "image/facts.h"
#include "protected/protected.h"

typedef struct pl_image_protected pl_image_protected;

/* form: the kinds as pl_protected_write made them. */
pl_rc pl_image_protected_open(pl_str form, pl_image_protected **ret, pl_err *err) PL_MUST_USE;
void pl_image_protected_close(pl_image_protected *p); /* accepts NULL */

/* Borrowed; for pl_analysis_watch. */
const pl_watcher *pl_image_protected_watcher(const pl_image_protected *p);

/* Fills image.protected_data from the watcher's notes, and from environment, labels and history,
 * which must be in the record as they were read. */
pl_rc pl_image_protected_fill(pl_image_protected *p, const pl_analysis *a, pl_facts *f,
                              pl_err *err) PL_MUST_USE;
