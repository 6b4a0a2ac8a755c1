/* SPDX-License-Identifier: Apache-2.0 */
#include "core/str.h"

#include <string.h>

bool pl_str_eq(pl_str a, pl_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int pl_str_cmp(pl_str a, pl_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool pl_str_starts(pl_str s, pl_str prefix)
{
    return s.n >= prefix.n && pl_str_eq((pl_str){s.p, prefix.n}, prefix);
}

bool pl_str_ends(pl_str s, pl_str suffix)
{
    return s.n >= suffix.n && pl_str_eq((pl_str){s.p + (s.n - suffix.n), suffix.n}, suffix);
}

bool pl_str_has(pl_str s, pl_str part)
{
    return part.n == 0 || (s.n >= part.n && memmem(s.p, s.n, part.p, part.n));
}

bool pl_str_fits(pl_str s, const char *pattern)
{
    if (*pattern != '*' && (s.n == 0 || *pattern != *s.p))
        return *pattern == '\0' && s.n == 0;
    pl_str all = pl_str_c(pattern);
    pl_str head;
    if (!memchr(all.p, '*', all.n))
        return pl_str_eq(s, all);
    (void)pl_str_cut(&all, '*', &head);
    return s.n >= head.n + all.n && pl_str_starts(s, head) && pl_str_ends(s, all);
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool pl_str_eq_nocase(pl_str a, pl_str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

pl_str pl_str_c(const char *c)
{
    return c ? (pl_str){c, strlen(c)} : (pl_str){"", 0};
}

pl_str pl_str_sub(pl_str s, size_t from, size_t n)
{
    if (from > s.n)
        from = s.n;
    if (n > s.n - from)
        n = s.n - from;
    return (pl_str){s.p ? s.p + from : s.p, n};
}

bool pl_str_to_c(pl_str s, char *buf, size_t room)
{
    if (s.n >= room || (s.n && memchr(s.p, '\0', s.n)))
        return false;
    if (s.n)
        memcpy(buf, s.p, s.n);
    buf[s.n] = '\0';
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

pl_str pl_str_trim(pl_str s)
{
    while (s.n && is_blank(s.p[0]))
        s.p++, s.n--;
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool pl_str_cut(pl_str *rest, char sep, pl_str *head)
{
    if (rest->n == 0) {
        *head = (pl_str){"", 0};
        return false;
    }

    const char *at = memchr(rest->p, sep, rest->n);
    size_t n = at ? (size_t)(at - rest->p) : rest->n;
    *head = (pl_str){rest->p, n};

    size_t skip = at ? n + 1 : n;
    rest->p += skip;
    rest->n -= skip;
    return true;
}

static unsigned digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    unsigned char l = lower(c);
    return l >= 'a' && l <= 'f' ? (unsigned)(l - 'a') + 10u : UINT32_MAX;
}

bool pl_str_u64_base(pl_str s, unsigned base, uint64_t *ret)
{
    uint64_t v = 0;

    if (s.n == 0 || !s.p)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned d = digit(s.p[i]);
        if (d >= base || __builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
            return false;
    }
    *ret = v;
    return true;
}

bool pl_str_u64(pl_str s, uint64_t *ret)
{
    return pl_str_u64_base(s, 10, ret);
}

bool pl_str_i64(pl_str s, int64_t *ret)
{
    bool negative = s.n && s.p[0] == '-';
    uint64_t v;

    if (!pl_str_u64(negative ? pl_str_sub(s, 1, s.n) : s, &v))
        return false;
    if (v > (uint64_t)INT64_MAX + negative)
        return false;
    *ret = negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}
