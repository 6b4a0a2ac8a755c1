/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines for a terminal: segments of text, cut at the terminal's width, some in colour. Private.
 *
 * Every text is made visible (core/text.h); the SGR sequences of has_color are the only control
 * characters written. `columns` 0 cuts nothing.
 */
#pragma once

#include "core/buf.h"
#include "report/report.h"
#include "report/select.h"

typedef enum pl_ink {
    PL_INK_PLAIN,
    PL_INK_BOLD,
    PL_INK_DIM,
    PL_INK_BAD,
    PL_INK_WARN,
    PL_INK_GOOD
} pl_ink;

enum { PL_LINE_SPANS = 96 };

typedef struct pl_lines {
    pl_buf *out;
    size_t columns; /* of the terminal */
    bool has_color;
    size_t n; /* lines finished */

    pl_buf line; /* visible text of the line so far; pl_lines_done frees it */
    struct {
        pl_ink ink;
        size_t end; /* in line */
    } spans[PL_LINE_SPANS];
    size_t n_spans;
} pl_lines;

void pl_lines_done(pl_lines *l);

/* Text beyond the spans of a line takes the ink of the last. */
void pl_line_text(pl_lines *l, pl_ink ink, pl_str s);
void pl_line_c(pl_lines *l, pl_ink ink, const char *words);
void pl_line_fmt(pl_lines *l, pl_ink ink, const char *fmt, ...) PL_PRINTF(3, 4);

/* A cell of exactly that many columns, and a number at the right end of one. */
void pl_line_cell(pl_lines *l, pl_ink ink, pl_str s, size_t columns);
void pl_line_count(pl_lines *l, pl_ink ink, size_t n, size_t columns);
void pl_line_end(pl_lines *l);

/* Columns that the line still has; PL_TEXT_ALL when lines have no end. */
size_t pl_line_room(const pl_lines *l);

/* Visible text in at most that many columns: cut behind a word, not within one. */
void pl_words_cut(pl_buf *out, pl_str s, size_t columns);

/* As pl_line_text, in at most that many columns, cut like that. */
void pl_line_words(pl_lines *l, pl_ink ink, pl_str s, size_t columns);

/*
 * As pl_line_text, one word after the other: a word that has no room within `columns` begins
 * another line behind `indent` blanks. Nothing is cut, so a longer word stands alone and whole.
 * columns 0: all in one line.
 */
void pl_line_wrap(pl_lines *l, pl_ink ink, pl_str s, size_t columns, size_t indent);

/*
 * Items of a list, each whole or not at all: once one has no room, it and those behind it are
 * counted at the end (", +3 more"). Begin with zeros and `between`; is_last: none follows.
 */
typedef struct pl_line_list {
    const char *between;
    size_t n, n_hidden;
} pl_line_list;

void pl_line_item(pl_lines *l, pl_line_list *list, pl_ink ink, pl_str s, bool is_last);

pl_ink pl_ink_of(pl_severity s);

/* "3 exploited", or that nobody knows without a current KEV catalog. */
void pl_line_exploited(pl_lines *l, const pl_vuln_count *v);
