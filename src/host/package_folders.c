/* SPDX-License-Identifier: Apache-2.0 */
#include "host/package_folders.h"

#include "host/lines.h"
#include "package/nix.h"
#include "package/pacman.h"
#include "package/portage.h"
#include "package/snap.h"

/* What is known of the package whose file is read now. */
struct adding {
    pl_host_reading *f;
    pl_host_databases *d;
    pl_str path; /* of what lists it */
};

void pl_host_databases_spoil(pl_host_databases *d, const char *reason)
{
    d->reason = d->reason ? d->reason : reason;
}

static pl_rc add(const pl_package *p, void *arg, pl_err *err)
{
    struct adding *a = arg;

    return pl_catalog_add_system(&a->d->c, a->f->a, p, a->path, err);
}

/* NULL: not there, or not yet. */
static const pl_snap_entry *seen(pl_host_databases *d, const pl_snap_entry *e)
{
    pl_host_seen state = pl_host_state(e);

    d->is_waiting |= state == PL_SEEN_WAIT;
    if (state == PL_SEEN_FAILED)
        pl_host_databases_spoil(d, pl_host_reason(e));
    return state == PL_SEEN_OK ? e : NULL;
}

static void settle(pl_host_databases *d, pl_rc rc, const pl_package_damage *damage)
{
    if (rc)
        pl_host_databases_spoil(d, rc == PL_LIMIT ? "limit:packages" : pl_rc_reason(rc));
    if (damage->why.rc)
        pl_host_databases_spoil(d, pl_rc_reason(damage->why.rc));
    if (damage->bad_lines || damage->nameless)
        pl_host_databases_spoil(d, "unreadable");
}

/* ---- one entry of each ---- */

static void read_pacman(struct adding *a, pl_str folder)
{
    PL_AUTO_BUF pl_buf licenses = {0};
    pl_package_damage damage = {0};

    a->path = pl_host_fmt(a->f->a, "%.*s/desc", PL_F(folder));
    const pl_snap_entry *e = seen(a->d, pl_snap_read(a->f->snap, a->path));
    if (e)
        settle(a->d, pl_pacman_parse(e->bytes, &licenses, add, a, &damage, NULL), &damage);
}

static void read_snap(struct adding *a, pl_str folder)
{
    pl_package_damage damage = {0};

    a->path = pl_host_fmt(a->f->a, "%.*s/meta/snap.yaml", PL_F(folder));
    const pl_snap_entry *e = seen(a->d, pl_snap_read(a->f->snap, a->path));
    if (e)
        settle(a->d, pl_snap_parse(e->bytes, add, a, &damage, NULL), &damage);
}

static pl_str last_name(pl_str path)
{
    pl_str name = path;

    for (pl_str rest = path, part; pl_str_cut(&rest, '/', &part);)
        name = part;
    return name;
}

/* .../CATEGORY/NAME-VERSION */
static void read_portage(struct adding *a, pl_str folder)
{
    const pl_package_damage none = {0};
    pl_str name = last_name(folder);
    pl_str category = last_name(pl_str_sub(folder, 0, folder.n - name.n - 1));
    pl_package p = {.type = PL_S("ebuild")};
    pl_str package;

    if (!pl_portage_split(name, &package, &p.version))
        return;
    p.name = p.source = pl_host_fmt(a->f->a, "%.*s/%.*s", PL_F(category), PL_F(package));
    p.source_version = p.version;
    a->path = folder;
    settle(a->d, add(&p, a, NULL), &none);
}

static bool is_plain_file(pl_str name)
{
    static const char *const ends[] = {".drv", ".lock", ".chroot", ".patch",   ".diff", ".tar.gz",
                                       ".tgz", ".xz",   ".bz2",    ".tar.zst", ".zip",  ".sh"};

    for (size_t i = 0; i < PL_COUNT(ends); i++)
        if (pl_str_ends(name, pl_str_c(ends[i])))
            return true;
    return false;
}

/* A look at each would cost more than it tells: what is no folder shows by its name. */
static void read_nix(struct adding *a, pl_str folder)
{
    const pl_package_damage none = {0};
    pl_package p = {.type = PL_S("nix")};
    pl_str name = last_name(folder);

    if (is_plain_file(name) || !pl_nix_split(name, &p.name, &p.version))
        return;
    p.source = p.name;
    p.source_version = p.version;
    a->path = folder;
    settle(a->d, add(&p, a, NULL), &none);
}

/* ---- all of them ---- */

static const struct manager {
    const char *root;
    unsigned depth; /* of what an entry is of, below root */
    void (*read)(struct adding *a, pl_str folder);
} managers[] = {
    {"/var/lib/pacman/local", 1, read_pacman},
    {"/var/db/pkg", 2, read_portage},
    {"/nix/store", 1, read_nix},
    {"/snap", 2, read_snap},
};

/* Beside revisions lie links to them, and what is no package at all. */
static bool is_other(pl_str name)
{
    static const char *const names[] = {"ALPM_DB_VERSION", "current", "bin", "README", ".links"};

    for (size_t i = 0; i < PL_COUNT(names); i++)
        if (pl_str_eq(name, pl_str_c(names[i])))
            return true;
    return false;
}

// NOLINTNEXTLINE(misc-no-recursion)
static void walk(struct adding *a, const struct manager *m, pl_str folder, unsigned depth)
{
    pl_host_seen is_folder = pl_host_state(pl_snap_stat(a->f->snap, folder));
    const pl_snap_entry *e =
        is_folder == PL_SEEN_NONE ? NULL : seen(a->d, pl_snap_list(a->f->snap, folder));
    pl_str rest, name;

    if (!e)
        return;
    a->d->is_read = true;
    for (rest = e->bytes; pl_snap_name(&rest, &name);) {
        if (is_other(name))
            continue;
        pl_str path = pl_host_fmt(a->f->a, "%.*s/%.*s", PL_F(folder), PL_F(name));
        if (depth < m->depth)
            walk(a, m, path, depth + 1);
        else
            m->read(a, path);
    }
}

void pl_host_package_folders(pl_host_reading *f, pl_host_databases *d)
{
    for (size_t i = 0; i < PL_COUNT(managers); i++)
        walk(&(struct adding){.f = f, .d = d}, &managers[i], pl_str_c(managers[i].root), 1);
}
