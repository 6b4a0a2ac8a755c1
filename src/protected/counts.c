/* SPDX-License-Identifier: Apache-2.0 */
#include "core/char.h"
#include "protected/protected_priv.h"

#include <string.h>

static bool is_letter(char c)
{
    return pl_is_digit(c) || pl_is_alpha(c);
}

static void skip_signs(pl_str *s)
{
    while (s->n && !is_letter(s->p[0]))
        *s = pl_str_sub(*s, 1, s->n);
}

bool pl_same_number(pl_str a, pl_str b)
{
    for (;;) {
        skip_signs(&a);
        skip_signs(&b);
        if (!a.n || !b.n)
            return !a.n && !b.n;
        if (a.p[0] != b.p[0])
            return false;
        a = pl_str_sub(a, 1, a.n);
        b = pl_str_sub(b, 1, b.n);
    }
}

/* Place of the value among those that were seen; a new one beyond the room is not told apart. */
static size_t place_of(pl_count *c, pl_str value)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_values; i++)
        if (pl_same_number(pl_str_c(c->values[i]), value))
            return i;
    if (c->n_values == PL_PROTECTED_VALUES)
        return c->n_values;
    for (size_t i = 0; i < value.n && n + 1 < PL_PROTECTED_VALUE; i++)
        if (is_letter(value.p[i]))
            c->values[c->n_values][n++] = value.p[i];
    return c->n_values++;
}

void pl_count_hit(pl_count *c, pl_hit what, pl_str value, pl_place at)
{
    if (c->n[what]++ == 0)
        c->first[what] = at;
    if (c->n[what] > PL_PROTECTED_COUNT)
        c->n[what] = PL_PROTECTED_COUNT;
    if (what == PL_HIT_TEST)
        return;
    size_t i = place_of(c, value);
    if (what == PL_HIT_WORD && i < PL_PROTECTED_VALUES && !c->has_word[i]) {
        c->has_word[i] = true;
        c->n_word_values++;
    }
}

static void tell(const pl_count *c, pl_hit what, pl_protected_found *ret)
{
    if (!c->n[what])
        return;
    if (!ret->n || c->first[what].offset < ret->offset) {
        ret->offset = c->first[what].offset;
        ret->line = c->first[what].line;
    }
    ret->n += c->n[what];
}

/*
 * Of random numbers one in ten has a good check digit, of real ones nearly all: a column of other
 * numbers shows itself by its bad ones.
 */
bool pl_count_judge(const pl_count *c, const pl_protected_kind *k, pl_protected_found *ret)
{
    uint32_t good = c->n[PL_HIT_WORD] + c->n[PL_HIT_ALONE];
    bool is_told = c->n_word_values >= k->near && c->n[PL_HIT_WORD] >= c->bad[PL_HIT_WORD];
    bool is_alone =
        k->alone && c->n_values >= k->alone && good >= c->bad[PL_HIT_WORD] + c->bad[PL_HIT_ALONE];

    *ret = (pl_protected_found){.n = 0};
    if (is_told || is_alone)
        tell(c, PL_HIT_WORD, ret);
    if (is_alone)
        tell(c, PL_HIT_ALONE, ret);
    if (ret->n)
        return true;
    tell(c, PL_HIT_TEST, ret);
    ret->is_test = ret->n > 0;
    return ret->n > 0;
}
