/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/version.h"

/* X(ecosystem in front of the first ':', its order, its order for matching) */
#define ECOSYSTEMS(X)                                                                              \
    X("deb", pl_version_order_deb, pl_version_order_deb)                                           \
    X("Debian", pl_version_order_deb, pl_version_order_deb)                                        \
    X("Ubuntu", pl_version_order_deb, pl_version_order_deb)                                        \
    X("Echo", pl_version_order_deb, pl_version_order_deb)                                          \
    X("opkg", pl_version_order_deb, pl_version_order_deb)                                          \
    X("OpenWrt", pl_version_order_deb, pl_version_order_deb)                                       \
    X("apk", pl_version_order_apk, pl_version_order_apk_old)                                       \
    X("Alpine", pl_version_order_apk, pl_version_order_apk_old)                                    \
    X("Alpaquita", pl_version_order_apk, pl_version_order_apk_old)                                 \
    X("Chainguard", pl_version_order_apk, pl_version_order_apk_old)                                \
    X("MinimOS", pl_version_order_apk, pl_version_order_apk_old)                                   \
    X("Wolfi", pl_version_order_apk, pl_version_order_apk_old)                                     \
    X("rpm", pl_version_order_rpm, pl_version_order_rpm)                                           \
    X("AlmaLinux", pl_version_order_rpm, pl_version_order_rpm)                                     \
    X("Amazon Linux", pl_version_order_rpm, pl_version_order_rpm)                                  \
    X("Azure Linux", pl_version_order_rpm, pl_version_order_rpm)                                   \
    X("CentOS", pl_version_order_rpm, pl_version_order_rpm)                                        \
    X("Fedora", pl_version_order_rpm, pl_version_order_rpm)                                        \
    X("Mageia", pl_version_order_rpm, pl_version_order_rpm)                                        \
    X("Oracle Linux", pl_version_order_rpm, pl_version_order_rpm)                                  \
    X("Photon OS", pl_version_order_rpm, pl_version_order_rpm)                                     \
    X("Red Hat", pl_version_order_rpm, pl_version_order_rpm)                                       \
    X("Rocky Linux", pl_version_order_rpm, pl_version_order_rpm)                                   \
    X("SUSE", pl_version_order_rpm, pl_version_order_rpm)                                          \
    X("openEuler", pl_version_order_rpm, pl_version_order_rpm)                                     \
    X("openSUSE", pl_version_order_rpm, pl_version_order_rpm)                                      \
    X("alpm", pl_version_order_pacman, pl_version_order_pacman)                                    \
    X("pacman", pl_version_order_pacman, pl_version_order_pacman)                                  \
    X("Arch Linux", pl_version_order_pacman, pl_version_order_pacman)                              \
    X("ebuild", pl_version_order_portage, pl_version_order_portage)                                \
    X("portage", pl_version_order_portage, pl_version_order_portage)                               \
    X("Gentoo", pl_version_order_portage, pl_version_order_portage)                                \
    X("npm", pl_version_order_npm, pl_version_order_semver)                                        \
    X("cargo", pl_version_order_crates, pl_version_order_semver)                                   \
    X("crates", pl_version_order_crates, pl_version_order_semver)                                  \
    X("crates.io", pl_version_order_crates, pl_version_order_semver)                               \
    X("hex", pl_version_order_hex, pl_version_order_semver)                                        \
    X("Hex", pl_version_order_hex, pl_version_order_semver)                                        \
    X("pub", pl_version_order_pub, pl_version_order_pub)                                           \
    X("Pub", pl_version_order_pub, pl_version_order_pub)                                           \
    X("go", pl_version_order_go, pl_version_order_go)                                              \
    X("golang", pl_version_order_go, pl_version_order_go)                                          \
    X("Go", pl_version_order_go, pl_version_order_go)                                              \
    X("semver", pl_version_order_semver, pl_version_order_semver)                                  \
    X("Bitnami", pl_version_order_semver, pl_version_order_semver)                                 \
    X("GitHub Actions", pl_version_order_semver, pl_version_order_semver)                          \
    X("SwiftURL", pl_version_order_semver, pl_version_order_semver)                                \
    X("pypi", pl_version_order_pypi, pl_version_order_pypi)                                        \
    X("PyPI", pl_version_order_pypi, pl_version_order_pypi)                                        \
    X("maven", pl_version_order_maven, pl_version_order_maven)                                     \
    X("Maven", pl_version_order_maven, pl_version_order_maven)                                     \
    X("gem", pl_version_order_gem, pl_version_order_gem)                                           \
    X("rubygems", pl_version_order_gem, pl_version_order_gem)                                      \
    X("RubyGems", pl_version_order_gem, pl_version_order_gem)                                      \
    X("nuget", pl_version_order_nuget, pl_version_order_nuget)                                     \
    X("NuGet", pl_version_order_nuget, pl_version_order_nuget)                                     \
    X("composer", pl_version_order_composer, pl_version_order_composer)                            \
    X("packagist", pl_version_order_composer, pl_version_order_composer)                           \
    X("Packagist", pl_version_order_composer, pl_version_order_composer)                           \
    X("cran", pl_version_order_cran, pl_version_order_cran)                                        \
    X("CRAN", pl_version_order_cran, pl_version_order_cran)                                        \
    X("Bioconductor", pl_version_order_cran, pl_version_order_cran)

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
                       "ecosystem %.*s: unknown (deb, apk, rpm, npm, pypi, maven, golang, or a "
                       "name of OSV such as Debian:12, PyPI, crates.io)",
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
