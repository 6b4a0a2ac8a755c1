/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Globs as fnmatch(3) reads them without flags in the C locale: * and ? also match "/" and a
 * leading ".", [a-z], [!a-z], [[:digit:]] and backslash. By bytes, for slices, whatever the
 * locale; work is bounded by length of pattern times length of text.
 */
#pragma once

#include "core/str.h"

/* Takes what it does from *steps; false once they are used up, and *steps is 0 then. */
bool pl_glob_match(pl_str pattern, pl_str text, bool no_case, size_t *steps);

bool pl_glob_is(pl_str s); /* holds one of * ? [ */
