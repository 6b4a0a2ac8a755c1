/* SPDX-License-Identifier: Apache-2.0 */
#include "host/installed.h"

#include "package/dpkg.h"
#include "package/limits.h"

static const struct pl_installed out_of_memory = {.state = PL_SEEN_FAILED,
                                                  .reason = "limit:packages"};

struct list {
    pl_package *v;
    size_t n, room;
};

static pl_rc count(const pl_package *p, void *arg, pl_err *err)
{
    struct list *l = arg;

    (void)p;
    if (++l->room > PL_PACKAGES_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d packages", PL_PACKAGES_MAX);
    return PL_OK;
}

static pl_rc keep(const pl_package *p, void *arg, pl_err *err)
{
    struct list *l = arg;

    (void)err;
    l->v[l->n++] = *p;
    return PL_OK;
}

static bool parse(pl_host_reading *f, pl_str text, struct pl_installed *ret)
{
    struct list l = {0};
    pl_package_damage damage = {0};

    if (pl_dpkg_parse(text, true, count, &l, &damage, NULL) != PL_OK)
        return false;
    l.v = pl_arena_calloc(f->a, l.room + 1, sizeof(*l.v));
    if (!l.v || pl_dpkg_parse(text, true, keep, &l, &damage, NULL) != PL_OK)
        return false;
    ret->v = l.v;
    ret->n = l.n;
    ret->is_damaged = damage.bad_lines || damage.nameless;
    return true;
}

const struct pl_installed *pl_host_installed(pl_host_reading *f)
{
    if (f->installed)
        return f->installed;

    const pl_snap_entry *e = pl_snap_read(f->snap, PL_S("/var/lib/dpkg/status"));
    struct pl_installed *all = PL_NEW(f->a, struct pl_installed);
    if (!all)
        return &out_of_memory;
    all->state = pl_host_state(e);
    if (all->state == PL_SEEN_FAILED)
        all->reason = pl_host_reason(e);
    if (all->state == PL_SEEN_OK && !parse(f, e->bytes, all))
        *all = out_of_memory;
    f->installed = all;
    return all;
}
