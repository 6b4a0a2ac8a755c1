/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Semantic versions (semver.org, 2.0.0) as their tools take them: major.minor.patch[-pre][+build].
 *
 * The tools differ in what they accept, not in the order; only Dart's Pub compares the build part.
 * Advisories and lock files are less strict than the tools, so matching takes any count of
 * numbers, leading zeros and a leading `v`; a number that is missing is 0.
 */
#include "vuln/char.h"
#include "vuln/limits.h"
#include "vuln/version.h"

#include <stdio.h>

enum {
    ALLOW_V = 1,
    ALLOW_SHORT = 2,       /* fewer than three numbers */
    ALLOW_LONG = 4,        /* more */
    ALLOW_ZEROS = 8,       /* in front of numbers */
    ALLOW_SHORT_TAIL = 16, /* a pre-release behind fewer than three numbers */
    ANY = ALLOW_V | ALLOW_SHORT | ALLOW_LONG | ALLOW_ZEROS | ALLOW_SHORT_TAIL,
    NUMBERS = 3,
};

struct version {
    pl_str numbers; /* digits and dots */
    pl_str pre, build;
    bool has_pre, has_build;
};

static bool is_number(pl_str s, unsigned allow)
{
    return pl_all_digits(s) && ((allow & ALLOW_ZEROS) || s.n == 1 || *s.p != '0');
}

static bool are_numbers(pl_str s, unsigned allow, bool has_tail)
{
    pl_str one;
    size_t n = 0;

    if (!s.n || s.p[s.n - 1] == '.')
        return false;
    for (; pl_str_cut(&s, '.', &one); n++)
        if (!is_number(one, allow))
            return false;
    if (n < NUMBERS)
        return (allow & ALLOW_SHORT) && (!has_tail || (allow & ALLOW_SHORT_TAIL));
    return n == NUMBERS || (allow & ALLOW_LONG);
}

static bool is_word(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!pl_is_alnum(s.p[i]) && s.p[i] != '-')
            return false;
    return s.n > 0;
}

static bool are_words(pl_str s, bool numbers_are_plain)
{
    pl_str one;

    if (!s.n || s.p[s.n - 1] == '.')
        return false;
    while (pl_str_cut(&s, '.', &one))
        if (!is_word(one) ||
            (numbers_are_plain && one.n > 1 && *one.p == '0' && pl_all_digits(one)))
            return false;
    return true;
}

/* Cuts what stands behind the first c off *s. */
static bool cut_tail(pl_str *s, char c, pl_str *ret)
{
    const char *at = s->n ? memchr(s->p, c, s->n) : NULL;

    *ret = (pl_str){"", 0};
    if (!at)
        return false;
    size_t n = (size_t)(at - s->p);
    *ret = pl_skip(*s, n + 1);
    s->n = n;
    return true;
}

static bool parse(pl_str s, unsigned allow, struct version *ret)
{
    if (allow & ALLOW_V)
        (void)pl_take_char(&s, 'v');
    ret->has_build = cut_tail(&s, '+', &ret->build);
    ret->has_pre = cut_tail(&s, '-', &ret->pre);
    ret->numbers = s;
    return are_numbers(s, allow, ret->has_pre || ret->has_build) &&
           (!ret->has_pre || are_words(ret->pre, !(allow & ALLOW_ZEROS))) &&
           (!ret->has_build || are_words(ret->build, false));
}

static int compare_word(pl_str a, pl_str b)
{
    bool na = pl_all_digits(a), nb = pl_all_digits(b);

    if (na != nb)
        return na ? -1 : 1;
    return na ? pl_digits_cmp(a, b) : pl_str_cmp(a, b);
}

/* The one with more words is later. */
static int compare_words(pl_str a, pl_str b)
{
    pl_str x, y;

    while (a.n && b.n) {
        (void)pl_str_cut(&a, '.', &x);
        (void)pl_str_cut(&b, '.', &y);
        int d = compare_word(x, y);
        if (d)
            return d;
    }
    return (a.n > 0) - (b.n > 0);
}

static int compare(const struct version *a, const struct version *b)
{
    int d = pl_dotted_cmp(a->numbers, b->numbers);
    if (!d)
        d = (int)b->has_pre - (int)a->has_pre;
    return d ? d : compare_words(a->pre, b->pre);
}

