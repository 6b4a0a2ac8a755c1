/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gentoo: number{.number}[letter]{_suffix[number]}[-rN], Package Manager Specification 3.3.
 * A number behind the first that begins with 0 is a decimal fraction.
 */
#include "vuln/char.h"
#include "vuln/version.h"

/* The end stands between the previews and the patches. */
enum { SUFFIX_END = 4 };
static const struct suffix {
    pl_str word;
    int rank;
} suffixes[] = {
    {{"alpha", 5}, 0}, {{"beta", 4}, 1}, {{"pre", 3}, 2}, {{"rc", 2}, 3}, {{"p", 1}, 5},
};

struct version {
    pl_str numbers, suffixes, revision; /* suffixes: each with its '_' */
    char letter;
};

static bool take_suffix(pl_str *s, int *ret_rank, pl_str *ret_number)
{
    pl_str rest = *s;

    if (!pl_take_char(&rest, '_'))
        return false;
    for (size_t i = 0; i < PL_COUNT(suffixes); i++) {
        pl_str after = rest;
        if (!pl_str_starts(after, suffixes[i].word))
            continue;
        after = pl_skip(after, suffixes[i].word.n);
        *ret_number = pl_take_digits(&after);
        if (after.n && *after.p != '_' && *after.p != '-')
            continue;
        *ret_rank = suffixes[i].rank;
        *s = after;
        return true;
    }
    return false;
}

static bool take_numbers(pl_str *s, pl_str *ret)
{
    pl_str rest = *s;

    do {
        if (!pl_take_digits(&rest).n)
            return false;
    } while (pl_take_char(&rest, '.'));
    *ret = (pl_str){s->p, s->n - rest.n};
    *s = rest;
    return true;
}

static bool parse(pl_str s, struct version *ret)
{
    pl_str number;
    int rank;

    *ret = (struct version){.revision = {"", 0}};
    if (!take_numbers(&s, &ret->numbers))
        return false;
    if (s.n && pl_is_lower(*s.p)) {
        ret->letter = *s.p;
        s = pl_skip(s, 1);
    }
    ret->suffixes = s;
    while (take_suffix(&s, &rank, &number))
        ;
    ret->suffixes.n -= s.n;
    if (pl_take_char(&s, '-')) {
        if (!pl_take_char(&s, 'r'))
            return false;
        ret->revision = s;
        return pl_all_digits(s);
    }
    return s.n == 0;
}

static pl_str without_zeros(pl_str s)
{
    while (s.n && s.p[s.n - 1] == '0')
        s.n--;
    return s;
}

static int compare_numbers(pl_str a, pl_str b)
{
    pl_str x, y;

    for (bool is_first = true; a.n && b.n; is_first = false) {
        (void)pl_str_cut(&a, '.', &x);
        (void)pl_str_cut(&b, '.', &y);
        bool is_fraction = !is_first && (*x.p == '0' || *y.p == '0');
        int d = is_fraction ? pl_str_cmp(without_zeros(x), without_zeros(y)) : pl_digits_cmp(x, y);
        if (d)
            return d;
    }
    return (a.n > 0) - (b.n > 0);
}

static int compare_suffixes(pl_str a, pl_str b)
{
    while (a.n || b.n) {
        int ra = SUFFIX_END, rb = SUFFIX_END;
        pl_str x = {"", 0}, y = {"", 0};
        (void)take_suffix(&a, &ra, &x);
        (void)take_suffix(&b, &rb, &y);
        int d = ra != rb ? ra - rb : pl_digits_cmp(x, y);
        if (d)
            return d;
    }
    return 0;
}

pl_order pl_version_order_portage(pl_str a, pl_str b)
{
    struct version va, vb;

    if (!parse(a, &va) || !parse(b, &vb))
        return PL_ORDER_UNDEFINED;
    int d = compare_numbers(va.numbers, vb.numbers);
    if (!d)
        d = va.letter - vb.letter;
    if (!d)
        d = compare_suffixes(va.suffixes, vb.suffixes);
    if (!d)
        d = pl_digits_cmp(va.revision, vb.revision);
    return d < 0 ? PL_ORDER_LESS : d > 0 ? PL_ORDER_GREATER : PL_ORDER_EQUAL;
}
