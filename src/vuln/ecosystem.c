/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/ecosystem.h"

#include <string.h>

pl_str pl_ecosystem_family(pl_str name)
{
    pl_str family;
    (void)pl_str_cut(&name, ':', &family);
    return family;
}

pl_str pl_ecosystem_canonical(pl_str name)
{
    pl_str lts = PL_S(":LTS");

    if (pl_str_eq(pl_ecosystem_family(name), PL_S("Ubuntu")) && pl_str_ends(name, lts))
        name.n -= lts.n;
    return name;
}

static pl_str join(pl_arena *a, pl_str x, pl_str y)
{
    char *p = pl_arena_calloc(a, x.n + y.n + 1, 1);

    if (!p)
        return (pl_str){"", 0};
    memcpy(p, x.p, x.n);
    if (y.n)
        memcpy(p + x.n, y.p, y.n);
    return (pl_str){p, x.n + y.n};
}

/* "6.1.76+1" of a signed build is "6.1.76-1" of its source: the last '+' stands for the '-'. */
static pl_str unsigned_version(pl_arena *a, pl_str version)
{
    const char *plus = version.n ? memrchr(version.p, '+', version.n) : NULL;
    pl_str copy = plus ? pl_arena_str(a, version) : version;

    if (!plus || !copy.p)
        return version;
    ((char *)(uintptr_t)copy.p)[plus - version.p] = '-';
    return copy;
}

void pl_ecosystem_true_source(pl_arena *a, pl_str ecosystem, pl_str *source, pl_str *version)
{
    pl_str family = pl_ecosystem_family(ecosystem);
    pl_str mark = PL_S("linux-signed");

    if (!pl_str_starts(*source, mark))
        return;
    if (pl_str_eq(family, PL_S("Debian"))) {
        *source = PL_S("linux");
        *version = unsigned_version(a, *version);
    } else if (pl_str_eq(family, PL_S("Ubuntu"))) {
        /* linux-signed-hwe-6.5 is built from linux-hwe-6.5, at the same version */
        *source = join(a, PL_S("linux"), pl_str_sub(*source, mark.n, source->n));
    }
}