static pl_order order_of(int d)
{
    return d < 0 ? PL_ORDER_LESS : d > 0 ? PL_ORDER_GREATER : PL_ORDER_EQUAL;
}

static pl_order order(pl_str a, pl_str b, unsigned allow)
{
    struct version va, vb;

    if (!parse(a, allow, &va) || !parse(b, allow, &vb))
        return PL_ORDER_UNDEFINED;
    return order_of(compare(&va, &vb));
}

pl_order pl_version_order_semver(pl_str a, pl_str b)
{
    return order(a, b, ANY);
}

/* Its numbers are those that a double holds exactly. */
static bool is_npm(pl_str s)
{
    static const pl_str max = {"9007199254740991", 16};
    struct version v;
    pl_str one;

    s = pl_str_trim(s);
    if (!parse(s, ALLOW_V, &v))
        return false;
    while (pl_str_cut(&v.numbers, '.', &one))
        if (pl_digits_cmp(one, max) > 0)
            return false;
    return true;
}

pl_order pl_version_order_npm(pl_str a, pl_str b)
{
    if (!is_npm(a) || !is_npm(b))
        return PL_ORDER_UNDEFINED;
    return order(pl_str_trim(a), pl_str_trim(b), ALLOW_V);
}

static bool is_crate(pl_str s)
{
    struct version v;
    pl_str one;
    uint64_t number;

    if (!parse(s, 0, &v))
        return false;
    while (pl_str_cut(&v.numbers, '.', &one))
        if (!pl_str_u64(one, &number))
            return false;
    return true;
}

pl_order pl_version_order_crates(pl_str a, pl_str b)
{
    if (!is_crate(a) || !is_crate(b))
        return PL_ORDER_UNDEFINED;
    return order(a, b, 0);
}

pl_order pl_version_order_hex(pl_str a, pl_str b)
{
    return order(a, b, 0);
}

/* Pub: a version with a build part is later than the same one without. */
pl_order pl_version_order_pub(pl_str a, pl_str b)
{
    struct version va, vb;

    if (!parse(a, ALLOW_ZEROS, &va) || !parse(b, ALLOW_ZEROS, &vb))
        return PL_ORDER_UNDEFINED;
    int d = compare(&va, &vb);
    return order_of(d ? d : compare_words(va.build, vb.build));
}

/*
 * Go: golang.org/x/mod/semver, where the `v` may be missing as in OSV, and the names of the
 * toolchain itself: "go1.21rc2" is 1.21.0-rc.2. Pseudo-versions are pre-releases, and
 * "+incompatible" is a build part. "(devel)" is no version.
 */
static pl_str toolchain(pl_str s, char room[PL_VULN_VERSION_MAX + 8])
{
    static const pl_str stages[] = {{"rc", 2}, {"beta", 4}};
    size_t n = 0, dots = 0;

    (void)pl_take_word(&s, PL_S("go"));
    s = pl_str_sub(
        s, 0,
        s.n && memchr(s.p, ' ', s.n) ? (size_t)((const char *)memchr(s.p, ' ', s.n) - s.p) : s.n);
    while (n < s.n && (pl_is_digit(s.p[n]) || s.p[n] == '.'))
        dots += s.p[n++] == '.';
    for (size_t i = 0; i < PL_COUNT(stages) && n; i++) {
        pl_str number = pl_str_sub(s, n + stages[i].n, s.n);
        if (!pl_str_starts(pl_skip(s, n), stages[i]) || !pl_all_digits(number) ||
            s.n > PL_VULN_VERSION_MAX)
            continue;
        int len = snprintf(room, PL_VULN_VERSION_MAX + 8, "%.*s%s-%s.%.*s", (int)n, s.p,
                           dots < 2 ? ".0" : "", stages[i].p, PL_F(number));
        return (pl_str){room, (size_t)len};
    }
    return s;
}

pl_order pl_version_order_go(pl_str a, pl_str b)
{
    char ra[PL_VULN_VERSION_MAX + 8], rb[PL_VULN_VERSION_MAX + 8];

    return order(toolchain(a, ra), toolchain(b, rb), ALLOW_V | ALLOW_SHORT);
}
