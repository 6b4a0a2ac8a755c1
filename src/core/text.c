/* SPDX-License-Identifier: Apache-2.0 */
#include "core/text.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <wchar.h>

/* Characters that show nothing themselves and change how others are shown. */
static const struct {
    int32_t first, last;
} hidden[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},
    {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

static bool is_hidden(int32_t c)
{
    for (size_t i = 0; i < PL_COUNT(hidden); i++)
        if (c >= hidden[i].first && c <= hidden[i].last)
            return true;
    return false;
}

/* Length of the sequence that a lead byte starts, and the smallest code point that needs it. */
static size_t sequence(unsigned char lead, int32_t *ret_bits, int32_t *ret_least)
{
    static const struct {
        unsigned char mask, mark;
        size_t n;
        int32_t least;
    } forms[] = {
        {0x80, 0, 1, 0}, {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};

    for (size_t i = 0; i < PL_COUNT(forms); i++) {
        if ((lead & forms[i].mask) != forms[i].mark)
            continue;
        *ret_bits = lead & (unsigned char)~forms[i].mask;
        *ret_least = forms[i].least;
        return forms[i].n;
    }
    return 0;
}

int32_t pl_text_next(pl_str *s)
{
    int32_t c = 0, least = 0;
    size_t n = sequence((unsigned char)s->p[0], &c, &least);
    bool is_good = n > 0 && n <= s->n;

    for (size_t i = 1; is_good && i < n; i++) {
        unsigned char b = (unsigned char)s->p[i];
        is_good = (b & 0xc0) == 0x80;
        c = c << 6 | (b & 0x3f);
    }
    is_good = is_good && c >= least && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
    *s = pl_str_sub(*s, is_good ? n : 1, s->n);
    return is_good ? c : -1;
}

static locale_t utf8; /* set once, by pl_text_init */

static void make_locale(void)
{
    utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

void pl_text_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, make_locale);
}

static locale_t enter_utf8(void)
{
    pl_text_init();
    return utf8 ? uselocale(utf8) : (locale_t)0;
}

/* What is printed for the next character: bytes, and how many columns they take. */
typedef struct glyph {
    char text[12];
    size_t n;
    size_t columns;
} glyph;

/* "\x1b", "\u202e", "\U0e0041". */
static void escape(glyph *g, unsigned value)
{
    const char mark = value < 0x100 ? 'x' : value < 0x10000 ? 'u' : 'U';
    const int digits = value < 0x100 ? 2 : value < 0x10000 ? 4 : 6;
    int n = snprintf(g->text, sizeof(g->text), "\\%c%0*x", mark, digits, value);

    g->n = g->columns = (size_t)n;
}

static void next_glyph(pl_str *rest, glyph *g)
{
    static const char named[] = {['\t'] = 't', ['\n'] = 'n', ['\r'] = 'r'};
    pl_str before = *rest;
    int32_t c = pl_text_next(rest);

    if (c < 0) {
        escape(g, (unsigned char)before.p[0]);
    } else if (c < (int32_t)sizeof(named) && named[c]) {
        g->text[0] = '\\';
        g->text[1] = named[c];
        g->n = g->columns = 2;
    } else if (is_hidden(c)) {
        escape(g, (unsigned)c);
    } else {
        g->n = before.n - rest->n;
        for (size_t i = 0; i < g->n; i++)
            g->text[i] = before.p[i];
        int w = wcwidth((wchar_t)c);
        if (w < 0 && utf8)
            escape(g, (unsigned)c);
        else
            g->columns = w < 0 ? 1 : (size_t)w; /* without the locale file: a guess */
    }
}

static void leave_utf8(locale_t before)
{
    if (before)
        (void)uselocale(before);
}

/* Appends glyphs to out (NULL: only measures) until the text or max columns are used up. */
static size_t visible(pl_buf *out, pl_str s, size_t max)
{
    enum { DOTS = 3 };
    locale_t before = enter_utf8();
    size_t columns = 0;
    size_t zero_wide = 0;           /* a megabyte of combining marks has no columns */
    size_t keep = out ? out->n : 0; /* end of what may stay in front of the dots */
    size_t keep_columns = 0;
    bool is_cut = false;

    while (s.n && !is_cut) {
        glyph g = {0};
        next_glyph(&s, &g);
        zero_wide += g.columns == 0;
        is_cut = g.columns > max - columns || zero_wide > max;
        if (is_cut)
            break;
        columns += g.columns;
        if (!out)
            continue;
        pl_buf_add(out, g.text, g.n);
        if (max >= DOTS && columns <= max - DOTS) {
            keep = out->n;
            keep_columns = columns;
        }
    }
    leave_utf8(before);
    if (is_cut && out && pl_buf_ok(out) && max >= DOTS) {
        out->n = keep;
        pl_buf_c(out, "...");
        columns = keep_columns + DOTS;
    }
    return columns;
}

void pl_text_visible(pl_buf *out, pl_str s, size_t max)
{
    (void)visible(out, s, max);
}

void pl_text_column(pl_buf *out, pl_str s, size_t columns)
{
    for (size_t n = visible(out, s, columns); n < columns; n++)
        pl_buf_ch(out, ' ');
}

size_t pl_text_width(pl_str s)
{
    return visible(NULL, s, PL_TEXT_ALL);
}

pl_str pl_text_line(pl_str *rest, size_t columns)
{
    locale_t before = enter_utf8();
    pl_str all = *rest, tail = *rest;
    size_t taken = 0, end = 0; /* columns and bytes that fit */
    size_t at_blank = 0;       /* where the line can be broken: behind a word */
    bool has_word = false;

    while (tail.n) {
        bool is_blank = tail.p[0] == ' ';
        glyph g = {0};
        if (is_blank && has_word)
            at_blank = end;
        next_glyph(&tail, &g);
        taken += g.columns;
        if (taken > columns && end > 0)
            break;
        end = all.n - tail.n;
        has_word |= !is_blank;
    }
    leave_utf8(before);
    if (end < all.n && at_blank > 0)
        end = at_blank;
    *rest = pl_str_sub(all, end, all.n);
    while (rest->n && rest->p[0] == ' ')
        *rest = pl_str_sub(*rest, 1, rest->n);
    while (end > 0 && all.p[end - 1] == ' ')
        end--;
    return pl_str_sub(all, 0, end);
}

void pl_text_wrap(pl_buf *out, pl_str s, size_t indent, size_t columns)
{
    for (bool is_first = true; s.n; is_first = false) {
        if (!is_first)
            pl_buf_fmt(out, "\n%*s", (int)indent, "");
        pl_buf_str(out, pl_text_line(&s, columns > indent ? columns - indent : 1));
    }
}
