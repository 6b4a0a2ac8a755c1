/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debian versions: [epoch:]upstream[-revision], deb-version(7).
 *
 * What dpkg refuses has no order here; what it only warns about (a first character that is no
 * digit, unusual characters) it still compares, and so does this. An empty version is earlier
 * than any other, as dpkg's manual says of its operators.
 */
#include "vuln/char.h"
#include "vuln/version.h"

struct version {
    uint64_t epoch;
    pl_str upstream, revision;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static pl_str trim_blanks(pl_str s)
{
    while (s.n && is_blank(s.p[0]))
        s = (pl_str){s.p + 1, s.n - 1};
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* dpkg reads the epoch with strtol, which takes a sign and leading white space too. */
static bool parse_epoch(pl_str s, uint64_t *ret)
{
    while (s.n && (*s.p == ' ' || (*s.p >= '\t' && *s.p <= '\r')))
        s = (pl_str){s.p + 1, s.n - 1};
    bool negative = s.n && *s.p == '-';
    if (s.n && (*s.p == '-' || *s.p == '+'))
        s = (pl_str){s.p + 1, s.n - 1};
    return pl_str_u64(s, ret) && *ret <= INT32_MAX && (!negative || *ret == 0);
}

static bool has_blank_or_nul(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (is_blank(s.p[i]) || s.p[i] == '\0')
            return true;
    return false;
}

static bool cut_epoch(pl_str *s, uint64_t *ret)
{
    pl_str rest = *s, head;

    *ret = 0;
    if (!s->n || !memchr(s->p, ':', s->n))
        return true;
    (void)pl_str_cut(&rest, ':', &head);
    *s = rest;
    return rest.n && parse_epoch(head, ret);
}

static bool parse(pl_str s, struct version *ret)
{
    s = trim_blanks(s);
    if (has_blank_or_nul(s) || !cut_epoch(&s, &ret->epoch))
        return false;
    ret->upstream = s;
    ret->revision = (pl_str){s.p + s.n, 0};
    const char *hyphen = s.n ? memrchr(s.p, '-', s.n) : NULL;
    if (hyphen) {
        size_t at = (size_t)(hyphen - s.p);
        ret->upstream.n = at;
        ret->revision = (pl_str){hyphen + 1, s.n - at - 1};
        if (!ret->revision.n)
            return false;
    }
    return ret->upstream.n > 0;
}

/* Rank of what stands in front of the digits; the end of the text counts as a digit does. */
static int rank(pl_str s)
{
    if (!s.n || pl_is_digit(*s.p))
        return 0;
    if (*s.p == '~')
        return -1;
    return pl_is_alpha(*s.p) ? *s.p : (signed char)*s.p + 256;
}

static bool at_word(pl_str s)
{
    return s.n && !pl_is_digit(*s.p);
}

static void step(pl_str *s)
{
    if (s->n)
        *s = (pl_str){s->p + 1, s->n - 1};
}

static int compare_part(pl_str a, pl_str b)
{
    while (a.n || b.n) {
        while (at_word(a) || at_word(b)) {
            int d = rank(a) - rank(b);
            if (d)
                return d;
            step(&a);
            step(&b);
        }
        int d = pl_digits_cmp(pl_take_digits(&a), pl_take_digits(&b));
        if (d)
            return d;
    }
    return 0;
}

static pl_order order_of(int d)
{
    return d < 0 ? PL_ORDER_LESS : d > 0 ? PL_ORDER_GREATER : PL_ORDER_EQUAL;
}

pl_order pl_version_order_deb(pl_str a, pl_str b)
{
    struct version va, vb;

    if ((a.n && !parse(a, &va)) || (b.n && !parse(b, &vb)))
        return PL_ORDER_UNDEFINED;
    if (!a.n || !b.n)
        return order_of((a.n > 0) - (b.n > 0));
    if (va.epoch != vb.epoch)
        return order_of(va.epoch < vb.epoch ? -1 : 1);
    int d = compare_part(va.upstream, vb.upstream);
    return order_of(d ? d : compare_part(va.revision, vb.revision));
}
