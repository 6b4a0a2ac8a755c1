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

/* As wide as the widest cell; where a line is too long for that the widest columns give way. */
static void set_widths(const pl_grid *g, size_t *width)
{
    enum { BETWEEN = 2, LEAST = 12 };
    size_t total = 0;

    for (size_t c = 0; c < g->columns; c++) {
        width[c] = width_of(g, c);
        total += width[c] + (c ? BETWEEN : 0);
    }
    for (; g->within && total > g->within; total--) {
        size_t widest = 0;
        for (size_t c = 1; c < g->columns; c++)
            widest = width[c] >= width[widest] ? c : widest;
        if (width[widest] <= LEAST)
            break;
        width[widest]--;
    }
}

/* One line of a row; what is left of each cell stays in `rest`. Whether anything is left. */
static bool print_line(const pl_grid *g, const size_t *width, pl_str *rest, pl_buf *out)
{
    size_t column = 0, at = 0;
    bool is_more = false;

    for (size_t c = 0; c < g->columns; c++) {
        pl_str text = pl_text_line(&rest[c], width[c] ? width[c] : 1);
        is_more |= rest[c].n > 0;
        for (; text.n && column < at; column++)
            pl_buf_ch(out, ' ');
        pl_buf_str(out, text);
        column += pl_text_width(text);
        at += width[c] + 2;
    }
    pl_buf_ch(out, '\n');
    return is_more;
}

void pl_grid_print(const pl_grid *g, pl_buf *out)
{
    assert(g->columns > 0);
    size_t *width = pl_arena_calloc(g->a, g->columns, sizeof(*width));
    pl_str *rest = pl_arena_calloc(g->a, g->columns, sizeof(*rest));

    if (g->is_bad || !width || !rest) {
        out->bad = true;
        return;
    }
    set_widths(g, width);
    for (size_t i = 0; i < g->n; i += g->columns) {
        for (size_t c = 0; c < g->columns; c++)
            rest[c] = i + c < g->n ? g->cells[i + c] : PL_S("");
        while (print_line(g, width, rest, out))
            ;
    }
}
