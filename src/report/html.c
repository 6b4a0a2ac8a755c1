/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "core/text.h"

static void escape(pl_buf *out, pl_str s)
{
    static const char *const names[256] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};
    size_t from = 0;

    for (size_t i = 0; i < s.n; i++) {
        const char *name = names[(unsigned char)s.p[i]];
        if (!name)
            continue;
        pl_buf_add(out, s.p + from, i - from);
        pl_buf_c(out, name);
        from = i + 1;
    }
    if (s.n)
        pl_buf_add(out, s.p + from, s.n - from);
}

void pl_html_text(pl_html *h, pl_str s, size_t columns)
{
    PL_AUTO_BUF pl_buf visible = {0};

    pl_text_visible(&visible, s, columns);
    escape(h->out, pl_buf_view(&visible));
}

void pl_html_c(pl_html *h, const char *words)
{
    escape(h->out, pl_str_c(words));
}

void pl_html_fmt(pl_html *h, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    assert(n >= 0 && (size_t)n < sizeof(text));
    pl_html_text(h, pl_str_c(text), PL_TEXT_ALL);
}

static void start_tag(pl_html *h, const char *tag, va_list args)
{
    const char *name;

    pl_buf_ch(h->out, '<');
    pl_buf_c(h->out, tag);
    while ((name = va_arg(args, const char *))) {
        const char *value = va_arg(args, const char *);
        if (!value)
            continue;
        pl_buf_ch(h->out, ' ');
        pl_buf_c(h->out, name);
        pl_buf_c(h->out, "=\"");
        pl_html_text(h, pl_str_c(value), PL_TEXT_ALL);
        pl_buf_ch(h->out, '"');
    }
    pl_buf_ch(h->out, '>');
}

void pl_html_open(pl_html *h, const char *tag, ...)
{
    va_list args;

    assert(h->depth < PL_HTML_DEPTH);
    va_start(args, tag);
    start_tag(h, tag, args);
    va_end(args);
    h->open[h->depth++] = tag;
}

void pl_html_void(pl_html *h, const char *tag, ...)
{
    va_list args;

    va_start(args, tag);
    start_tag(h, tag, args);
    va_end(args);
}

/* A line after the elements that stand on their own keeps the source readable and diffable. */
static bool ends_line(const char *tag)
{
    static const char *const blocks[] = {"tr", "p",    "li",      "h1",      "h2",   "h3",
                                         "h4", "dd",   "section", "table",   "head", "thead",
                                         "ul", "body", "main",    "details", "div",  "caption"};

    for (size_t i = 0; i < PL_COUNT(blocks); i++)
        if (strcmp(tag, blocks[i]) == 0)
            return true;
    return false;
}

void pl_html_close(pl_html *h)
{
    assert(h->depth > 0);
    const char *tag = h->open[--h->depth];
    pl_buf_c(h->out, "</");
    pl_buf_c(h->out, tag);
    pl_buf_ch(h->out, '>');
    if (ends_line(tag))
        pl_buf_ch(h->out, '\n');
}

void pl_html_el_text(pl_html *h, const char *tag, const char *klass, pl_str s, size_t columns)
{
    pl_html_open(h, tag, "class", klass, NULL);
    pl_html_text(h, s, columns);
    pl_html_close(h);
}

void pl_html_el(pl_html *h, const char *tag, const char *klass, const char *words)
{
    pl_html_el_text(h, tag, klass, pl_str_c(words), PL_TEXT_ALL);
}

static bool is_id_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

const char *pl_html_id(const char *prefix, pl_str s, char ret[PL_HTML_ID])
{
    size_t n = 0;

    for (const char *p = prefix; *p && n < PL_HTML_ID - 1; p++)
        ret[n++] = *p;
    for (size_t i = 0; i < s.n && n < PL_HTML_ID - 1; i++)
        ret[n++] = s.p[i];
    ret[n] = '\0';
    for (size_t i = 0; i < n; i++)
        if (!is_id_char(ret[i]))
            ret[i] = '_';
    return ret;
}

void pl_html_link(pl_html *h, const char *prefix, pl_str s)
{
    char id[PL_HTML_ID];

    (void)pl_html_id(prefix, s, id);
    PL_AUTO_BUF pl_buf href = {0};
    pl_buf_ch(&href, '#');
    pl_buf_c(&href, id);
    pl_buf_ch(&href, '\0');
    pl_html_open(h, "a", "href", href.p ? href.p : "#", NULL);
    pl_html_text(h, s, PL_HTML_ID);
    pl_html_close(h);
}
