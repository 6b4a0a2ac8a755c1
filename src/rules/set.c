/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/set.h"

/* FNV-1a, 64 bits. */
static uint64_t hash(pl_str s)
{
    uint64_t h = 0xcbf29ce484222325;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3;
    return h ^ h >> 32;
}

bool pl_set_init(pl_set *s, const pl_str *items, size_t n, pl_arena *a)
{
    size_t room = 4;
    while (room < n * 2)
        room *= 2;
    *s = (pl_set){items, pl_arena_calloc(a, room, sizeof(*s->slots)), room - 1};
    if (!s->slots)
        return false;

    for (size_t i = 0; i < n; i++) {
        size_t at = hash(items[i]) & s->mask;
        while (s->slots[at])
            at = (at + 1) & s->mask;
        s->slots[at] = (uint32_t)i + 1;
    }
    return true;
}

bool pl_set_has(const pl_set *s, pl_str key)
{
    for (size_t at = hash(key) & s->mask; s->slots[at]; at = (at + 1) & s->mask)
        if (pl_str_eq(s->items[s->slots[at] - 1], key))
            return true;
    return false;
}
