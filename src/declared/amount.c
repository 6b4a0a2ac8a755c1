/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/amount.h"

#include "core/attr.h"

#define BILLION INT64_C(1000000000)
enum { BILLION_DIGITS = 9 };

/* Digits with at most one point at the front of *s, in billionths; what stands behind stays. */
static bool decimal(pl_str *s, __int128 *ret)
{
    __int128 v = 0;
    size_t i = 0, after = 0, digits = 0;
    bool has_point = false;

    for (; i < s->n && i < 40; i++) {
        char c = s->p[i];
        if (c == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (c < '0' || c > '9')
            break;
        digits++;
        if (has_point && after == BILLION_DIGITS)
            continue; /* finer than anyone counts */
        v = v * 10 + (c - '0');
        after += has_point;
        if (v > (__int128)INT64_MAX * BILLION)
            return false;
    }
    for (; after < BILLION_DIGITS; after++)
        v *= 10;
    *s = pl_str_sub(*s, i, s->n);
    *ret = v;
    return digits > 0;
}

static bool fit(__int128 v, int64_t *ret)
{
    if (v > INT64_MAX)
        return false;
    *ret = (int64_t)v;
    return true;
}

typedef struct unit {
    const char *name;
    int64_t factor; /* in billionths */
} unit;

static bool scaled(pl_str s, const unit *units, size_t n, __int128 *ret)
{
    __int128 v;

    if (!decimal(&s, &v))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!pl_str_eq(s, pl_str_c(units[i].name)))
            continue;
        if (v > (((__int128)1) << 126) / units[i].factor)
            return false;
        *ret = v * units[i].factor;
        return true;
    }
    return false;
}

static const int64_t KI = INT64_C(1) << 10, MI = INT64_C(1) << 20, GI = INT64_C(1) << 30,
                     TI = INT64_C(1) << 40;

bool pl_amount_bytes(pl_str s, int64_t *ret)
{
    char low[40];
    __int128 v;

    if (!s.n || s.n >= sizeof(low))
        return false;
    for (size_t i = 0; i < s.n; i++)
        low[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] - 'A' + 'a' : s.p[i]);
    const unit units[] = {{"", 1},    {"b", 1},  {"k", KI},  {"kb", KI}, {"m", MI},
                          {"mb", MI}, {"g", GI}, {"gb", GI}, {"t", TI},  {"tb", TI}};
    return scaled((pl_str){low, s.n}, units, PL_COUNT(units), &v) && fit(v / BILLION, ret);
}

bool pl_amount_billionths(pl_str s, int64_t *ret)
{
    __int128 v;

    return decimal(&s, &v) && !s.n && fit(v, ret);
}

/* In billionths of a billionth, so that "1n" is whole. */
static bool quantity(pl_str s, __int128 *ret)
{
    const unit units[] = {
        {"n", 1},
        {"u", 1000},
        {"m", 1000000},
        {"", BILLION},
        {"k", 1000 * BILLION},
        {"M", 1000000 * BILLION},
        {"G", BILLION * BILLION},
    };
    /* The larger ones times a billion would not fit 63 bits: counted in whole units first. */
    static const struct {
        const char *name;
        int shift;
    } binary[] = {{"Ki", 10}, {"Mi", 20}, {"Gi", 30}, {"Ti", 40}, {"Pi", 50}};
    pl_str rest = s;
    __int128 v;

    if (scaled(s, units, PL_COUNT(units), ret))
        return true;
    if (!decimal(&rest, &v))
        return false;
    for (size_t i = 0; i < PL_COUNT(binary); i++) {
        if (!pl_str_eq(rest, pl_str_c(binary[i].name)))
            continue;
        __int128 most = (((__int128)1) << 126) / BILLION;
        if (v > most >> binary[i].shift)
            return false;
        *ret = (v << binary[i].shift) * BILLION;
        return true;
    }
    return false;
}

bool pl_quantity_billionths(pl_str s, int64_t *ret)
{
    __int128 v;
    return quantity(s, &v) && fit(v / BILLION, ret);
}

bool pl_quantity_whole(pl_str s, int64_t *ret)
{
    const __int128 one = (__int128)BILLION * BILLION;
    __int128 v;
    return quantity(s, &v) && fit((v + one - 1) / one, ret);
}
