/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/head.h"

#include <string.h>

/* A line without its end, which may be CRLF or LF; false: it has no end. */
static bool next_line(pl_str *rest, pl_str *ret)
{
    const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

    if (!end)
        return false;
    size_t n = (size_t)(end - rest->p);
    *ret = (pl_str){rest->p, n && rest->p[n - 1] == '\r' ? n - 1 : n};
    *rest = pl_str_sub(*rest, n + 1, rest->n);
    return true;
}

static bool read_status(pl_str line, int *ret)
{
    uint64_t status = 0;
    pl_str version, code;

    if (!pl_str_cut(&line, ' ', &version) || !pl_str_starts(version, PL_S("HTTP/")))
        return false;
    (void)pl_str_cut(&line, ' ', &code);
    if (code.n != 3 || !pl_str_u64(code, &status) || status < 100 || status > 599)
        return false;
    *ret = (int)status;
    return true;
}

static void add_line(pl_str line, pl_web_head *h)
{
    pl_str name;

    if (h->n == PL_PROBE_HEADERS) {
        h->is_cut = true;
        return;
    }
    (void)pl_str_cut(&line, ':', &name);
    if (name.n)
        h->lines[h->n++] = (pl_web_line){pl_str_trim(name), pl_str_trim(line)};
}

static pl_web_end read_lines(pl_str *rest, pl_web_head *h)
{
    pl_str line;

    while (next_line(rest, &line)) {
        if (line.n == 0)
            return PL_WEB_OK;
        add_line(line, h);
    }
    return PL_WEB_SHORT;
}

static bool may_be_http(pl_str s)
{
    pl_str word = PL_S("HTTP/");

    return pl_str_starts(s.n < word.n ? word : s, s.n < word.n ? s : word);
}

pl_web_end pl_web_read(pl_str bytes, pl_web_head *ret)
{
    pl_str rest = bytes, line;

    *ret = (pl_web_head){.body = {"", 0}};
    if (!bytes.n || !may_be_http(bytes))
        return PL_WEB_NONE;
    if (!next_line(&rest, &line))
        return PL_WEB_SHORT;
    if (!read_status(line, &ret->status)) /* browsers take more than that for an answer */
        return PL_WEB_SHORT;
    pl_web_end end = read_lines(&rest, ret);
    if (end == PL_WEB_OK)
        ret->body = rest;
    return end;
}

bool pl_web_get(const pl_web_head *h, pl_str name, size_t i, pl_str *ret)
{
    for (size_t k = 0; k < h->n; k++)
        if (pl_str_eq_nocase(h->lines[k].name, name) && i-- == 0) {
            *ret = h->lines[k].value;
            return true;
        }
    return false;
}

bool pl_web_parameter(pl_str value, pl_str word, pl_str *ret)
{
    pl_str part, name;

    while (pl_str_cut(&value, ';', &part)) {
        part = pl_str_trim(part);
        (void)pl_str_cut(&part, '=', &name);
        if (!pl_str_eq_nocase(pl_str_trim(name), word))
            continue;
        *ret = pl_str_trim(part);
        return true;
    }
    return false;
}
