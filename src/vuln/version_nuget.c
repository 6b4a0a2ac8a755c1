/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NuGet: one to four numbers [-words][+metadata],
 * learn.microsoft.com/nuget/concepts/package-versioning. Words compare without regard to case,
 * metadata not at all. A word is a number when it fits 32 bits with a sign, as NuGet's own code
 * parses it.
 */
#include "vuln/char.h"
#include "vuln/version.h"

enum { NUMBERS = 4 };

struct version {
    uint64_t number[NUMBERS];
    pl_str words;
};

static bool are_words(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!pl_is_alnum(s.p[i]) && s.p[i] != '-' &&
            (s.p[i] != '.' || !i || i + 1 == s.n || s.p[i - 1] == '.'))
            return false;
    return s.n > 0;
}

static bool parse(pl_str s, struct version *ret)
{
    pl_str numbers, one;
    size_t n = 0;

    s = pl_str_trim(s);
    *ret = (struct version){.words = {"", 0}};
    bool has_metadata = s.n && memchr(s.p, '+', s.n);
    pl_str metadata = s;
    (void)pl_str_cut(&metadata, '+', &s);
    bool has_words = s.n && memchr(s.p, '-', s.n);
    ret->words = s;
    (void)pl_str_cut(&ret->words, '-', &numbers);
    if ((has_metadata && !are_words(metadata)) || (has_words && !are_words(ret->words)) ||
        !numbers.n || numbers.p[numbers.n - 1] == '.')
        return false;
    for (; pl_str_cut(&numbers, '.', &one); n++)
        if (n == NUMBERS || !pl_str_u64(one, &ret->number[n]) || ret->number[n] > INT32_MAX)
            return false;
    return true;
}

static bool as_number(pl_str s, int64_t *ret)
{
    return pl_str_i64(s, ret) && *ret >= INT32_MIN && *ret <= INT32_MAX;
}

static int compare_text(pl_str a, pl_str b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++) {
        int d = pl_to_lower(a.p[i]) - pl_to_lower(b.p[i]);
        if (d)
            return d;
    }
    return (a.n > b.n) - (a.n < b.n);
}

static int compare_word(pl_str a, pl_str b)
{
    int64_t x, y;
    bool na = as_number(a, &x), nb = as_number(b, &y);

    if (na && nb)
        return (x > y) - (x < y);
    return na != nb ? (na ? -1 : 1) : compare_text(a, b);
}

static int compare_words(pl_str a, pl_str b)
{
    pl_str x, y;

    if (!a.n || !b.n)
        return (b.n > 0) - (a.n > 0);
    while (a.n && b.n) {
        (void)pl_str_cut(&a, '.', &x);
        (void)pl_str_cut(&b, '.', &y);
        int d = compare_word(x, y);
        if (d)
            return d;
    }
    return (a.n > 0) - (b.n > 0);
}

pl_order pl_version_order_nuget(pl_str a, pl_str b)
{
    struct version va, vb;
    int d = 0;

    if (!parse(a, &va) || !parse(b, &vb))
        return PL_ORDER_UNDEFINED;
    for (size_t i = 0; i < NUMBERS && !d; i++)
        d = (va.number[i] > vb.number[i]) - (va.number[i] < vb.number[i]);
    if (!d)
        d = compare_words(va.words, vb.words);
    return d < 0 ? PL_ORDER_LESS : d > 0 ? PL_ORDER_GREATER : PL_ORDER_EQUAL;
}
