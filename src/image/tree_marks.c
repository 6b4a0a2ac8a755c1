/* SPDX-License-Identifier: Apache-2.0 */
#include "image/tree_marks.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 64 };

void pl_marks_done(pl_marks *m)
{
    free(m->slots);
    *m = (pl_marks){0};
}

static uint32_t key_of(uint32_t node)
{
    return node == PL_PATH_ROOT ? PL_PATH_NONE : node;
}

static pl_mark *slot_for(const pl_marks *m, uint32_t key)
{
    size_t i = pl_siphash(m->key, &key, sizeof(key)) & m->mask;

    while (m->slots[i].node && m->slots[i].node != key)
        i = (i + 1) & m->mask;
    return &m->slots[i];
}

pl_mark pl_marks_get(const pl_marks *m, uint32_t node)
{
    return m->n ? *slot_for(m, key_of(node)) : (pl_mark){0};
}

static bool grow(pl_marks *m)
{
    size_t room = m->slots ? (m->mask + 1) * 2 : FIRST_SLOTS;
    pl_marks wide = {calloc(room, sizeof(*wide.slots)), m->n, room - 1, pl_sipkey_process()};

    if (!wide.slots)
        return false;
    for (size_t i = 0; m->slots && i <= m->mask; i++)
        if (m->slots[i].node)
            *slot_for(&wide, m->slots[i].node) = m->slots[i];
    free(m->slots);
    *m = wide;
    return true;
}

pl_mark *pl_marks_of(pl_marks *m, uint32_t node)
{
    if ((!m->slots || m->n * 4 >= (m->mask + 1) * 3) && !grow(m))
        return NULL;
    pl_mark *mark = slot_for(m, key_of(node));
    if (!mark->node) {
        mark->node = key_of(node);
        m->n++;
    }
    return mark;
}
