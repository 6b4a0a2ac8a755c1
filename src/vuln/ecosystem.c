/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/ecosystem.h"

#include "core/char.h"

#include <string.h>

pl_str pl_ecosystem_family(pl_str name)
{
    pl_str family;
    (void)pl_str_cut(&name, ':', &family);
    return family;
}

#define NAME(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

/* The one of the list that ends as tail does; else name. */
static pl_str ending_as(const pl_str *list, size_t n, pl_str tail, pl_str name)
{
    for (size_t i = 0; tail.n && i < n; i++)
        if (pl_str_ends(list[i], tail))
            return list[i];
    return name;
}

/* "Ubuntu:Pro:22.04:LTS" has what only subscribers get a fix for; the release itself is as
 * vulnerable and has no record of its own then. "Ubuntu:Pro:FIPS:..." are other builds. */
static pl_str ubuntu(pl_str name)
{
    static const pl_str releases[] = {
        NAME("Ubuntu:14.04"), NAME("Ubuntu:16.04"), NAME("Ubuntu:18.04"), NAME("Ubuntu:20.04"),
        NAME("Ubuntu:22.04"), NAME("Ubuntu:24.04"), NAME("Ubuntu:26.04"), NAME("Ubuntu:28.04")};
    pl_str lts = PL_S(":LTS"), pro = PL_S("Ubuntu:Pro:");

    if (pl_str_ends(name, lts))
        name.n -= lts.n;
    return pl_str_starts(name, pro)
               ? ending_as(releases, PL_COUNT(releases), pl_str_sub(name, pro.n - 1, name.n), name)
               : name;
}

/* "7" of "7", and of "3::el7" */
static pl_str red_hat_major(pl_str version)
{
    pl_str tail = version, part;
    pl_str el = PL_S("el");

    while (pl_str_cut(&tail, ':', &part))
        if (pl_str_starts(part, el))
            return pl_str_sub(part, el.n, part.n);
    (void)pl_str_cut(&version, ':', &part);
    return part;
}

/* Products that go on where a release ends, or add packages of their own names to it: their
 * records are of the release. */
static pl_str red_hat_product(pl_str product, pl_str version, pl_str name)
{
    static const char *const added[] = {"rhel_els", "rhel_extras", "rhel_software_collections",
                                        "rhel_dotnet"};
    static const pl_str releases[] = {
        NAME("Red Hat:enterprise_linux:6"), NAME("Red Hat:enterprise_linux:7"),
        NAME("Red Hat:enterprise_linux:8"), NAME("Red Hat:enterprise_linux:9"),
        NAME("Red Hat:enterprise_linux:10")};
    pl_str major = red_hat_major(version);

    for (size_t i = 0; i < PL_COUNT(added); i++)
        if (pl_str_eq(product, pl_str_c(added[i])))
            for (size_t k = 0; k < PL_COUNT(releases); k++)
                if (pl_str_eq(pl_str_sub(releases[k], 25, releases[k].n), major))
                    return releases[k];
    return name;
}

/* "Red Hat:enterprise_linux:9::appstream": part, product, version, then what is no release. */
static pl_str red_hat(pl_str name)
{
    enum { PARTS = 3 };
    pl_str rest = name, part = {name.p, 0}, product = part;

    for (int i = 0; i < PARTS - 1; i++)
        if (!pl_str_cut(&rest, ':', &product))
            return name;
    pl_str version = rest;
    if (!pl_str_cut(&rest, ':', &part))
        return name;
    return red_hat_product(product, version,
                           pl_str_sub(name, 0, (size_t)(part.p - name.p) + part.n));
}

