/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/version.h"

/*
 * X(ecosystem in front of the first ':', its order, its order for matching; NULL: known, but
 * without an order)
 */
#define ECOSYSTEMS(X)                                                                              \
    X("deb", pl_version_order_deb, pl_version_order_deb)                                           \
    X("Debian", pl_version_order_deb, pl_version_order_deb)                                        \
    X("Ubuntu", pl_version_order_deb, pl_version_order_deb)                                        \
    X("apk", pl_version_order_apk, pl_version_order_apk_old)                                       \
    X("Alpine", pl_version_order_apk, pl_version_order_apk_old)                                    \
    X("Chainguard", pl_version_order_apk, pl_version_order_apk_old)                                \
    X("Wolfi", pl_version_order_apk, pl_version_order_apk_old)                                     \
    X("rpm", NULL, NULL)                                                                           \
    X("AlmaLinux", NULL, NULL)                                                                     \
    X("Red Hat", NULL, NULL)                                                                       \
    X("Rocky Linux", NULL, NULL)                                                                   \
    X("SUSE", NULL, NULL)                                                                          \
    X("openSUSE", NULL, NULL)                                                                      \
    X("pacman", NULL, NULL)                                                                        \
    X("npm", NULL, NULL)                                                                           \
    X("pypi", NULL, NULL)                                                                          \
    X("PyPI", NULL, NULL)                                                                          \
    X("maven", NULL, NULL)                                                                         \
    X("Maven", NULL, NULL)                                                                         \
    X("go", NULL, NULL)                                                                            \
    X("Go", NULL, NULL)                                                                            \
    X("crates", NULL, NULL)                                                                        \
    X("crates.io", NULL, NULL)                                                                     \
    X("rubygems", NULL, NULL)                                                                      \
    X("RubyGems", NULL, NULL)                                                                      \
    X("nuget", NULL, NULL)                                                                         \
    X("NuGet", NULL, NULL)                                                                         \
    X("packagist", NULL, NULL)                                                                     \
    X("Packagist", NULL, NULL)                                                                     \
    X("hex", NULL, NULL)                                                                           \
    X("Hex", NULL, NULL)                                                                           \
    X("pub", NULL, NULL)                                                                           \
    X("Pub", NULL, NULL)

static const struct ecosystem {
    pl_str name;
    pl_version_order order, match_order;
} ecosystems[] = {
#define X(name, order, match_order) {{(name), sizeof(name) - 1}, (order), (match_order)},
    ECOSYSTEMS(X)
#undef X
};

static const struct ecosystem *find(pl_str ecosystem)
{
    pl_str family;

    (void)pl_str_cut(&ecosystem, ':', &family);
    for (size_t i = 0; i < PL_COUNT(ecosystems); i++)
        if (pl_str_eq(ecosystems[i].name, family))
            return &ecosystems[i];
    return NULL;
}

pl_rc pl_version_order_of(pl_str ecosystem, pl_version_order *ret, pl_err *err)
{
    const struct ecosystem *e = find(ecosystem);

    if (!e)
        return pl_fail(err, PL_USAGE,
                       "ecosystem %.*s: unknown (deb, apk, or a name such as "
                       "Debian:12, Ubuntu:22.04, Alpine:v3.18)",
                       PL_F(ecosystem));
    if (!e->order)
        return pl_fail(err, PL_USAGE, "ecosystem %.*s: its version order is not supported yet",
                       PL_F(ecosystem));
    *ret = e->order;
    return PL_OK;
}

pl_version_order pl_version_order_find(pl_str ecosystem)
{
    const struct ecosystem *e = find(ecosystem);
    return e ? e->match_order : NULL;
}

char pl_order_sign(pl_order o)
{
    switch (o) {
    case PL_ORDER_LESS:
        return '<';
    case PL_ORDER_EQUAL:
        return '=';
    case PL_ORDER_GREATER:
        return '>';
    case PL_ORDER_UNDEFINED:
        break;
    }
    return '?';
}
