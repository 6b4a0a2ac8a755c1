/* SPDX-License-Identifier: Apache-2.0 */
#include "image/tree_history.h"

#include <stdlib.h>

struct pl_file_history {
    pl_layers *ls;
    bool is_made;
    uint32_t *entries; /* owned; by path, then by number */
    size_t n;
};

pl_file_history *pl_history_new(pl_layers *ls)
{
    pl_file_history *h = calloc(1, sizeof(*h));
    if (h)
        h->ls = ls;
    return h;
}

void pl_history_free(pl_file_history *h)
{
    if (!h)
        return;
    free(h->entries);
    free(h);
}

static int compare_entries(const void *a, const void *b, void *arg)
{
    const pl_layers *ls = arg;
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    uint32_t node_x = pl_layers_entry(ls, x)->node;
    uint32_t node_y = pl_layers_entry(ls, y)->node;

    if (node_x != node_y)
        return node_x < node_y ? -1 : 1;
    return x < y ? -1 : x > y;
}

static bool make(pl_file_history *h)
{
    size_t n = 0;

    for (size_t i = 0; i < pl_layers_count(h->ls); i++)
        n += pl_layers_at(h->ls, i)->n;
    h->entries = calloc(n ? n : 1, sizeof(*h->entries));
    if (!h->entries)
        return false;
    for (size_t i = 0; i < pl_layers_count(h->ls); i++) {
        const pl_layer *l = pl_layers_at(h->ls, i);
        for (size_t k = l->first; k < l->first + l->n; k++)
            if (pl_layers_entry(h->ls, k)->type == PL_ENTRY_FILE)
                h->entries[h->n++] = (uint32_t)k;
    }
    if (h->n)
        qsort_r(h->entries, h->n, sizeof(*h->entries), compare_entries, h->ls);
    h->is_made = true;
    return true;
}

/* How many of the history stand before this entry of this path. */
static size_t count_before(const pl_file_history *h, uint32_t node, size_t entry)
{
    size_t lo = 0;
    size_t hi = h->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        uint32_t at = h->entries[mid];
        uint32_t its = pl_layers_entry(h->ls, at)->node;
        if (its < node || (its == node && at < entry))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const pl_entry *pl_history_find(pl_file_history *h, size_t i, uint32_t node)
{
    const pl_layer *l = pl_layers_at(h->ls, i);

    if (!h->is_made && !make(h))
        return NULL;
    /* The last one of the layer counts. */
    size_t end = count_before(h, node, l->first + l->n);
    uint32_t entry = end ? h->entries[end - 1] : 0;
    const pl_entry *e = pl_layers_entry(h->ls, entry);
    return end && e->node == node && entry >= l->first ? e : NULL;
}
