/* SPDX-License-Identifier: Apache-2.0 */
/* Three versions, a line each: every order is antisymmetric on them, and transitive. */
#include "core/attr.h"
#include "vuln/version.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool leq(pl_order o)
{
    return o == PL_ORDER_LESS || o == PL_ORDER_EQUAL;
}

/* Maven's and pacman's own orders are not transitive. */
static const struct order {
    pl_version_order order;
    bool is_transitive;
} orders[] = {
    {pl_version_order_deb, true},     {pl_version_order_apk, true},
    {pl_version_order_apk_old, true}, {pl_version_order_rpm, true},
    {pl_version_order_semver, true},  {pl_version_order_npm, true},
    {pl_version_order_crates, true},  {pl_version_order_hex, true},
    {pl_version_order_pub, true},     {pl_version_order_go, true},
    {pl_version_order_pypi, true},    {pl_version_order_gem, true},
    {pl_version_order_nuget, true},   {pl_version_order_composer, true},
    {pl_version_order_portage, true}, {pl_version_order_cran, true},
    {pl_version_order_maven, false},  {pl_version_order_pacman, false},
};

static void check(const struct order *o, pl_str a, pl_str b, pl_str c)
{
    pl_order ab = o->order(a, b), ba = o->order(b, a), bc = o->order(b, c), ac = o->order(a, c);
    bool known = ab != PL_ORDER_UNDEFINED;

    if (known != (ba != PL_ORDER_UNDEFINED) || (known && (int)ab != -(int)ba))
        abort();
    if (known && o->order(a, a) != PL_ORDER_EQUAL)
        abort();
    if (o->is_transitive && leq(ab) && leq(bc) && !leq(ac))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_str rest = {(const char *)data, size}, a = {"", 0}, b = {"", 0};

    (void)pl_str_cut(&rest, '\n', &a);
    (void)pl_str_cut(&rest, '\n', &b);
    for (size_t i = 0; i < PL_COUNT(orders); i++)
        check(&orders[i], a, b, rest);
    return 0;
}
