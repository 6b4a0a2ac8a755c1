/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/grid.h"

#include "core/text.h"

#include <assert.h>
#include <string.h>

pl_grid pl_grid_of(pl_arena *a, size_t columns)
{
    return (pl_grid){.a = a, .columns = columns};
}

static bool grow(pl_grid *g)
{
    size_t room = g->room ? g->room * 2 : g->columns * 16;
    pl_str *cells = pl_arena_calloc(g->a, room, sizeof(*cells));

    if (!cells)
        return false;
    if (g->n)
        memcpy(cells, g->cells, g->n * sizeof(*cells));
    g->cells = cells;
    g->room = room;
    return true;
}

void pl_grid_add(pl_grid *g, pl_str cell)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_text_visible(&text, cell, PL_TEXT_ALL);
    pl_str kept = pl_arena_str(g->a, pl_buf_view(&text));
    if (!kept.p || !pl_buf_ok(&text) || (g->n == g->room && !grow(g))) {
        g->is_bad = true;
        return;
    }
    g->cells[g->n++] = kept;
}

static size_t width_of(const pl_grid *g, size_t column)
{
    size_t widest = 0;

    for (size_t i = column; i < g->n; i += g->columns) {
        size_t width = pl_text_width(g->cells[i]);
        widest = width > widest ? width : widest;
    }
    return widest;
}

void pl_grid_print(const pl_grid *g, pl_buf *out)
{
    assert(g->columns > 0);
    size_t *width = pl_arena_calloc(g->a, g->columns, sizeof(*width));

    out->bad |= g->is_bad || !width;
    for (size_t c = 0; width && c < g->columns; c++)
        width[c] = width_of(g, c);
    for (size_t i = 0; width && i < g->n; i++) {
        size_t column = i % g->columns;
        bool is_last = column + 1 == g->columns;
        pl_buf_str(out, g->cells[i]);
        for (size_t k = pl_text_width(g->cells[i]); !is_last && k < width[column] + 2; k++)
            pl_buf_ch(out, ' ');
        if (is_last)
            pl_buf_ch(out, '\n');
    }
}
