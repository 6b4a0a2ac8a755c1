/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Databases that a lower layer has and the image does not, deleted or emptied. The programs that
 * they listed may all be there still, so no packages is then no answer.
 */
#include "package/catalog_priv.h"

#include <string.h>

/* rpm changes its database's format and folder when it is updated. */
static pl_database_kind family(pl_database_kind kind)
{
    return kind == PL_DATABASE_RPM_SQLITE || kind == PL_DATABASE_RPM_NDB ? PL_DATABASE_RPM_BDB
                                                                         : kind;
}

static bool is_found(pl_database_kind kind, const pl_database_place *places, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (family(places[i].kind) == family(kind))
            return true;
    return false;
}

/* Whether a layer below that place has a file there that is not empty. */
static bool was_there(const pl_tree *t, uint32_t node, size_t place)
{
    while (node != PL_PATH_NONE && place-- > 0) {
        const pl_entry *e = pl_tree_entry_in(t, place, node);
        if (e && e->type == PL_ENTRY_FILE && e->size > 0)
            return true;
    }
    return false;
}

/* The link itself, or the folder that it is in, is there and leads to nothing. */
static bool is_broken_link(const pl_tree *t, pl_str path)
{
    const char *slash = memrchr(path.p, '/', path.n);
    pl_str folder = pl_str_sub(path, 0, (size_t)(slash - path.p));
    pl_file f;

    if (pl_tree_find(t, path, false, &f))
        return f.e->type == PL_ENTRY_SYMLINK && !pl_tree_find(t, path, true, &f);
    return pl_tree_find(t, folder, false, &f) && f.e->type == PL_ENTRY_SYMLINK &&
           !pl_tree_find(t, folder, true, &f);
}

void pl_collect_lost(pl_collect *col, const pl_database_place *places, size_t n)
{
    const pl_paths *paths = pl_layers_paths(pl_tree_set(col->t));
    const pl_database_source *s;

    for (size_t i = 0; (s = pl_database_source_at(i)); i++) {
        pl_str path = pl_str_c(s->path);
        if (is_found(s->kind, places, n))
            continue;
        if (was_there(col->t, pl_paths_lookup(paths, path), pl_tree_layers(col->t)))
            pl_collect_complain(col, path, PL_FORMAT,
                                "was deleted by an upper layer: its packages are not known");
        else if (is_broken_link(col->t, path))
            pl_collect_complain(col, path, PL_FORMAT, "is a link that leads to nothing");
    }
}

void pl_collect_emptied(pl_collect *col, pl_str path, const pl_file *file)
{
    if (was_there(col->t, file->node, file->layer))
        pl_collect_complain(
            col, path, PL_FORMAT,
            "lists no package, but did in a lower layer: its packages are not known");
}
