/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alpine versions: number{.number}[letter]{_suffix[number]}[~hash][-rnumber], apk-package(5).
 *
 * Both versions are cut into parts in step and the first part that differs decides. A part that
 * only one of them has makes it the later one, unless it is a suffix of a preview (_alpha to
 * _rc). Where apk-tools 2 and 3 disagree (`1.00` against `1.0`) this is version 3. Version 2 also
 * had numbers behind the letter (`1.9.5p2`): packages of that time and the advisories about them
 * still do, so that is a version where packages are matched.
 */
#include "vuln/char.h"
#include "vuln/version.h"

/* In the order in which they may stand in a version; of two different ones the earlier is later. */
enum kind { FIRST, NUMBER, LETTER, SUFFIX, SUFFIX_NUMBER, HASH, REVISION, END, BAD };

static const struct suffix {
    pl_str name;
    int rank; /* below 0: of a preview */
} suffixes[] = {
    {{"alpha", 5}, -4}, {{"beta", 4}, -3}, {{"pre", 3}, -2}, {{"rc", 2}, -1}, {{"cvs", 3}, 1},
    {{"svn", 3}, 2},    {{"git", 3}, 3},   {{"hg", 2}, 4},   {{"p", 1}, 5},
};

struct cursor {
    pl_str rest;
    enum kind kind;
    pl_str text; /* of the part */
    int rank;    /* of a suffix */
    bool is_old; /* a number may follow the letter */
};

static bool take_char(pl_str *s, char c)
{
    if (!s->n || *s->p != c)
        return false;
    *s = (pl_str){s->p + 1, s->n - 1};
    return true;
}

static bool is_lower_hex(char c)
{
    return pl_is_digit(c) || (c >= 'a' && c <= 'f');
}

static pl_str take_while(pl_str *s, bool (*is)(char))
{
    size_t n = 0;
    while (n < s->n && is(s->p[n]))
        n++;
    pl_str run = {s->p, n};
    *s = (pl_str){s->p + n, s->n - n};
    return run;
}

static enum kind take_number(struct cursor *c, enum kind kind)
{
    c->text = pl_take_digits(&c->rest);
    return c->text.n ? kind : BAD;
}

static enum kind take_suffix(struct cursor *c)
{
    c->text = take_while(&c->rest, pl_is_lower);
    for (size_t i = 0; i < PL_COUNT(suffixes); i++) {
        if (pl_str_eq(suffixes[i].name, c->text)) {
            c->rank = suffixes[i].rank;
            return SUFFIX;
        }
    }
    return BAD;
}

static enum kind next_kind(struct cursor *c)
{
    pl_str *s = &c->rest;

    if (!s->n)
        return END;
    if (c->kind <= NUMBER && pl_is_lower(*s->p)) {
        c->text = (pl_str){s->p, 1};
        *s = (pl_str){s->p + 1, s->n - 1};
        return LETTER;
    }
    if (c->kind == LETTER && c->is_old && pl_is_digit(*s->p))
        return take_number(c, NUMBER);
    if (c->kind <= NUMBER && take_char(s, '.'))
        return take_number(c, NUMBER);
    if (c->kind == SUFFIX && pl_is_digit(*s->p))
        return take_number(c, SUFFIX_NUMBER);
    if (c->kind <= SUFFIX_NUMBER && take_char(s, '_'))
        return take_suffix(c);
    if (c->kind < HASH && take_char(s, '~')) {
        c->text = take_while(s, is_lower_hex);
        return c->text.n ? HASH : BAD;
    }
    if (c->kind < REVISION && take_char(s, '-') && take_char(s, 'r'))
        return take_number(c, REVISION);
    return BAD;
}

static struct cursor start(pl_str s, bool is_old)
{
    struct cursor c = {.rest = s, .kind = FIRST, .is_old = is_old};
    c.kind = take_number(&c, FIRST);
    return c;
}

static bool is_version(pl_str s, bool is_old)
{
    struct cursor c = start(s, is_old);
    while (c.kind < END)
        c.kind = next_kind(&c);
    return c.kind == END;
}

/* A later number with a leading zero is read as the digits after a decimal point. */
static bool is_fraction(const struct cursor *c)
{
    return c->kind == NUMBER && *c->text.p == '0';
}

static int compare_part(const struct cursor *a, const struct cursor *b)
{
    if (a->kind == SUFFIX)
        return a->rank - b->rank;
    if (a->kind == LETTER || a->kind == HASH || is_fraction(a) || is_fraction(b))
        return pl_str_cmp(a->text, b->text);
    return pl_digits_cmp(a->text, b->text);
}

static bool is_preview(const struct cursor *c)
{
    return c->kind == SUFFIX && c->rank < 0;
}

static int compare(pl_str a, pl_str b, bool is_old)
{
    struct cursor ca = start(a, is_old), cb = start(b, is_old);

    while (ca.kind == cb.kind && ca.kind < END) {
        int d = compare_part(&ca, &cb);
        if (d)
            return d;
        ca.kind = next_kind(&ca);
        cb.kind = next_kind(&cb);
    }
    if (ca.kind == cb.kind)
        return 0;
    if (is_preview(&ca) || is_preview(&cb))
        return is_preview(&ca) ? -1 : 1;
    return ca.kind > cb.kind ? -1 : 1;
}

static pl_order order(pl_str a, pl_str b, bool is_old)
{
    if (!is_version(a, is_old) || !is_version(b, is_old))
        return PL_ORDER_UNDEFINED;
    int d = compare(a, b, is_old);
    return d < 0 ? PL_ORDER_LESS : d > 0 ? PL_ORDER_GREATER : PL_ORDER_EQUAL;
}

pl_order pl_version_order_apk(pl_str a, pl_str b)
{
    return order(a, b, false);
}

pl_order pl_version_order_apk_old(pl_str a, pl_str b)
{
    return order(a, b, true);
}
