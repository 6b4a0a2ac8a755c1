/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of cells in columns that are as wide as their widest cell. Where lines have a length, long
 * cells go on in further lines; nothing is cut. Cells are bytes from anywhere and are copied as
 * visible text. Memory that is not there makes the output bad.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"

typedef struct pl_grid {
    pl_arena *a;
    size_t columns;
    size_t within; /* columns of the terminal; 0: lines are as long as they are */
    pl_str *cells; /* row by row */
    size_t n, room;
    bool is_bad;
} pl_grid;

pl_grid pl_grid_of(pl_arena *a, size_t columns);
void pl_grid_add(pl_grid *g, pl_str cell); /* the next cell of the row, or the first of another */

/* All rows, two blanks between columns, none at the end of a line. */
void pl_grid_print(const pl_grid *g, pl_buf *out);
