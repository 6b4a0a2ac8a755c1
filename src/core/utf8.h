/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it: no surrogates, nothing overlong, nothing above U+10FFFF. */
#pragma once

#include "core/str.h"

/* Length of the first character of s (1 to 4) and its code point; 0 when s does not start with
 * one or is empty. ret may be NULL. */
size_t pl_utf8_next(pl_str s, uint32_t *ret);

bool pl_utf8_valid(pl_str s);
