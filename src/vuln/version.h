/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order of package versions, by ecosystem.
 *
 * An ecosystem is named as in OSV ("Debian:12", "Alpine:v3.18", "Ubuntu:22.04:LTS"), by its purl
 * type ("pypi", "golang") or by the name of its order alone ("deb", "apk", "rpm"). Each order
 * answers as the ecosystem's own tool does; the tools and their sources stand at the head of the
 * files version_*.c. Any thread; nothing is allocated.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"

typedef enum pl_order {
    PL_ORDER_LESS = -1,
    PL_ORDER_EQUAL = 0,
    PL_ORDER_GREATER = 1,
    PL_ORDER_UNDEFINED = 2, /* at least one of the two is not a version */
} pl_order;

typedef pl_order (*pl_version_order)(pl_str a, pl_str b);

pl_order pl_version_order_deb(pl_str a, pl_str b);
pl_order pl_version_order_apk(pl_str a, pl_str b);
pl_order pl_version_order_apk_old(pl_str a, pl_str b); /* also knows what apk-tools 2 knew */
pl_order pl_version_order_rpm(pl_str a, pl_str b);
pl_order pl_version_order_pacman(pl_str a, pl_str b);
pl_order pl_version_order_portage(pl_str a, pl_str b);
pl_order pl_version_order_semver(pl_str a, pl_str b); /* not strict: for matching */
pl_order pl_version_order_npm(pl_str a, pl_str b);
pl_order pl_version_order_crates(pl_str a, pl_str b);
pl_order pl_version_order_hex(pl_str a, pl_str b);
pl_order pl_version_order_pub(pl_str a, pl_str b);
pl_order pl_version_order_go(pl_str a, pl_str b);
pl_order pl_version_order_pypi(pl_str a, pl_str b);
pl_order pl_version_order_maven(pl_str a, pl_str b);
pl_order pl_version_order_gem(pl_str a, pl_str b);
pl_order pl_version_order_nuget(pl_str a, pl_str b);
pl_order pl_version_order_composer(pl_str a, pl_str b);
pl_order pl_version_order_cran(pl_str a, pl_str b);

/* The order of an ecosystem. PL_USAGE: the program does not know the ecosystem. */
pl_rc pl_version_order_of(pl_str ecosystem, pl_version_order *ret, pl_err *err) PL_MUST_USE;

/*
 * The order by which packages are matched: it also knows the versions of older releases, and what
 * advisories and lock files write though the ecosystem's tool would refuse it. NULL in place of
 * the error of pl_version_order_of.
 */
pl_version_order pl_version_order_find(pl_str ecosystem);

/* '<', '=', '>' or '?'. */
char pl_order_sign(pl_order o);
