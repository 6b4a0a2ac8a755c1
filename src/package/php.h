/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PHP: vendor/composer/installed.json of Composer 1 (a list) and 2 (an object), composer.lock
 * (locks.h), and the registry files of PEAR, which are PHP's serialized arrays.
 */
#pragma once

#include "package/found.h"

pl_rc pl_composer_installed(pl_str json, pl_arena *a, pl_found_each each, void *arg,
                            pl_err *err) PL_MUST_USE;

/* One .reg file: installed. The channel is told as the provenance. */
pl_rc pl_pear_reg(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err) PL_MUST_USE;
