/* SPDX-License-Identifier: Apache-2.0 */
/* What is installed: names, and records for the matching of vulnerabilities. */
#include "host/facts.h"
#include "host/installed.h"
#include "host/package_folders.h"

#include "package/catalog.h"
#include "package/databases.h"

static pl_str present(const pl_host_reading *f, int field)
{
    const pl_value *v = pl_get(f->host, field);
    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
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

/* Stands for packages that could not be read. */
static pl_record *unread_package(pl_arena *a, const char *reason)
{
    pl_record *r = pl_record_new(a, &pl_package_kind);

    for (size_t i = 0; r && i < pl_package_kind.n; i++)
        pl_set_unreadable(r, (int)i, reason);
    return r;
}

/* ---- the databases ---- */

static void add_database(pl_host_reading *f, const pl_database_source *s, pl_host_databases *d)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, pl_str_c(s->path));
    const pl_snap_entry *log = s->beside ? pl_snap_read(f->snap, pl_str_c(s->beside)) : NULL;
    pl_package_damage damage = {0};
    pl_host_seen seen = pl_host_state(e);

    d->is_waiting |= seen == PL_SEEN_WAIT || (s->beside && pl_host_state(log) == PL_SEEN_WAIT);
    d->is_read |= seen == PL_SEEN_OK;
    if (seen == PL_SEEN_FAILED)
        pl_host_databases_spoil(d, pl_host_reason(e));
    if (log && pl_host_state(log) == PL_SEEN_FAILED)
        pl_host_databases_spoil(d, pl_host_reason(log));
    if (seen != PL_SEEN_OK)
        return;
    pl_str beside = log && pl_host_state(log) == PL_SEEN_OK ? log->bytes : (pl_str){"", 0};
    pl_rc rc = pl_catalog_add_source(&d->c, f->a, s, e->bytes, beside, &damage, NULL);
    if (rc)
        pl_host_databases_spoil(d, rc == PL_LIMIT ? "limit:packages" : pl_rc_reason(rc));
    if (damage.why.rc)
        pl_host_databases_spoil(d, pl_rc_reason(damage.why.rc));
    if (damage.bad_lines || damage.nameless)
        pl_host_databases_spoil(d, "unreadable");
}

static void read_databases(pl_host_reading *f, pl_host_databases *d)
{
    const pl_database_source *s;
    int group = -1;

    d->c.os.id = present(f, PL_F_HOST_OS_ID);
    d->c.os.version = present(f, PL_F_HOST_OS_VERSION_ID);
    for (size_t i = 0; (s = pl_database_source_at(i)); i++) {
        if (s->group == group)
            continue;
        size_t before = d->c.n;
        add_database(f, s, d);
        if (d->c.n > before)
            group = s->group;
    }
}

/* ---- the list ---- */

static bool make_list(pl_host_reading *f, const pl_host_databases *d, const char *missing)
{
    pl_record **list = pl_arena_calloc(f->a, d->c.n + 1, sizeof(pl_record *));
    size_t n = 0;

    for (; list && n < d->c.n; n++)
        if (!(list[n] = pl_package_record(f->a, &d->c.items[n])))
            return false;
    if (list && missing && !(list[n++] = unread_package(f->a, missing)))
        return false;
    if (list)
        pl_set_recs(f->host, PL_F_HOST_PACKAGES, list, n);
    return list != NULL;
}

/* After pl_host_facts_os, whose answer names the ecosystem. */
void pl_host_facts_package_list(pl_host_reading *f)
{
    pl_host_databases d = {0};

    read_databases(f, &d);
    pl_host_package_folders(f, &d);
    if (d.is_waiting)
        return;
    const char *missing = d.reason;
    if (!d.is_read)
        pl_set_unreadable(f->host, PL_F_HOST_PACKAGES, missing ? missing : "unsupported");
    else if (!make_list(f, &d, missing))
        pl_set_unreadable(f->host, PL_F_HOST_PACKAGES, "limit:packages");
}
