/* SPDX-License-Identifier: Apache-2.0 */
/*
 * R packages (CRAN, Bioconductor): numbers separated by '.' or '-', R's package_version(). Of two
 * that begin alike the longer is later.
 */
#include "vuln/char.h"
#include "vuln/version.h"

static bool is_mark(char c)
{
    return c == '.' || c == '-';
}

static bool is_version(pl_str s)
{
    if (!s.n || !pl_is_digit(s.p[0]) || !pl_is_digit(s.p[s.n - 1]))
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (!pl_is_digit(s.p[i]) && (!is_mark(s.p[i]) || is_mark(s.p[i - 1])))
            return false;
    return true;
}

pl_order pl_version_order_cran(pl_str a, pl_str b)
{
    int d = 0;

    if (!is_version(a) || !is_version(b))
        return PL_ORDER_UNDEFINED;
    while (!d && a.n && b.n) {
        d = pl_digits_cmp(pl_take_digits(&a), pl_take_digits(&b));
        a = pl_skip(a, a.n > 0);
        b = pl_skip(b, b.n > 0);
    }
    if (!d)
        d = (a.n > 0) - (b.n > 0);
    return d < 0 ? PL_ORDER_LESS : d > 0 ? PL_ORDER_GREATER : PL_ORDER_EQUAL;
}
