/* SPDX-License-Identifier: Apache-2.0 */
/* Three versions, a line each: every order is antisymmetric and transitive on them. */
#include "vuln/version.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool leq(pl_order o)
{
    return o == PL_ORDER_LESS || o == PL_ORDER_EQUAL;
}

static void check(pl_version_order order, pl_str a, pl_str b, pl_str c)
{
    pl_order ab = order(a, b), ba = order(b, a), bc = order(b, c), ac = order(a, c);
    bool known = ab != PL_ORDER_UNDEFINED;

    if (known != (ba != PL_ORDER_UNDEFINED) || (known && (int)ab != -(int)ba))
        abort();
    if (known && order(a, a) != PL_ORDER_EQUAL)
        abort();
    if (leq(ab) && leq(bc) && !leq(ac))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_str rest = {(const char *)data, size}, a = {"", 0}, b = {"", 0};

    (void)pl_str_cut(&rest, '\n', &a);
    (void)pl_str_cut(&rest, '\n', &b);
    check(pl_version_order_deb, a, b, rest);
    check(pl_version_order_apk, a, b, rest);
    check(pl_version_order_apk_old, a, b, rest);
    return 0;
}
