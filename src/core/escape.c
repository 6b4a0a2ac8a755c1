/* SPDX-License-Identifier: Apache-2.0 */
#include "core/escape.h"

#include "core/text.h"

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
        size_t run = 0;
        while (run < s.n && s.p[run] != '"' && s.p[run] != '\n')
            run++;
        pl_text_visible(out, pl_str_sub(s, 0, run), PL_TEXT_ALL);
        if (run < s.n)
            pl_buf_c(out, s.p[run] == '"' ? "\"\"" : "\n");
        s = pl_str_sub(s, run + 1, s.n);
    }
    pl_buf_ch(out, '"');
}
