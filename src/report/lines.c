/* SPDX-License-Identifier: Apache-2.0 */
#include "report/lines.h"

#include <stdarg.h>
#include <stdio.h>

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
