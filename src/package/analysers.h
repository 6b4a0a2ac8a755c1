/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that tell of packages of programming languages, one row a kind of file. Adding one is
 * a parser (found.h) and a row here; docs/rooms/package.md says how.
 */
#pragma once

#include "image/analyser.h"

/* Ends with NULL. */
extern const pl_analyser *const pl_package_analysers[];

/* True when that analyser is one of them whose notes are pl_found_encode's. */
bool pl_is_package_analyser(const pl_analyser *a);
