/* SPDX-License-Identifier: Apache-2.0 */
/* What the place of a file says about secrets in it. Paths are absolute. */
#pragma once

#include "core/str.h"

/* Its lines are pairs of a name and a value (.env, credentials, .netrc, ...). */
bool pl_secret_place_has_pairs(pl_str path);

/* People configure here. */
bool pl_secret_place_is_configuration(pl_str path);

/* Libraries bring along keys to test and to show themselves: all the world has them. */
bool pl_secret_place_is_published(pl_str path);
