/* SPDX-License-Identifier: Apache-2.0 */
/* What the place of a file says about secrets in it. Paths are absolute. */
#pragma once

#include "core/str.h"

/* Its lines are pairs of a name and a value (.env, credentials, .netrc, ...). */
bool pl_secret_place_has_pairs(pl_str path);

/*
 * What stands here was written to be shown or to test: a key that a library brings along for its
 * tests or its manual is known to all the world. Shapes that manuals are full of (is_common) are
 * samples in all that others wrote, and in every manual.
 */
bool pl_secret_place_is_sample(pl_str path, bool is_common);
