/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/strtab.h"

#include "vuln/xxh64.h"

#include <string.h>
#include <sys/random.h>

enum { FIRST_ROOM = 1024 };

static bool grow_strings(pl_strtab *t)
{
    size_t room = t->room ? 2 * t->room : FIRST_ROOM;
    pl_str *v = reallocarray(t->v, room, sizeof(*v));
    if (v)
        t->v = v;
    uint64_t *hash = reallocarray(t->hash, room, sizeof(*hash));
    if (hash)
        t->hash = hash;
    if (!v || !hash || room > UINT32_MAX / 4)
        return false;
    t->room = room;
    return true;
}

static uint32_t *slot_for(const pl_strtab *t, pl_str s, uint64_t hash)
{
    size_t mask = t->n_slots - 1;

    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &t->slots[i];
        if (!*slot || (t->hash[*slot - 1] == hash && pl_str_eq(t->v[*slot - 1], s)))
            return slot;
    }
}

/* At most half of the slots are ever used. */
static bool grow_slots(pl_strtab *t)
{
    size_t n = 2 * t->room;
    uint32_t *slots = calloc(n, sizeof(*slots));

    if (!slots)
        return false;
    free(t->slots);
    t->slots = slots;
    t->n_slots = n;
    for (size_t i = 0; i < t->n; i++)
        *slot_for(t, t->v[i], t->hash[i]) = (uint32_t)i + 1;
    return true;
}

bool pl_strtab_init(pl_strtab *t)
{
    uint32_t zero;

    *t = (pl_strtab){0};
    if (getrandom(&t->seed, sizeof(t->seed), GRND_NONBLOCK) != sizeof(t->seed))
        t->seed = (uintptr_t)t;
    return pl_strtab_add(t, (pl_str){"", 0}, &zero);
}

void pl_strtab_done(pl_strtab *t)
{
    free(t->v);
    free(t->hash);
    free(t->slots);
    *t = (pl_strtab){0};
}

bool pl_strtab_add(pl_strtab *t, pl_str s, uint32_t *ret)
{
    uint64_t hash = pl_xxh64(s, t->seed);

    if (t->n == t->room && (!grow_strings(t) || !grow_slots(t)))
        return false;
    uint32_t *slot = slot_for(t, s, hash);
    if (!*slot) {
        t->v[t->n] = s;
        t->hash[t->n] = hash;
        *slot = (uint32_t)++t->n;
    }
    *ret = *slot - 1;
    return true;
}

struct numbered {
    pl_str s;
    uint32_t old; /* number */
};

static int by_bytes(const void *x, const void *y)
{
    return pl_str_cmp(((const struct numbered *)x)->s, ((const struct numbered *)y)->s);
}

bool pl_strtab_sort(const pl_strtab *t, uint32_t *rank, uint32_t *order)
{
    PL_AUTO_FREE struct numbered *v = calloc(t->n, sizeof(*v));

    if (!v)
        return false;
    for (size_t i = 0; i < t->n; i++)
        v[i] = (struct numbered){t->v[i], (uint32_t)i};
    qsort(v, t->n, sizeof(*v), by_bytes);
    for (size_t i = 0; i < t->n; i++) {
        order[i] = v[i].old;
        rank[v[i].old] = (uint32_t)i;
    }
    return true;
}

bool pl_strtab_find(const pl_strtab *t, pl_str s, uint32_t *ret)
{
    uint32_t slot = *slot_for(t, s, pl_xxh64(s, t->seed));

    if (slot)
        *ret = slot - 1;
    return slot != 0;
}
