/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order of package versions, by ecosystem.
 *
 * An ecosystem is named as in OSV ("Debian:12", "Alpine:v3.18", "Ubuntu:22.04:LTS") or by the name
 * of its order alone ("deb", "apk"). deb follows deb-version(7) as dpkg --compare-versions answers
 * it; apk follows apk-package(5) as apk-tools 3 answers it. Any thread; nothing is allocated.
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

/*
 * The order of an ecosystem. PL_USAGE: the program does not know the ecosystem, or knows it and
 * has no order for it; the error says which of the two.
 */
pl_rc pl_version_order_of(pl_str ecosystem, pl_version_order *ret, pl_err *err) PL_MUST_USE;

/*
 * The order by which packages are matched: it also knows the versions of older releases. NULL in
 * place of the error of pl_version_order_of.
 */
pl_version_order pl_version_order_find(pl_str ecosystem);

/* '<', '=', '>' or '?'. */
char pl_order_sign(pl_order o);
