/* SPDX-License-Identifier: Apache-2.0 */
/* Package managers that keep a file or a folder a package. */
#include "package/catalog_priv.h"
#include "package/dpkg.h"

static pl_rc parse_status_d(const pl_database *db, pl_package_each each, void *arg,
                            pl_package_damage *damage, pl_err *err)
{
    return pl_dpkg_parse(db->text, false, each, arg, damage, err);
}

/* One file a package; digests and maintainer scripts stand beside them. */
static bool is_status_d(pl_str name)
{
    return !pl_str_ends(name, PL_S(".md5sums")) && !pl_str_ends(name, PL_S(".preinst"));
}

static pl_rc read_node(pl_collect *col, const pl_file *f, pl_database_parse parse, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};

    pl_paths_print(pl_layers_paths(pl_tree_set(col->t)), f->node, &path);
    return pl_buf_ok(&path) ? pl_collect_file(col, pl_buf_view(&path), f, NULL, parse, err)
                            : pl_collect_no_room(err);
}

pl_rc pl_collect_folders(pl_collect *col, pl_err *err)
{
    const pl_paths *paths = pl_layers_paths(pl_tree_set(col->t));
    uint32_t status_d = pl_tree_folder(col->t, PL_S("/var/lib/dpkg/status.d"));
    pl_file f;
    pl_rc rc = PL_OK;

    for (uint32_t node = 1; !rc && node < pl_tree_size(col->t); node++)
        if (status_d != PL_PATH_NONE && pl_paths_parent(paths, node) == status_d &&
            pl_tree_at(col->t, node, &f) && f.e->type == PL_ENTRY_FILE &&
            is_status_d(pl_paths_name(paths, node)))
            rc = read_node(col, &f, parse_status_d, err);
    return rc;
}
