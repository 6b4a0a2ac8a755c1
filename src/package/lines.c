/* SPDX-License-Identifier: Apache-2.0 */
#include "package/lines.h"

#include <string.h>

bool pl_next_line(pl_str *rest, pl_str *line)
{
    if (!pl_str_cut(rest, '\n', line))
        return false;
    if (line->n && line->p[line->n - 1] == '\r')
        line->n--;
    return true;
}

size_t pl_indent(pl_str line)
{
    size_t n = 0;

    while (n < line.n && line.p[n] == ' ')
        n++;
    return n;
}

pl_str pl_bare(pl_str s)
{
    s = pl_str_trim(s);
    if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
        s = pl_str_sub(s, 1, s.n - 2);
    return s;
}

pl_str pl_before(pl_str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
    return at ? pl_str_sub(s, 0, (size_t)(at - s.p)) : s;
}

pl_str pl_after_last(pl_str s, char c)
{
    const char *at = s.n ? memrchr(s.p, c, s.n) : NULL;
    return at ? pl_str_sub(s, (size_t)(at - s.p) + 1, s.n) : s;
}

bool pl_toml_next(pl_str *rest, pl_toml_line *ret)
{
    pl_str line;

    while (pl_next_line(rest, &line)) {
        pl_str value = pl_str_trim(line);
        *ret = (pl_toml_line){0};
        if (pl_str_starts(value, PL_S("["))) {
            ret->is_array = pl_str_starts(value, PL_S("[["));
            value = pl_str_sub(value, ret->is_array ? 2 : 1, value.n);
            ret->table = pl_str_trim(pl_before(value, ']'));
            if (ret->table.n)
                return true;
        } else if (value.n && value.p[0] != '#' && memchr(value.p, '=', value.n)) {
            (void)pl_str_cut(&value, '=', &ret->key);
            ret->key = pl_bare(ret->key);
            ret->value = pl_bare(value);
            return true;
        }
    }
    return false;
}

pl_str pl_toml_inline(pl_str table, const char *key)
{
    pl_str rest = table;
    pl_str part;
    pl_str name;

    while (pl_str_cut(&rest, '"', &part)) {
        pl_str value;
        if (!pl_str_cut(&rest, '"', &value))
            break;
        pl_str left = pl_str_trim(part); /* "{ git =" or ", rev =" */
        if (left.n && left.p[left.n - 1] == '=')
            left = pl_str_trim(pl_str_sub(left, 0, left.n - 1));
        name = pl_after_last(pl_after_last(pl_after_last(left, '{'), ','), ' ');
        if (pl_str_eq(name, pl_str_c(key)))
            return value;
    }
    return (pl_str){"", 0};
}
