/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lines.h"

#include "host/limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool pl_host_line(pl_str *rest, pl_str *line)
{
    if (!pl_str_cut(rest, '\n', line))
        return false;
    if (line->n && line->p[line->n - 1] == '\r')
        line->n--;
    return true;
}

bool pl_host_setting_line(pl_str *rest, const char *comment_marks, pl_str *line)
{
    pl_str raw;

    while (pl_host_line(rest, &raw)) {
        *line = pl_str_trim(raw);
        if (line->n && !strchr(comment_marks, line->p[0]))
            return true;
    }
    return false;
}

bool pl_host_word(pl_str *rest, pl_str *word)
{
    *rest = pl_str_trim(*rest);
    if (rest->n == 0)
        return false;
    size_t n = 0;
    while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
        n++;
    *word = (pl_str){rest->p, n};
    *rest = pl_str_sub(*rest, n, rest->n);
    return true;
}

pl_str pl_host_unquote(pl_str s)
{
    if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
        return (pl_str){s.p + 1, s.n - 2};
    return s;
}

bool pl_host_key_value(pl_str line, pl_str *key, pl_str *value)
{
    const char *at = line.n ? memchr(line.p, '=', line.n) : NULL;
    if (!at)
        return false;
    size_t n = (size_t)(at - line.p);
    *key = pl_str_trim((pl_str){line.p, n});
    *value = pl_host_unquote(pl_str_trim(pl_str_sub(line, n + 1, line.n)));
    return true;
}

void pl_host_strs_add(pl_host_strs *l, pl_str s)
{
    size_t max = l->max ? l->max : PL_HOST_LIST;

    if (l->n == l->room && l->n < max) {
        size_t room = l->room ? l->room * 2 : 16;
        pl_str *v = pl_arena_calloc(l->arena, room, sizeof(*v));
        if (v) {
            if (l->n)
                memcpy(v, l->v, l->n * sizeof(*v));
            l->v = v;
            l->room = room;
        }
    }
    if (l->n >= max || l->n >= l->room) {
        l->lost = true;
        return;
    }
    l->v[l->n++] = s;
}

bool pl_host_strs_has(const pl_str *v, size_t n, pl_str s)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_eq(v[i], s))
            return true;
    return false;
}

void pl_host_strs_add_once(pl_host_strs *l, pl_str s)
{
    if (!pl_host_strs_has(l->v, l->n, s))
        pl_host_strs_add(l, s);
}

pl_str pl_host_fmt(pl_arena *a, const char *fmt, ...)
{
    char text[2048];
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof(text))
        return (pl_str){"", 0};
    pl_str s = pl_arena_str(a, (pl_str){text, (size_t)n});
    return s.p ? s : (pl_str){"", 0};
}

pl_str pl_host_lower(pl_arena *a, pl_str s)
{
    char *to = pl_arena_calloc(a, s.n + 1, 1);
    if (!to)
        return (pl_str){"", 0};
    for (size_t i = 0; i < s.n; i++)
        to[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] - 'A' + 'a' : s.p[i]);
    return (pl_str){to, s.n};
}
