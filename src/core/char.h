/* SPDX-License-Identifier: Apache-2.0 */
/* ASCII character classes that do not ask the locale. */
#pragma once

#include <stdbool.h>

static inline bool pl_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool pl_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool pl_is_alpha(char c)
{
    return pl_is_lower(c) || (c >= 'A' && c <= 'Z');
}

static inline char pl_to_upper(char c)
{
    return pl_is_lower(c) ? (char)(c - 'a' + 'A') : c;
}

static inline char pl_to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}
