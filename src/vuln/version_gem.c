/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RubyGems: segments of digits or letters, Gem::Version of the rubygems library.
 *
 * A hyphen stands for ".pre.". Zeros at the end, and those in front of the first word, do not
 * count; a word is earlier than a number; what is missing is 0. The empty text is "0".
 */
#include "vuln/char.h"
#include "vuln/version.h"

struct cursor {
    pl_str rest;
    bool in_words; /* the first word has been taken */
};

/* Numbers first; letters behind a '.', and hyphens too behind the first hyphen. */
static bool is_version(pl_str s)
{
    bool is_start = true, has_dot = false, is_pre = false; /* start: of a dotted part */

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_text =
            pl_is_digit(c) || (pl_is_alpha(c) && (has_dot || is_pre)) || (c == '-' && is_pre);
        bool is_mark = !is_text && !is_start && (c == '.' || c == '-');
        if (!is_text && !is_mark)
            return false;
        is_start = is_mark;
        has_dot |= is_mark && c == '.';
        is_pre |= is_mark && c == '-';
    }
    return !is_start || !s.n;
}

/* The next run of digits or letters; false at the end. */
static bool next_run(struct cursor *c, pl_str *ret)
{
    while (c->rest.n && !pl_is_alnum(*c->rest.p)) {
        bool is_hyphen = *c->rest.p == '-';
        c->rest = pl_skip(c->rest, 1);
        if (is_hyphen) {
            *ret = PL_S("pre");
            return true;
        }
    }
    if (!c->rest.n)
        return false;
    if (pl_is_digit(*c->rest.p)) {
        *ret = pl_take_digits(&c->rest);
        return true;
    }
    size_t n = 0;
    while (n < c->rest.n && pl_is_alpha(c->rest.p[n]))
        n++;
    *ret = pl_str_sub(c->rest, 0, n);
    c->rest = pl_skip(c->rest, n);
    return true;
}

static bool is_zero(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '0')
            return false;
    return true;
}

/* True when nothing but zeros follow up to the first word, or to the end. */
static bool only_zeros_follow(struct cursor c)
{
    pl_str run;

    while (next_run(&c, &run)) {
        if (pl_is_alpha(*run.p))
            return !c.in_words;
        if (!is_zero(run))
            return false;
    }
    return true;
}

/* The next segment that counts; false at the end. */
static bool next_segment(struct cursor *c, pl_str *ret)
{
    struct cursor before = *c;

    if (!next_run(c, ret))
        return false;
    if (pl_is_alpha(*ret->p)) {
        c->in_words = true;
        return true;
    }
    if (!is_zero(*ret) || !only_zeros_follow(before))
        return true;
    if (c->in_words)
        return false;
    while (next_run(c, ret)) {
        if (pl_is_alpha(*ret->p)) {
            c->in_words = true;
            return true;
        }
    }
    return false;
}

static int compare_segments(pl_str a, pl_str b)
{
    bool wa = a.n && pl_is_alpha(*a.p), wb = b.n && pl_is_alpha(*b.p);

    if (wa != wb)
        return wa ? -1 : 1;
    return wa ? pl_str_cmp(a, b) : pl_digits_cmp(a, b);
}

pl_order pl_version_order_gem(pl_str a, pl_str b)
{
    struct cursor ca = {.rest = pl_str_trim(a)}, cb = {.rest = pl_str_trim(b)};

    if (!is_version(ca.rest) || !is_version(cb.rest))
        return PL_ORDER_UNDEFINED;
    for (;;) {
        pl_str x = {"", 0}, y = {"", 0};
        bool more_a = next_segment(&ca, &x), more_b = next_segment(&cb, &y);
        if (!more_a && !more_b)
            return PL_ORDER_EQUAL;
        int d = compare_segments(more_a ? x : (pl_str){"", 0}, more_b ? y : (pl_str){"", 0});
        if (d)
            return d < 0 ? PL_ORDER_LESS : PL_ORDER_GREATER;
    }
}
