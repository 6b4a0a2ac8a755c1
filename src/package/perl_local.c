/* SPDX-License-Identifier: Apache-2.0 */
/*
 * perllocal.pod (ExtUtils::MakeMaker, perllocal): what `make install` writes down of each module,
 * one after the other. A packlist has no version; this has.
 */
#include "package/lines.h"
#include "package/manifests.h"

#include <stdlib.h>
#include <string.h>

struct module {
    pl_str name, version;
    size_t at; /* its place in the file: of two that are called the same, the later one holds */
};

struct modules {
    struct module *items; /* owned */
    size_t n, room;
};

static int compare_modules(const void *x, const void *y)
{
    const struct module *a = x;
    const struct module *b = y;
    int by = pl_str_cmp(a->name, b->name);

    return by ? by : (a->at > b->at) - (a->at < b->at);
}

static bool add_module(struct modules *m, pl_str name)
{
    if (m->n == m->room) {
        size_t room = m->room ? m->room * 2 : 32;
        struct module *items = reallocarray(m->items, room, sizeof(*items));
        if (!items)
            return false;
        m->items = items;
        m->room = room;
    }
    m->items[m->n] = (struct module){.name = name, .at = m->n};
    m->n++;
    return true;
}

/* What stands between a mark and the next '>' of a line; empty: the mark is not there. */
static pl_str between(pl_str line, const char *mark)
{
    const char *at = line.n ? memmem(line.p, line.n, mark, strlen(mark)) : NULL;

    return at ? pl_before(pl_str_sub(line, (size_t)(at - line.p) + strlen(mark), line.n), '>')
              : (pl_str){"", 0};
}

/* "=head2 DATE: C<Module> L<A::B|A::B>" and, behind it, "C<VERSION: 1.0>". */
static bool take_line(struct modules *m, pl_str line)
{
    if (pl_str_starts(line, PL_S("=head"))) {
        pl_str link = between(line, "C<Module> L<");
        return add_module(m, pl_str_trim(pl_before(link, '|')));
    }
    pl_str version = pl_str_starts(line, PL_S("C<")) ? between(line, "C<VERSION:") : line;
    if (m->n && version.n && version.p != line.p)
        m->items[m->n - 1].version = pl_str_trim(version);
    return true;
}

static pl_rc tell_module(const struct module *m, pl_found_each each, void *arg, pl_err *err)
{
    PL_AUTO_BUF pl_buf name = {0};
    PL_AUTO_BUF pl_buf at = {0};
    pl_str rest = m->name;
    pl_str part;

    while (pl_str_cut(&rest, ':', &part))
        if (part.n)
            pl_buf_fmt(&name, "%s%.*s", name.n ? "-" : "", PL_F(part));
    pl_packlist_key(pl_buf_view(&name), &at);
    if (!pl_buf_ok(&name) || !pl_buf_ok(&at))
        return pl_fail(err, PL_NOMEM, "perllocal.pod");
    pl_found f = {.kind = PL_FOUND_HINT,
                  .lang = PL_LANG_CPAN,
                  .name = pl_buf_view(&name),
                  .version = m->version,
                  .at = pl_buf_view(&at)};
    return pl_found_is_whole(&f) ? each(&f, arg, err) : PL_OK;
}

pl_rc pl_perllocal(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    struct modules m = {0};
    bool is_kept = true;
    pl_str line;

    (void)a;
    while (is_kept && pl_next_line(&text, &line))
        is_kept = take_line(&m, line);
    if (m.n)
        qsort(m.items, m.n, sizeof(*m.items), compare_modules);
    pl_rc rc = is_kept ? PL_OK : pl_fail(err, PL_NOMEM, "perllocal.pod");
    for (size_t i = 0; !rc && i < m.n; i++)
        if (i + 1 == m.n || !pl_str_eq(m.items[i].name, m.items[i + 1].name))
            rc = tell_module(&m.items[i], each, arg, err);
    free(m.items);
    return rc;
}
