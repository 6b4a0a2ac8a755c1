/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions of rpm and of pacman: [epoch:]version[-release], split at the last hyphen.
 *
 * rpm: rpm-version(7) and rpm's own comparison; a release that only one of them has makes it the
 * later one. pacman (vercmp(8)) knows neither `~` nor `^`, counts separators, takes trailing
 * letters for a preview, and leaves releases out when one of the two has none; with such
 * versions its order is not transitive, which is its own.
 */
#include "vuln/char.h"
#include "vuln/version.h"

struct version {
    pl_str epoch, version, release;
    bool has_release;
};

static bool parse(pl_str s, struct version *ret)
{
    pl_str rest = s, epoch = pl_take_digits(&rest);

    *ret = (struct version){.epoch = {"", 0}, .version = s};
    if (pl_take_char(&rest, ':')) {
        ret->epoch = epoch;
        ret->version = rest;
    }
    pl_str v = ret->version;
    const char *hyphen = v.n ? memrchr(v.p, '-', v.n) : NULL;
    if (hyphen) {
        size_t at = (size_t)(hyphen - v.p);
        ret->version.n = at;
        ret->release = pl_skip(v, at + 1);
        ret->has_release = true;
    }
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7F)
            return false;
    return s.n > 0;
}

static pl_order order_of(int d)
{
    return d < 0 ? PL_ORDER_LESS : d > 0 ? PL_ORDER_GREATER : PL_ORDER_EQUAL;
}

static pl_str take_letters(pl_str *s)
{
    size_t n = 0;
    while (n < s->n && pl_is_alpha(s->p[n]))
        n++;
    pl_str run = {s->p, n};
    *s = pl_skip(*s, n);
    return run;
}

/* ---- rpm ---- */

/* What stands at the front once separators are gone, in ascending order. */
enum front { TILDE, END, CARET, LETTERS, DIGITS };

static enum front front_of(pl_str *s)
{
    while (s->n && !pl_is_alnum(*s->p) && *s->p != '~' && *s->p != '^')
        *s = pl_skip(*s, 1);
    if (!s->n)
        return END;
    if (*s->p == '~')
        return TILDE;
    if (*s->p == '^')
        return CARET;
    return pl_is_digit(*s->p) ? DIGITS : LETTERS;
}

static int compare_rpm_part(pl_str a, pl_str b)
{
    for (;;) {
        enum front fa = front_of(&a), fb = front_of(&b);
        int d = (int)fa - (int)fb;
        if (d || fa == END)
            return d;
        if (fa == DIGITS) {
            d = pl_digits_cmp(pl_take_digits(&a), pl_take_digits(&b));
        } else if (fa == LETTERS) {
            d = pl_str_cmp(take_letters(&a), take_letters(&b));
        } else {
            a = pl_skip(a, 1);
            b = pl_skip(b, 1);
        }
        if (d)
            return d;
    }
}

pl_order pl_version_order_rpm(pl_str a, pl_str b)
{
    struct version va, vb;

    if (!parse(a, &va) || !parse(b, &vb))
        return PL_ORDER_UNDEFINED;
    int d = pl_digits_cmp(va.epoch, vb.epoch);
    if (!d)
        d = compare_rpm_part(va.version, vb.version);
    if (!d)
        d = (int)va.has_release - (int)vb.has_release;
    if (!d && va.has_release)
        d = compare_rpm_part(va.release, vb.release);
    return order_of(d);
}

/* ---- pacman ---- */

static size_t take_separators(pl_str *s)
{
    size_t n = 0;
    while (n < s->n && !pl_is_alnum(s->p[n]))
        n++;
    *s = pl_skip(*s, n);
    return n;
}

static int compare_runs(pl_str *a, pl_str *b)
{
    bool is_number = pl_is_digit(*a->p);
    pl_str x = is_number ? pl_take_digits(a) : take_letters(a);
    pl_str y = is_number ? pl_take_digits(b) : take_letters(b);

    if (!y.n)
        return is_number ? 1 : -1;
    return is_number ? pl_digits_cmp(x, y) : pl_str_cmp(x, y);
}

/* One of them has ended: a word behind it is a preview, anything else is later. */
static int compare_ends(pl_str a, pl_str b)
{
    if (!a.n && !b.n)
        return 0;
    bool is_less = (!a.n && !pl_is_alpha(*b.p)) || (a.n && pl_is_alpha(*a.p));
    return is_less ? -1 : 1;
}

static int compare_pacman_part(pl_str a, pl_str b)
{
    while (a.n && b.n) {
        size_t na = take_separators(&a), nb = take_separators(&b);
        if (!a.n || !b.n)
            break;
        if (na != nb)
            return na < nb ? -1 : 1;
        int d = compare_runs(&a, &b);
        if (d)
            return d;
    }
    return compare_ends(a, b);
}

pl_order pl_version_order_pacman(pl_str a, pl_str b)
{
    struct version va, vb;

    if (!parse(a, &va) || !parse(b, &vb))
        return PL_ORDER_UNDEFINED;
    if (pl_str_eq(a, b))
        return PL_ORDER_EQUAL;
    int d = pl_digits_cmp(va.epoch, vb.epoch);
    if (!d && !pl_str_eq(va.version, vb.version))
        d = compare_pacman_part(va.version, vb.version);
    if (!d && va.has_release && vb.has_release && !pl_str_eq(va.release, vb.release))
        d = compare_pacman_part(va.release, vb.release);
    return order_of(d);
}
