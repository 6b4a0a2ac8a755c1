/* SPDX-License-Identifier: Apache-2.0 */
#include "host/toml.h"

#include <string.h>

/* A '#' outside quotes ends the line. */
static pl_str without_comment(pl_str line)
{
    int quote = 0;

    for (size_t i = 0; i < line.n; i++) {
        int c = (unsigned char)line.p[i];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '#')
            return pl_str_trim(pl_str_sub(line, 0, i));
    }
    return pl_str_trim(line);
}

static bool is_header(pl_str line, pl_str *name)
{
    if (line.n < 2 || line.p[0] != '[' || line.p[line.n - 1] != ']')
        return false;
    *name = pl_str_trim(pl_str_sub(line, 1, line.n - 2));
    return true;
}

/* The rest of the text from the value of section.key on. */
static bool find(pl_str text, pl_str section, pl_str key, pl_str *ret)
{
    pl_str line, name, here = {"", 0};

    while (pl_host_line(&text, &line)) {
        pl_str k, v, clean = without_comment(line);
        if (is_header(clean, &name)) {
            here = name;
            continue;
        }
        if (!pl_str_eq(here, section) || !pl_host_key_value(clean, &k, &v) ||
            !pl_str_eq(pl_host_unquote(k), key))
            continue;
        const char *at = memchr(line.p, '=', line.n);
        ret->p = at + 1;
        ret->n = (size_t)(text.p + text.n - (at + 1));
        return true;
    }
    return false;
}

/* Cuts the next quoted string. Stops at `until` or at a character that belongs to no array. */
static bool next_string(pl_str *rest, char until, pl_str *ret)
{
    while (rest->n && rest->p[0] != '"' && rest->p[0] != '\'') {
        if (rest->p[0] == '#') {
            pl_str comment;
            (void)pl_host_line(rest, &comment);
            continue;
        }
        if (rest->p[0] == until || !memchr(" \t\r\n,[", rest->p[0], 7))
            return false;
        *rest = pl_str_sub(*rest, 1, rest->n);
    }
    if (rest->n == 0)
        return false;
    const char *end = memchr(rest->p + 1, rest->p[0], rest->n - 1);
    if (!end)
        return false;
    *ret = (pl_str){rest->p + 1, (size_t)(end - rest->p) - 1};
    *rest = pl_str_sub(*rest, ret->n + 2, rest->n);
    return true;
}

bool pl_toml_string(pl_str text, pl_str section, pl_str key, pl_str *ret)
{
    pl_str rest;
    return find(text, section, key, &rest) && next_string(&rest, '\n', ret);
}

void pl_toml_strings(pl_str text, pl_str section, pl_str key, pl_host_strs *ret)
{
    pl_str rest, one;

    if (!find(text, section, key, &rest))
        return;
    rest = pl_str_trim(rest);
    if (!rest.n || rest.p[0] != '[') {
        if (next_string(&rest, '\n', &one))
            pl_host_strs_add(ret, one);
        return;
    }
    while (next_string(&rest, ']', &one))
        pl_host_strs_add(ret, one);
}
