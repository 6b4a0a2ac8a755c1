/* SPDX-License-Identifier: Apache-2.0 */
#include "report/lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

static const char *const inks[] = {
    [PL_INK_PLAIN] = "",       [PL_INK_BOLD] = "\x1b[1m",  [PL_INK_DIM] = "\x1b[2m",
    [PL_INK_BAD] = "\x1b[31m", [PL_INK_WARN] = "\x1b[33m", [PL_INK_GOOD] = "\x1b[32m",
};

void pl_lines_done(pl_lines *l)
{
    pl_buf_done(&l->line);
}

void pl_line_text(pl_lines *l, pl_ink ink, pl_str s)
{
    /* Far more than a terminal shows, far less than a hostile name. */
    enum { SEGMENT = 1000 };

    pl_text_visible(&l->line, s, SEGMENT);
    if (l->n_spans < PL_LINE_SPANS)
        l->spans[l->n_spans++].ink = ink;
    l->spans[l->n_spans - 1].end = l->line.n;
}

void pl_line_c(pl_lines *l, pl_ink ink, const char *words)
{
    pl_line_text(l, ink, pl_str_c(words));
}

void pl_line_fmt(pl_lines *l, pl_ink ink, const char *fmt, ...)
{
    char text[256];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    pl_line_c(l, ink, text);
}

void pl_line_cell(pl_lines *l, pl_ink ink, pl_str s, size_t columns)
{
    PL_AUTO_BUF pl_buf cell = {0};

    pl_text_column(&cell, s, columns);
    pl_line_text(l, ink, pl_buf_view(&cell));
}

void pl_line_count(pl_lines *l, pl_ink ink, size_t n, size_t columns)
{
    pl_line_fmt(l, n ? ink : PL_INK_DIM, "%*zu", (int)columns, n);
}

size_t pl_line_room(const pl_lines *l)
{
    size_t taken = pl_text_width(pl_buf_view(&l->line));

    if (l->columns == 0)
        return PL_TEXT_ALL;
    return l->columns > taken ? l->columns - taken : 0;
}

/* Bytes of `cut`, which ends with dots, up to the end of its last whole word. */
static size_t whole_words(pl_str cut, pl_str all)
{
    size_t n = cut.n - PL_S("...").n;
    bool is_whole = n < all.n && all.p[n] == ' ';

    for (size_t at = n; !is_whole && at > n / 2; at--)
        if (cut.p[at - 1] == ' ') {
            n = at;
            break;
        }
    while (n && strchr(" ,;:(", cut.p[n - 1]))
        n--;
    return n;
}

void pl_words_cut(pl_buf *out, pl_str s, size_t columns)
{
    enum { BEYOND = 8 }; /* enough to see what stands behind the cut */
    PL_AUTO_BUF pl_buf all = {0}, cut = {0};

    pl_text_visible(&all, s, columns < PL_TEXT_ALL - BEYOND ? columns + BEYOND : columns);
    pl_text_visible(&cut, s, columns);
    if (cut.n < all.n && cut.n > PL_S("...").n) {
        cut.n = whole_words(pl_buf_view(&cut), pl_buf_view(&all));
        pl_buf_c(&cut, "...");
    }
    pl_buf_str(out, pl_buf_view(&cut));
}

void pl_line_words(pl_lines *l, pl_ink ink, pl_str s, size_t columns)
{
    PL_AUTO_BUF pl_buf cut = {0};

    pl_words_cut(&cut, s, columns);
    pl_line_text(l, ink, pl_buf_view(&cut));
}

static void next_line(pl_lines *l, size_t indent)
{
    pl_line_end(l);
    pl_line_cell(l, PL_INK_PLAIN, PL_S(""), indent);
}

void pl_line_wrap(pl_lines *l, pl_ink ink, pl_str s, size_t columns, size_t indent)
{
    pl_str rest = s, word;
    bool is_first = true;

    if (!columns) {
        pl_line_text(l, ink, s);
        return;
    }
    while (pl_str_cut(&rest, ' ', &word)) {
        size_t taken = pl_text_width(pl_buf_view(&l->line));
        bool is_fresh = taken <= indent;
        size_t needs = pl_text_width(word) + !is_first;
        if (!is_fresh && word.n && taken + needs > columns)
            next_line(l, indent);
        else if (!is_first)
            pl_line_c(l, ink, " ");
        pl_line_text(l, ink, word);
        is_first = false;
    }
}

void pl_line_item(pl_lines *l, pl_line_list *list, pl_ink ink, pl_str s, bool is_last)
{
    enum { MORE = 10 }; /* ", +99 more" */
    size_t room = pl_line_room(l), kept = is_last && list->n_hidden == 0 ? 0 : MORE;
    size_t between = list->n ? pl_text_width(pl_str_c(list->between)) : 0;

    room = room > kept + between ? room - kept - between : 0;
    if (list->n_hidden || (list->n && pl_text_width(s) > room)) {
        list->n_hidden++;
    } else {
        if (list->n++)
            pl_line_c(l, PL_INK_PLAIN, list->between);
        pl_line_words(l, ink, s, room);
    }
    if (is_last && list->n_hidden)
        pl_line_fmt(l, PL_INK_PLAIN, "%s+%zu more", list->between, list->n_hidden);
}

static void write_span(pl_lines *l, pl_ink ink, pl_str s)
{
    bool is_inked = l->has_color && ink != PL_INK_PLAIN && s.n > 0;

    if (is_inked)
        pl_buf_c(l->out, inks[ink]);
    pl_buf_str(l->out, s);
    if (is_inked)
        pl_buf_c(l->out, "\x1b[0m");
}

void pl_line_end(pl_lines *l)
{
    PL_AUTO_BUF pl_buf cut = {0};
    size_t from = 0;

    while (l->line.n && l->line.p[l->line.n - 1] == ' ')
        l->line.n--;
    pl_text_visible(&cut, pl_buf_view(&l->line), l->columns ? l->columns : PL_TEXT_ALL);
    for (size_t i = 0; i < l->n_spans && from < cut.n; i++) {
        /* The dots of a cut line take the ink of the text that they stand for. */
        size_t end = l->spans[i].end < cut.n ? l->spans[i].end : cut.n;
        write_span(l, l->spans[i].ink, pl_str_sub(pl_buf_view(&cut), from, end - from));
        from = end;
    }
    pl_buf_ch(l->out, '\n');
    if (!pl_buf_ok(&l->line) || !pl_buf_ok(&cut))
        l->out->bad = true;
    pl_buf_reset(&l->line);
    l->n_spans = 0;
    l->n++;
}

pl_ink pl_ink_of(pl_severity s)
{
    switch (s) {
    case PL_CRITICAL:
    case PL_HIGH:
        return PL_INK_BAD;
    case PL_MEDIUM:
    case PL_UNKNOWN_SEVERITY:
        return PL_INK_WARN;
    case PL_LOW:
    case PL_INFO:
    default:
        return PL_INK_PLAIN;
    }
}

void pl_line_exploited(pl_lines *l, const pl_vuln_count *v)
{
    if (v->kev || !v->kev_unknown)
        pl_line_fmt(l, PL_INK_PLAIN, "%zu exploited", v->kev);
    else
        pl_line_c(l, PL_INK_WARN, "exploited: unknown");
}
