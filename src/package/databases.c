/* SPDX-License-Identifier: Apache-2.0 */
#include "package/databases.h"

static const struct source {
    const char *path, *beside;
    pl_database_kind kind;
    int group; /* of one group the first that is there is read */
} sources[] = {
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
        const struct source *s = &sources[i];
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

pl_rc pl_database_open(pl_layers *ls, const pl_entry *e, const pl_entry *beside, pl_database *ret,
                       pl_err *err)
{
    *ret = (pl_database){0};
    if (e->type != PL_ENTRY_FILE)
        return pl_fail(err, PL_FORMAT, "no regular file");
    pl_rc rc = pl_layers_content(ls, e, &ret->own[0], err);
    if (!rc && beside)
        rc = pl_layers_content(ls, beside, &ret->own[1], err);
    ret->text = pl_buf_view(&ret->own[0]);
    ret->file = pl_pagefile_of_str(ret->text);
    ret->log = pl_pagefile_of_str(pl_buf_view(&ret->own[1]));
    return rc;
}

void pl_database_close(pl_database *db)
{
    pl_buf_done(&db->own[0]);
    pl_buf_done(&db->own[1]);
}
