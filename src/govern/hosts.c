/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/hosts.h"

#include "core/attr.h"
#include "core/char.h"

#include <stdlib.h>
#include <string.h>

struct pl_host_search {
    pl_str *domains;
    size_t n;
};

size_t pl_domain_fits(pl_str domain, pl_str host)
{
    if (!pl_str_starts(domain, PL_S("*.")))
        return pl_str_eq_nocase(domain, host) ? 2 * host.n : 0;
    pl_str tail = pl_str_sub(domain, 1, domain.n);
    bool fits =
        host.n > tail.n && pl_str_eq_nocase(pl_str_sub(host, host.n - tail.n, tail.n), tail);
    return fits ? tail.n : 0;
}

/* ---- the search ---- */

pl_rc pl_host_search_new(pl_str domains, pl_host_search **ret, pl_err *err)
{
    pl_host_search *s = calloc(1, sizeof(*s));
    pl_str rest = domains, line;
    size_t lines = 1;

    for (size_t i = 0; i < domains.n; i++)
        lines += domains.p[i] == '\n';
    if (!s || !(s->domains = calloc(lines, sizeof(*s->domains)))) {
        free(s);
        return pl_fail(err, PL_NOMEM, "domains of vendors");
    }
    while (pl_str_cut(&rest, '\n', &line))
        if (line.n)
            s->domains[s->n++] = line;
    *ret = s;
    return PL_OK;
}

void pl_host_search_free(pl_host_search *s)
{
    if (!s)
        return;
    free(s->domains);
    free(s);
}

static bool is_wanted(const pl_host_search *s, pl_str host)
{
    for (size_t i = 0; i < s->n; i++)
        if (pl_domain_fits(s->domains[i], host))
            return true;
    return false;
}

static bool is_name_char(char c)
{
    return pl_is_alpha(c) || pl_is_digit(c) || c == '-' || c == '_' || c == '.';
}

static bool is_comment(pl_str line)
{
    static const char *const begins[] = {"#", ";", "//", "<!--"};

    line = pl_str_trim(line);
    for (size_t i = 0; i < PL_COUNT(begins); i++)
        if (pl_str_starts(line, pl_str_c(begins[i])))
            return true;
    return false;
}

/* "user@a.example" is nobody's service; "://user:password@a.example" and "user:password@a.example"
 * are. */
static bool is_mail(pl_str line, size_t from)
{
    size_t i = from - 1;

    while (i > 0 && !memchr(" \t\"'`,;<>=()[]", line.p[i - 1], 14)) {
        if (line.p[i - 1] == ':')
            return false;
        i--;
    }
    return true;
}

/* The end of what is filled in later: "${NAME}", "%NAME%", "<name>", "$(name)", "*". */
static bool ends_gap(char c)
{
    return memchr("}%>)*", c, 5) != NULL;
}

static void keep(pl_found_hosts *to, pl_str begin, pl_str name, size_t line)
{
    pl_found_host *h = &to->v[to->n];

    if (to->n == PL_HOSTS_OF_FILE) {
        to->is_table = true;
        return;
    }
    h->n = 0;
    h->line = line;
    for (size_t i = 0; i < begin.n; i++)
        h->name[h->n++] = begin.p[i];
    for (size_t i = 0; i < name.n; i++)
        h->name[h->n++] = pl_to_lower(name.p[i]);
    h->name[h->n] = '\0';
    to->n++;
}

static bool is_there(const pl_found_hosts *l, pl_str begin, pl_str name)
{
    for (size_t i = 0; i < l->n; i++) {
        pl_str one = {l->v[i].name, l->v[i].n};
        if (one.n == begin.n + name.n && pl_str_starts(one, begin) &&
            pl_str_eq_nocase(pl_str_sub(one, begin.n, one.n), name))
            return true;
    }
    return false;
}

/* The run of characters of names line[from, to). */
static void take(const pl_host_search *s, pl_str line, size_t from, size_t to, size_t number,
                 pl_found_hosts *ret)
{
    bool is_gap = line.p[from] == '.' && from && ends_gap(line.p[from - 1]);
    bool is_before_at = to < line.n && line.p[to] == '@';
    pl_str name = pl_str_sub(line, from, to - from);
    pl_str begin = is_gap ? PL_S("*") : (pl_str){"", 0};
    char filled[PL_HOST_NAME + 1] = "*";

    while (name.n && !is_gap && memchr(".-_", name.p[0], 3))
        name = pl_str_sub(name, 1, name.n);
    while (name.n && memchr(".-_", name.p[name.n - 1], 3))
        name.n--;
    if (is_before_at || name.n < 3 || begin.n + name.n > PL_HOST_NAME)
        return;
    if (from && line.p[from - 1] == '@' && is_mail(line, from))
        return;
    memcpy(filled + begin.n, name.p, name.n);
    if (is_wanted(s, (pl_str){filled, begin.n + name.n}) && !is_there(ret, begin, name))
        keep(ret, begin, name, number);
}

static void search_line(const pl_host_search *s, pl_str line, size_t number, pl_found_hosts *ret)
{
    for (size_t i = 0; i < line.n && !ret->is_table; i++) {
        size_t from = i;
        bool has_dot = false;
        for (; i < line.n && is_name_char(line.p[i]); i++)
            has_dot |= line.p[i] == '.';
        if (has_dot)
            take(s, line, from, i, number, ret);
    }
}

void pl_hosts_find(const pl_host_search *s, pl_str text, pl_found_hosts *ret)
{
    pl_str line;
    size_t number = 0;

    ret->n = 0;
    ret->is_table = false;
    while (pl_str_cut(&text, '\n', &line)) {
        number++;
        if (!is_comment(line))
            search_line(s, line, number, ret);
    }
}
