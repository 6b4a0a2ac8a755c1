/* SPDX-License-Identifier: Apache-2.0 */
#include "package/databases.h"

static const pl_database_source sources[] = {
    {"/var/lib/dpkg/status", NULL, PL_DATABASE_DPKG, 0},
    {"/lib/apk/db/installed", NULL, PL_DATABASE_APK, 1},
    {"/usr/lib/apk/db/installed", NULL, PL_DATABASE_APK, 2},
    {"/usr/lib/opkg/status", NULL, PL_DATABASE_OPKG, 3},
    {"/var/lib/opkg/status", NULL, PL_DATABASE_OPKG, 4},
    {"/opt/var/opkg/status", NULL, PL_DATABASE_OPKG, 5},
    {"/var/lib/chisel/manifest.wall", NULL, PL_DATABASE_CHISEL, 6},
#define RPM_FOLDER(folder, group)                                                                  \
    {folder "rpmdb.sqlite", folder "rpmdb.sqlite-wal", PL_DATABASE_RPM_SQLITE, group},             \
        {folder "Packages.db", NULL, PL_DATABASE_RPM_NDB, group},                                  \
    {                                                                                              \
        folder "Packages", NULL, PL_DATABASE_RPM_BDB, group                                        \
    }
    RPM_FOLDER("/var/lib/rpm/", 7),
    RPM_FOLDER("/usr/lib/sysimage/rpm/", 8),
    RPM_FOLDER("/usr/share/rpm/", 9),
#undef RPM_FOLDER
};
_Static_assert(PL_COUNT(sources) <= PL_DATABASES_MAX, "maximum in the header");

const pl_database_source *pl_database_source_at(size_t i)
{
    return i < PL_COUNT(sources) ? &sources[i] : NULL;
}

static bool is_among(uint32_t node, const pl_database_place *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].file.node == node)
            return true;
    return false;
}

size_t pl_databases_find(const pl_tree *t, pl_database_place ret[PL_DATABASES_MAX])
{
    size_t n = 0;
    int group = -1;

    for (size_t i = 0; i < PL_COUNT(sources); i++) {
        const pl_database_source *s = &sources[i];
        pl_database_place p = {.kind = s->kind, .path = pl_str_c(s->path)};
        if (group == s->group || !pl_tree_find(t, p.path, true, &p.file))
            continue;
        group = s->group;
        if (is_among(p.file.node, ret, n))
            continue;
        p.has_beside = s->beside && pl_tree_find(t, pl_str_c(s->beside), true, &p.beside) &&
                       p.beside.e->type == PL_ENTRY_FILE;
        ret[n++] = p;
    }
    return n;
}

/* ---- opening ---- */

static pl_rc open_text(pl_layers *ls, const pl_entry *e, pl_database *ret, pl_err *err)
{
    *ret = (pl_database){0};
    if (e->type != PL_ENTRY_FILE)
        return pl_fail(err, PL_FORMAT, "no regular file");
    pl_rc rc = pl_layers_content(ls, e, &ret->own, err);
    ret->text = pl_buf_view(&ret->own);
    return rc;
}

static bool get_kept(const pl_pagefile *f, uint64_t at, void *to, size_t n)
{
    const struct pl_kept_file *from = f->of;

    return pl_layers_content_at(from->ls, from->e, at, to, n);
}

static pl_rc open_kept(pl_layers *ls, const pl_entry *e, struct pl_kept_file *from,
                       pl_pagefile *ret, pl_err *err)
{
    *from = (struct pl_kept_file){ls, e};
    *ret = (pl_pagefile){.get = get_kept, .of = from};
    if (e->type != PL_ENTRY_FILE)
        return pl_fail(err, PL_FORMAT, "no regular file");
    return pl_layers_content_size(ls, e, &ret->size, err);
}

static pl_rc open_pages(pl_layers *ls, const pl_entry *e, const pl_entry *beside, pl_database *ret,
                        pl_err *err)
{
    *ret = (pl_database){0};
    pl_rc rc = open_kept(ls, e, &ret->kept[0], &ret->file, err);

    if (!rc && beside)
        rc = open_kept(ls, beside, &ret->kept[1], &ret->log, err);
    return rc;
}

pl_rc pl_database_open(pl_database_kind kind, pl_layers *ls, const pl_entry *e,
                       const pl_entry *beside, pl_database *ret, pl_err *err)
{
    switch (kind) {
    case PL_DATABASE_RPM_SQLITE:
    case PL_DATABASE_RPM_NDB:
    case PL_DATABASE_RPM_BDB:
        return open_pages(ls, e, beside, ret, err);
    case PL_DATABASE_DPKG:
    case PL_DATABASE_APK:
    case PL_DATABASE_OPKG:
    case PL_DATABASE_CHISEL:
    case PL_DATABASE_STATUS_D:
    case PL_DATABASE_SNAP:
        break;
    }
    return open_text(ls, e, ret, err);
}

void pl_database_close(pl_database *db)
{
    pl_buf_done(&db->own);
}
