/* SPDX-License-Identifier: Apache-2.0 */
#include "core/escape.h"

#include "core/utf8.h"

/* Characters above ASCII that change how a line is shown without being seen themselves. */
static const struct {
    uint32_t from, to;
} unseen[] = {
    {0x80, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},     {0x115f, 0x1160}, {0x180e, 0x180e},
    {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},   {0x3164, 0x3164}, {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff},
};

static bool is_unseen(uint32_t c)
{
    if (c < 0x20 || c == 0x7f)
        return true;
    for (size_t i = 0; i < PL_COUNT(unseen); i++)
        if (c >= unseen[i].from && c <= unseen[i].to)
            return true;
    return false;
}

static void add_unseen(pl_buf *out, uint32_t c)
{
    switch (c) {
    case '\n':
        pl_buf_c(out, "\\n");
        break;
    case '\r':
        pl_buf_c(out, "\\r");
        break;
    case '\t':
        pl_buf_c(out, "\\t");
        break;
    default:
        pl_buf_fmt(out, c < 0x80 ? "\\x%02x" : "\\u{%x}", c);
    }
}

/* Escapes the first character of s and returns its length in bytes. */
static size_t add_one(pl_buf *out, pl_str s)
{
    uint32_t c = 0;
    size_t len = pl_utf8_next(s, &c);

    if (len == 0) {
        pl_buf_fmt(out, "\\x%02x", (unsigned char)s.p[0]);
        return 1;
    }
    if (is_unseen(c))
        add_unseen(out, c);
    else
        pl_buf_add(out, s.p, len);
    return len;
}

void pl_escape_line(pl_buf *out, pl_str s)
{
    while (s.n)
        s = pl_str_sub(s, add_one(out, s), s.n);
}

static bool is_formula(pl_str s)
{
    if (s.n && (s.p[0] == '\t' || s.p[0] == '\r'))
        return true;
    s = pl_str_trim(s);
    return s.n && (s.p[0] == '=' || s.p[0] == '+' || s.p[0] == '-' || s.p[0] == '@');
}

void pl_escape_csv(pl_buf *out, pl_str s)
{
    pl_buf_c(out, is_formula(s) ? "\"'" : "\"");
    while (s.n) {
        size_t len = 1;
        if (s.p[0] == '"')
            pl_buf_c(out, "\"\"");
        else if (s.p[0] == '\n')
            pl_buf_ch(out, '\n');
        else
            len = add_one(out, s);
        s = pl_str_sub(s, len, s.n);
    }
    pl_buf_ch(out, '"');
}
