/* SPDX-License-Identifier: Apache-2.0 */
#include "host/attrs.h"
#include "host/nft_expr.h"

#include <linux/netfilter/nf_tables.h>

static pl_nft_set *set_of(pl_arena *a, pl_nft_sets *sets, pl_str table, pl_str name)
{
    for (size_t i = 0; i < sets->n; i++)
        if (pl_str_eq(sets->v[i]->table, table) && pl_str_eq(sets->v[i]->name, name))
            return sets->v[i];
    if (sets->n == PL_COUNT(sets->v))
        return NULL;
    pl_nft_set *s = PL_NEW(a, pl_nft_set);
    if (!s)
        return NULL;
    s->table = table;
    s->name = name;
    return sets->v[sets->n++] = s;
}

static void add_element(pl_nft_set *s, pl_str element)
{
    pl_str key, value;
    uint32_t flags = 0;

    (void)pl_attr_be32(element, NFTA_SET_ELEM_FLAGS, &flags);
    if (!pl_attr_find(element, NFTA_SET_ELEM_KEY, &key) ||
        !pl_attr_find(key, NFTA_DATA_VALUE, &value) || value.n != 2 ||
        s->n == PL_NFT_SET_ELEMENTS) {
        s->is_other = true;
        return;
    }
    uint32_t port = (uint32_t)(unsigned char)value.p[0] << 8 | (unsigned char)value.p[1];
    s->starts[s->n++] = port | (flags & NFT_SET_ELEM_INTERVAL_END ? 1u << 16 : 0);
}

bool pl_nft_sets_add(pl_arena *a, pl_nft_sets *sets, pl_str attributes)
{
    pl_str table, name, list, element;
    unsigned type;

    if (!pl_attr_text(attributes, NFTA_SET_ELEM_LIST_TABLE, &table) ||
        !pl_attr_text(attributes, NFTA_SET_ELEM_LIST_SET, &name))
        return true;
    pl_nft_set *s = set_of(a, sets, table, name);
    if (!s)
        return false;
    if (!pl_attr_find(attributes, NFTA_SET_ELEM_LIST_ELEMENTS, &list))
        return true;
    while (pl_attr_next(&list, &type, &element))
        add_element(s, element);
    return true;
}
