/* SPDX-License-Identifier: Apache-2.0 */
#include "image/problems.h"

#include "image/limits.h"

#include <stdarg.h>
#include <string.h>

void pl_problems_add(pl_problems *p, pl_rc rc, int layer, const char *fmt, ...)
{
    char text[PL_ERR_TEXT];
    va_list ap;

    if (!p->items)
        p->items = pl_arena_calloc(p->arena, PL_IMAGE_PROBLEMS_MAX, sizeof(*p->items));
    if (!p->items || p->n == PL_IMAGE_PROBLEMS_MAX) {
        p->dropped++;
        return;
    }
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    pl_str kept = pl_arena_str(p->arena, pl_str_c(text));
    p->items[p->n++] = (pl_problem){rc, layer, kept.p ? kept : PL_S("?")};
}
