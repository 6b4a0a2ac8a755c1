/* SPDX-License-Identifier: Apache-2.0 */
/* Packages that could not be matched: one gap a subject and reason, which names some of them. */
#include "audit/run_private.h"

#include "vuln/ecosystem.h"
#include "vuln/match.h"

#include <string.h>

enum { NAMED = 5, NAME = 80, REASONS = 8 };

struct group {
    const char *reason;
    size_t n, n_items;
    pl_str items[NAMED];
};

/* Where a whole feed is missing its name says more than those of the packages. */
static bool is_of_feed(const char *reason)
{
    return strcmp(reason, "feed-missing") == 0 || strcmp(reason, "unsupported") == 0;
}

static pl_str item_of(pl_run *r, const char *reason, const pl_vuln_query *q)
{
    if (is_of_feed(reason))
        return pl_ecosystem_family(q->ecosystem);
    return pl_run_text(r, "%.*s%s%.*s", PL_F(pl_str_sub(q->name, 0, NAME)), q->version.n ? " " : "",
                       PL_F(pl_str_sub(q->version, 0, NAME)));
}

static struct group *group_of(struct group *groups, size_t *n, const char *reason)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(groups[i].reason, reason) == 0)
            return &groups[i];
    if (*n == REASONS)
        return &groups[REASONS - 1];
    groups[*n] = (struct group){.reason = reason};
    return &groups[(*n)++];
}

static void add(pl_run *r, struct group *g, const pl_vuln_query *q)
{
    g->n++;
    if (g->n_items == NAMED)
        return;
    pl_str item = item_of(r, g->reason, q);
    for (size_t i = 0; i < g->n_items; i++)
        if (pl_str_eq(g->items[i], item))
            return;
    g->items[g->n_items++] = item;
}

static pl_rc tell(pl_run *r, const pl_subject *s, const struct group *g, pl_err *err)
{
    PL_AUTO_BUF pl_buf names = {0};

    for (size_t i = 0; i < g->n_items; i++)
        pl_buf_fmt(&names, "%s%.*s", i ? ", " : "", PL_F(g->items[i]));
    if (!is_of_feed(g->reason) && g->n > g->n_items)
        pl_buf_fmt(&names, ", %zu more", g->n - g->n_items);
    if (!pl_buf_ok(&names))
        return pl_fail(err, PL_NOMEM, "packages of %.*s", PL_F(s->name));
    pl_str what = pl_run_text(r, "%zu package%s of %.*s %.*s: %.*s", g->n, g->n == 1 ? "" : "s",
                              PL_F(s->kind), PL_F(s->name), PL_F(pl_buf_view(&names)));
    return pl_run_add_gap(r, what, g->reason, (pl_str){"", 0}, NULL, err);
}

pl_rc pl_run_tell_unmatched(pl_run *r, const pl_subject *s, const pl_vuln_query *queries,
                            const pl_vuln_match *m, size_t n, pl_err *err)
{
    struct group groups[REASONS] = {0};
    size_t n_groups = 0;
    pl_rc rc = PL_OK;

    for (size_t i = 0; m->n_gaps && i < n; i++)
        if (m->gaps[i])
            add(r, group_of(groups, &n_groups, m->gaps[i]), &queries[i]);
    for (size_t i = 0; !rc && i < n_groups; i++)
        rc = tell(r, s, &groups[i], err);
    return rc;
}
