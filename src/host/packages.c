/* SPDX-License-Identifier: Apache-2.0 */
/* What is installed: names, and records for the matching of vulnerabilities. */
#include "host/facts.h"
#include "host/installed.h"

#include "package/catalog.h"

static pl_str present(const pl_host_reading *f, int field)
{
    const pl_value *v = pl_get(f->host, field);
    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

static pl_rc read_status(pl_host_reading *f, pl_str text, pl_catalog *c, pl_package_damage *damage,
                         pl_err *err)
{
    c->os.id = present(f, PL_F_HOST_OS_ID);
    c->os.version = present(f, PL_F_HOST_OS_VERSION_ID);
    return pl_catalog_add_dpkg(c, f->a, text, PL_S("/var/lib/dpkg/status"), damage, err);
}

void pl_host_facts_packages(pl_host_reading *f)
{
    static const int fields[] = {PL_F_HOST_PACKAGE_COUNT, PL_F_HOST_PACKAGE_NAMES, -1};
    const struct pl_installed *all = pl_host_installed(f);
    pl_host_strs names = {.arena = f->a, .max = 1 << 16};
    const char *why = all->reason;

    if (all->state == PL_SEEN_OK && !all->is_damaged) {
        for (size_t i = 0; i < all->n; i++)
            pl_host_strs_add(&names, all->v[i].name);
        pl_set_int(f->host, PL_F_HOST_PACKAGE_COUNT, (int64_t)names.n);
        pl_host_strs_set(&names, f->host, PL_F_HOST_PACKAGE_NAMES);
        return;
    }
    /* Another package manager's host has packages, too. */
    if (!why)
        why = all->state == PL_SEEN_NONE ? "unsupported" : "unreadable";
    for (size_t i = 0; fields[i] >= 0; i++)
        pl_set_unreadable(f->host, fields[i], why);
}

/* Stands for the packages that damaged entries may have named. */
static pl_record *unread_package(pl_arena *a)
{
    pl_record *r = pl_record_new(a, &pl_package_kind);

    for (size_t i = 0; r && i < pl_package_kind.n; i++)
        pl_set_unreadable(r, (int)i, "unreadable");
    return r;
}

/* After pl_host_facts_os, whose answer names the ecosystem. */
void pl_host_facts_package_list(pl_host_reading *f)
{
    static const int fields[] = {PL_F_HOST_PACKAGES, -1};
    const pl_str path = PL_S("/var/lib/dpkg/status");
    pl_package_damage damage = {0};
    pl_catalog c = {0};
    pl_str text;

    if (!pl_host_text(f, path, fields, &text)) {
        if (pl_host_state(pl_snap_read(f->snap, path)) == PL_SEEN_NONE)
            pl_set_unreadable(f->host, PL_F_HOST_PACKAGES, "unsupported");
        return;
    }
    pl_rc rc = read_status(f, text, &c, &damage, NULL);
    pl_record **list = pl_arena_calloc(f->a, c.n + 1, sizeof(pl_record *));
    for (size_t i = 0; list && !rc && i < c.n; i++)
        if (!(list[i] = pl_package_record(f->a, &c.items[i])))
            rc = PL_LIMIT;
    size_t n = c.n;
    if (list && !rc && (damage.bad_lines || damage.nameless) && !(list[n++] = unread_package(f->a)))
        rc = PL_LIMIT;
    if (rc || !list)
        pl_set_unreadable(f->host, PL_F_HOST_PACKAGES, "limit:packages");
    else
        pl_set_recs(f->host, PL_F_HOST_PACKAGES, list, n);
}