/* "15 SP5" of "SUSE:Linux Enterprise Module for Basesystem 15 SP5", "-LTSS" and the like too. */
static pl_str suse(pl_str name)
{
    static const pl_str releases[] = {
#define X(release) NAME("SUSE:Linux Enterprise " release),
        X("11 SP4") X("12") X("12 SP1") X("12 SP2") X("12 SP3") X("12 SP4") X("12 SP5") X("15")
            X("15 SP1") X("15 SP2") X("15 SP3") X("15 SP4") X("15 SP5") X("15 SP6") X("15 SP7")
                X("15 SP8") X("16.0") X("16.1")
#undef X
    };
    const size_t head = sizeof("SUSE:Linux Enterprise") - 1;
    pl_str base = name;

    if (!pl_str_starts(name, PL_S("SUSE:Linux Enterprise ")) || pl_str_has(name, PL_S(" Micro ")))
        return name;
    const char *hyphen = memrchr(name.p, '-', name.n);
    if (hyphen && hyphen[-1] != ' ')
        base.n = (size_t)(hyphen - name.p);
    for (size_t i = 0; i < PL_COUNT(releases); i++)
        if (pl_str_ends(base, pl_str_sub(releases[i], head, releases[i].n)))
            return releases[i];
    return name;
}

/* Names that are the same for the index. */
static pl_str python(pl_arena *a, pl_str name)
{
    char *p = pl_arena_calloc(a, name.n + 1, 1);
    size_t n = 0;

    for (size_t i = 0; p && i < name.n; i++) {
        bool is_mark = memchr("-_.", name.p[i], 3) != NULL;
        if (!is_mark)
            p[n++] = pl_to_lower(name.p[i]);
        else if (!n || p[n - 1] != '-')
            p[n++] = '-';
    }
    return p ? (pl_str){p, n} : (pl_str){"", 0};
}

static pl_str lower(pl_arena *a, pl_str name)
{
    char *p = pl_arena_calloc(a, name.n + 1, 1);

    for (size_t i = 0; p && i < name.n; i++)
        p[i] = pl_to_lower(name.p[i]);
    return p ? (pl_str){p, name.n} : (pl_str){"", 0};
}

static const struct family {
    pl_str name;
    pl_str (*canonical)(pl_str name);
    pl_str (*package)(pl_arena *a, pl_str name);
    bool is_by_name;
} families[] = {
    {{"Ubuntu", 6}, ubuntu, NULL, false},     {{"SUSE", 4}, suse, NULL, false},
    {{"Red Hat", 7}, red_hat, NULL, true},    {{"AlmaLinux", 9}, NULL, NULL, true},
    {{"Oracle Linux", 12}, NULL, NULL, true}, {{"Amazon Linux", 12}, NULL, NULL, true},
    {{"PyPI", 4}, NULL, python, false},       {{"NuGet", 5}, NULL, lower, false},
    {{"Packagist", 9}, NULL, lower, false},
};

static const struct family *family_of(pl_str ecosystem)
{
    static const struct family other;
    pl_str name = pl_ecosystem_family(ecosystem);

    for (size_t i = 0; i < PL_COUNT(families); i++)
        if (pl_str_eq(families[i].name, name))
            return &families[i];
    return &other;
}

pl_str pl_ecosystem_canonical(pl_str name)
{
    const struct family *f = family_of(name);
    return f->canonical ? f->canonical(name) : name;
}

bool pl_ecosystem_is_in(pl_str list, pl_str ecosystem)
{
    bool is_all = list.n == 0;
    pl_str one;

    while (!is_all && pl_str_cut(&list, ',', &one)) {
        pl_str name = pl_str_trim(one);
        if (pl_str_eq(name, pl_ecosystem_family(ecosystem)) ||
            pl_str_eq(pl_ecosystem_canonical(name), pl_ecosystem_canonical(ecosystem)))
            return true;
    }
    return is_all;
}

bool pl_ecosystem_is_by_name(pl_str ecosystem)
{
    return family_of(ecosystem)->is_by_name;
}

pl_str pl_ecosystem_package(pl_arena *a, pl_str ecosystem, pl_str name)
{
    const struct family *f = family_of(ecosystem);
    return f->package ? f->package(a, name) : name;
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
