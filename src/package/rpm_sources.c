/* SPDX-License-Identifier: Apache-2.0 */
#include "package/rpm_sources.h"

#include "core/attr.h"

#include <stdlib.h>

static pl_str without_epoch(pl_str version)
{
    pl_str rest = version;
    pl_str epoch;

    return pl_str_cut(&rest, ':', &epoch) && rest.n ? rest : version;
}

static int compare(const pl_package *a, const pl_package *b)
{
    int by = pl_str_cmp(a->source, b->source);

    return by ? by : pl_str_cmp(without_epoch(a->source_version), without_epoch(b->source_version));
}

static int compare_places(const void *a, const void *b)
{
    const pl_package *x = *(pl_package *const *)a;
    const pl_package *y = *(pl_package *const *)b;
    int by = compare(x, y);

    return by ? by : (x > y) - (x < y);
}

static int likelihood(const pl_package *p)
{
    bool is_same_version = pl_str_eq(without_epoch(p->version), without_epoch(p->source_version));

    return is_same_version ? 1 + pl_str_eq(p->name, p->source) : 0;
}

/* All of one source at one version. */
static void settle(pl_package *const *group, size_t n)
{
    const pl_package *best = group[0];

    for (size_t i = 1; i < n; i++)
        if (likelihood(group[i]) > likelihood(best))
            best = group[i];
    if (!likelihood(best))
        return; /* none of them tells more than the others */
    pl_str version = best->source_version;
    for (size_t i = 0; i < n; i++)
        group[i]->source_version = version;
}

pl_rc pl_rpm_settle_sources(pl_package *items, size_t n, pl_err *err)
{
    PL_AUTO_FREE void *memory = calloc(n ? n : 1, sizeof(pl_package *));
    pl_package **order = memory;

    if (!order)
        return pl_fail(err, PL_NOMEM, "packages");
    for (size_t i = 0; i < n; i++)
        order[i] = &items[i];
    if (n)
        qsort(order, n, sizeof(*order), compare_places);
    for (size_t from = 0, end; from < n; from = end) {
        for (end = from + 1; end < n && compare(order[from], order[end]) == 0;)
            end++;
        settle(order + from, end - from);
    }
    return PL_OK;
}
