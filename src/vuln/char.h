/* SPDX-License-Identifier: Apache-2.0 */
/* ASCII character classes that do not ask the locale, and runs of digits of any length. */
#pragma once

#include "core/str.h"

#include <string.h>

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

/* Takes the digits at the front of *s. */
static inline pl_str pl_take_digits(pl_str *s)
{
    size_t n = 0;
    while (n < s->n && pl_is_digit(s->p[n]))
        n++;
    pl_str run = {s->p, n};
    *s = (pl_str){s->p + n, s->n - n};
    return run;
}

/* Compares two runs of digits as numbers: < 0, 0, > 0. */
static inline int pl_digits_cmp(pl_str a, pl_str b)
{
    while (a.n && *a.p == '0')
        a = (pl_str){a.p + 1, a.n - 1};
    while (b.n && *b.p == '0')
        b = (pl_str){b.p + 1, b.n - 1};
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return a.n ? memcmp(a.p, b.p, a.n) : 0;
}
