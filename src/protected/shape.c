/* SPDX-License-Identifier: Apache-2.0 */
#include "core/char.h"
#include "protected/protected_priv.h"

static bool take_number(pl_str *rest, char end, uint8_t *ret)
{
    pl_str head;
    uint64_t v = 0;

    if (!pl_str_cut(rest, end, &head) || !pl_str_u64(head, &v) || v == 0 || v > 64)
        return false;
    *ret = (uint8_t)v;
    return true;
}

/* "{5,12}" or "{8}" behind a part. */
static bool take_times(pl_str *rest, pl_shape_part *part)
{
    pl_str inner;

    part->min = part->max = 1;
    if (!pl_str_starts(*rest, PL_S("{")))
        return true;
    *rest = pl_str_sub(*rest, 1, rest->n);
    if (!pl_str_has(*rest, PL_S("}")) || !pl_str_cut(rest, '}', &inner))
        return false;
    if (!pl_str_has(inner, PL_S(","))) {
        bool is_good = take_number(&inner, '}', &part->min);
        part->max = part->min;
        return is_good;
    }
    return take_number(&inner, ',', &part->min) && take_number(&inner, '}', &part->max) &&
           part->min <= part->max;
}

static pl_shape_start start_of(const pl_shape *s)
{
    pl_shape_start to = {.letter = s->parts[0].what == 'A' || s->parts[0].what == 'X'};
    unsigned min = 0;
    unsigned max = 0;
    size_t i = 0;

    for (; i < s->n && s->parts[i].what == '9'; i++) {
        min += s->parts[i].min;
        max += s->parts[i].max;
    }
    if (i < s->n && s->parts[i].what == 'X') {
        min += min == 0;
        max = PL_SHAPE_RUN;
    }
    for (unsigned n = min; min && n <= max && n <= PL_SHAPE_RUN; n++)
        to.digits |= UINT64_C(1) << n;
    return to;
}

bool pl_shape_parse(pl_str text, pl_shape *ret)
{
    ret->n = 0;
    while (text.n) {
        if (ret->n == PL_PROTECTED_PARTS)
            return false;
        pl_shape_part *part = &ret->parts[ret->n++];
        part->what = text.p[0];
        text = pl_str_sub(text, 1, text.n);
        if (!take_times(&text, part))
            return false;
    }
    ret->start = ret->n ? start_of(ret) : (pl_shape_start){0};
    return ret->n > 0;
}

static bool fits(char what, char c, char *separator)
{
    bool is_upper = pl_is_alpha(c) && !pl_is_lower(c);

    switch (what) {
    case '9':
        return pl_is_digit(c);
    case 'A':
        return is_upper;
    case 'X':
        return pl_is_digit(c) || is_upper;
    case '_': /* one and the same all through */
        if ((c != ' ' && c != '-') || (*separator && c != *separator))
            return false;
        *separator = c;
        return true;
    default:
        return c == what;
    }
}

size_t pl_shape_match(const pl_shape *s, pl_str text)
{
    char separator = 0;
    size_t at = 0;

    for (size_t i = 0; i < s->n; i++) {
        unsigned n = 0;
        while (n < s->parts[i].max && at < text.n &&
               fits(s->parts[i].what, text.p[at], &separator)) {
            n++;
            at++;
        }
        if (n < s->parts[i].min)
            return 0;
    }
    return at;
}
