/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of digits of any length, and other pieces of versions. */
#pragma once

#include "core/char.h"
#include "core/str.h"

#include <string.h>

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

/* Compares numbers with dots between them, of any length; what is missing at an end is 0. */
static inline int pl_dotted_cmp(pl_str a, pl_str b)
{
    pl_str x, y;

    while (a.n || b.n) {
        (void)pl_str_cut(&a, '.', &x);
        (void)pl_str_cut(&b, '.', &y);
        int d = pl_digits_cmp(x, y);
        if (d)
            return d;
    }
    return 0;
}

static inline bool pl_is_alnum(char c)
{
    return pl_is_digit(c) || pl_is_alpha(c);
}

static inline bool pl_all_digits(pl_str s)
{
    return s.n && pl_take_digits(&s).n && !s.n;
}

/* s without its first n bytes. */
static inline pl_str pl_skip(pl_str s, size_t n)
{
    return (pl_str){s.p + n, s.n - n};
}

/* Takes the character c from the front of *s, if it is there. */
static inline bool pl_take_char(pl_str *s, char c)
{
    if (!s->n || *s->p != c)
        return false;
    *s = pl_skip(*s, 1);
    return true;
}

/* Takes the word, in any case, from the front of *s, if it is there. */
static inline bool pl_take_word(pl_str *s, pl_str word)
{
    if (!pl_str_eq_nocase(pl_str_sub(*s, 0, word.n), word))
        return false;
    *s = pl_skip(*s, word.n);
    return true;
}
