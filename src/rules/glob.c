/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/glob.h"

#include "core/attr.h"

struct pat {
    pl_str s;
    bool no_case;
};

static unsigned char fold(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static bool is_upper(unsigned char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(unsigned char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_alpha(unsigned char c)
{
    return is_upper(c) || is_lower(c);
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(unsigned char c)
{
    return is_alpha(c) || is_digit(c);
}

static bool is_xdigit(unsigned char c)
{
    return is_digit(c) || (fold(c) >= 'a' && fold(c) <= 'f');
}

static bool is_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}

static bool is_cntrl(unsigned char c)
{
    return c < ' ' || c == 0x7f;
}

static bool is_print(unsigned char c)
{
    return c >= ' ' && c < 0x7f;
}

static bool is_graph(unsigned char c)
{
    return c > ' ' && c < 0x7f;
}

static bool is_punct(unsigned char c)
{
    return is_graph(c) && !is_alnum(c);
}

/* The classes of the C locale; <ctype.h> would follow the program's. */
static const struct {
    const char *name;
    bool (*is)(unsigned char c);
} classes[] = {
    {"alpha", is_alpha}, {"digit", is_digit}, {"alnum", is_alnum},   {"upper", is_upper},
    {"lower", is_lower}, {"space", is_space}, {"blank", is_blank},   {"cntrl", is_cntrl},
    {"print", is_print}, {"graph", is_graph}, {"xdigit", is_xdigit}, {"punct", is_punct},
};

/* [:name:] at p->s.p[*at]; moves *at behind it. False: it is not one. */
static bool match_class(const struct pat *p, size_t *at, unsigned char c, bool *hit)
{
    pl_str rest = pl_str_sub(p->s, *at, p->s.n);

    if (!pl_str_starts(rest, PL_S("[:")))
        return false;
    for (size_t i = 0; i < PL_COUNT(classes); i++) {
        pl_str name = pl_str_c(classes[i].name);
        pl_str after = pl_str_sub(rest, 2, rest.n);
        if (!pl_str_starts(after, name) || !pl_str_starts(pl_str_sub(after, name.n, 2), PL_S(":]")))
            continue;
        *hit |= classes[i].is(c) ||
                (p->no_case && (classes[i].is(fold(c)) || (is_lower(c) && classes[i].is(c - 32))));
        *at += name.n + 4;
        return true;
    }
    return false;
}

/* One byte of a bracket, perhaps escaped; moves *at behind it. False: the pattern ends. */
static bool bracket_byte(const struct pat *p, size_t *at, unsigned char *ret)
{
    if (*at < p->s.n && p->s.p[*at] == '\\')
        ++*at;
    if (*at >= p->s.n)
        return false;
    *ret = (unsigned char)p->s.p[(*at)++];
    return true;
}

static bool in_range(const struct pat *p, unsigned char lo, unsigned char hi, unsigned char c)
{
    if (p->no_case) {
        lo = fold(lo);
        hi = fold(hi);
        c = fold(c);
    }
    return lo <= c && c <= hi;
}

/* A byte or a range at *at. False: the pattern ends inside it. */
static bool match_range(const struct pat *p, size_t *at, unsigned char c, bool *hit)
{
    unsigned char lo;
    unsigned char hi;

    if (!bracket_byte(p, at, &lo))
        return false;
    hi = lo;
    bool has_range = *at + 1 < p->s.n && p->s.p[*at] == '-' && p->s.p[*at + 1] != ']';
    if (has_range) {
        ++*at;
        if (!bracket_byte(p, at, &hi))
            return false;
    }
    *hit |= in_range(p, lo, hi, c);
    return true;
}

/*
 * The bracket at *at against c. False: it has no end, so "[" is a plain byte. Else *at moves
 * behind it and *hit says whether c is in it.
 */
static bool match_bracket(const struct pat *p, size_t *at, unsigned char c, bool *hit)
{
    size_t i = *at + 1;
    bool negate = i < p->s.n && (p->s.p[i] == '!' || p->s.p[i] == '^');

    if (negate)
        i++;
    *hit = false;
    for (bool first = true;; first = false) {
        if (i >= p->s.n)
            return false;
        if (p->s.p[i] == ']' && !first)
            break;
        if (!match_class(p, &i, c, hit) && !match_range(p, &i, c, hit))
            return false;
    }
    *hit ^= negate;
    *at = i + 1;
    return true;
}

/* One element of the pattern at *at, no "*", against one byte; moves *at behind it. */
static bool match_one(const struct pat *p, size_t *at, unsigned char c)
{
    unsigned char k = (unsigned char)p->s.p[*at];
    bool hit;

    if (k == '?') {
        ++*at;
        return true;
    }
    if (k == '[' && match_bracket(p, at, c, &hit))
        return hit;
    if (k == '\\') {
        if (*at + 1 == p->s.n)
            return false;
        k = (unsigned char)p->s.p[++*at];
    }
    ++*at;
    return p->no_case ? fold(k) == fold(c) : k == c;
}

bool pl_glob_match(pl_str pattern, pl_str text, bool no_case, size_t *steps)
{
    const struct pat p = {pattern, no_case};
    size_t i = 0;
    size_t at = 0;
    size_t star = SIZE_MAX; /* behind the last "*" */
    size_t retry = 0;       /* where its rest is tried next */

    while (i < text.n) {
        if (*steps == 0)
            return false;
        --*steps;
        if (at < pattern.n && pattern.p[at] == '*') {
            star = ++at;
            retry = i;
        } else if (at < pattern.n && match_one(&p, &at, (unsigned char)text.p[i])) {
            i++;
        } else if (star != SIZE_MAX) {
            at = star;
            i = ++retry;
        } else {
            return false;
        }
    }
    while (at < pattern.n && pattern.p[at] == '*')
        at++;
    return at == pattern.n;
}

bool pl_glob_is(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '*' || s.p[i] == '?' || s.p[i] == '[')
            return true;
    return false;
}
