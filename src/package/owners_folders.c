/* SPDX-License-Identifier: Apache-2.0 */
/* Owners by the managers that keep a file or a folder a package. */
#include "package/nix.h"
#include "package/owners_priv.h"
#include "package/pacman.h"
#include "package/portage.h"

static const pl_paths *paths_of(const pl_owners *o)
{
    return pl_layers_paths(pl_tree_set(o->t));
}

/* ---- opkg: NAME.list, a path a line; newer ones have mode and link target behind tabs ---- */

static pl_rc read_opkg_list(pl_owners *o, pl_str path, pl_str text, pl_err *err)
{
    pl_str name = path;
    pl_str line, part;

    while (pl_str_cut(&path, '/', &part))
        name = part;
    pl_rc rc = pl_owners_package(o, pl_str_sub(name, 0, name.n - 5), err);
    while (!rc && pl_str_cut(&text, '\n', &line))
        if (pl_str_cut(&line, '\t', &part) && part.n)
            rc = pl_owners_claim(o, part, PL_DIGEST_NONE, NULL, err);
    return rc;
}

/* ---- pacman: local/NAME-VERSION-RELEASE/files ---- */

/* The folder's name without its last two parts. */
static pl_str pacman_name(pl_str folder)
{
    for (int parts = 0; parts < 2 && folder.n;)
        parts += folder.p[--folder.n] == '-';
    return folder;
}

static pl_rc read_pacman_files(pl_owners *o, uint32_t node, pl_str text, pl_err *err)
{
    const pl_paths *paths = paths_of(o);
    pl_str path;
    pl_rc rc =
        pl_owners_package(o, pacman_name(pl_paths_name(paths, pl_paths_parent(paths, node))), err);

    while (!rc && pl_pacman_next_file(&text, &path))
        rc = pl_owners_claim(o, path, PL_DIGEST_NONE, NULL, err);
    return rc;
}

/* ---- portage: CATEGORY/NAME-VERSION/CONTENTS ---- */

static pl_rc read_portage_files(pl_owners *o, uint32_t node, pl_str text, pl_err *err)
{
    const pl_paths *paths = paths_of(o);
    uint32_t folder = pl_paths_parent(paths, node);
    PL_AUTO_BUF pl_buf full = {0};
    pl_str name, version;
    pl_portage_file f;

    if (!pl_portage_split(pl_paths_name(paths, folder), &name, &version))
        return PL_OK;
    pl_buf_str(&full, pl_paths_name(paths, pl_paths_parent(paths, folder)));
    pl_buf_ch(&full, '/');
    pl_buf_str(&full, name);
    if (!pl_buf_ok(&full))
        return pl_fail(err, PL_NOMEM, "packages");
    pl_rc rc = pl_owners_package(o, pl_buf_view(&full), err);
    while (!rc && pl_portage_next_file(&text, &f)) {
        /* Configuration is the administrator's to change. */
        bool is_config = pl_str_starts(f.path, PL_S("/etc/"));
        rc = pl_owners_claim(o, f.path, f.has_md5 && !is_config ? PL_DIGEST_MD5 : PL_DIGEST_NONE,
                             f.md5, err);
    }
    return rc;
}

/* ---- files of this name so many folders below the root ---- */

static bool is_below(const pl_paths *paths, uint32_t node, unsigned depth, uint32_t root)
{
    while (depth-- > 0 && node != PL_PATH_ROOT)
        node = pl_paths_parent(paths, node);
    return node == root;
}

static pl_rc read_one(pl_owners *o, uint32_t node, const pl_file *f,
                      pl_rc (*read)(pl_owners *o, uint32_t node, pl_str text, pl_err *err),
                      pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_BUF pl_buf path = {0};
    pl_err why = {0};
    pl_rc rc = pl_layers_content(pl_tree_set(o->t), f->e, &text, &why);

    if (!rc)
        return read(o, node, pl_buf_view(&text), err);
    pl_paths_print(paths_of(o), node, &path);
    pl_owners_complain(o, pl_buf_view(&path), rc, why.text);
    return PL_OK;
}

static pl_rc read_below(pl_owners *o, const char *root, unsigned depth, pl_str name,
                        pl_rc (*read)(pl_owners *o, uint32_t node, pl_str text, pl_err *err),
                        pl_err *err)
{
    const pl_paths *paths = paths_of(o);
    uint32_t at = pl_tree_folder(o->t, pl_str_c(root));
    pl_file f;
    pl_rc rc = PL_OK;

    for (uint32_t node = 1; at != PL_PATH_NONE && !rc && node < o->nodes; node++)
        if (pl_str_eq(pl_paths_name(paths, node), name) && is_below(paths, node, depth, at) &&
            pl_tree_at(o->t, node, &f) && f.e->type == PL_ENTRY_FILE)
            rc = read_one(o, node, &f, read, err);
    return rc;
}

/* ---- nix: everything below a folder of the store is that package's ---- */

static pl_rc own_store(pl_owners *o, pl_err *err)
{
    const pl_paths *paths = paths_of(o);
    uint32_t store = pl_tree_folder(o->t, PL_S("/nix/store"));
    pl_str name, version;
    pl_rc rc = PL_OK;

    /* A parent's number is smaller than its children's, so it has its owner before them. */
    for (uint32_t node = 1; store != PL_PATH_NONE && !rc && node < o->nodes; node++) {
        uint32_t up = pl_paths_parent(paths, node);
        if (up == store && pl_nix_split(pl_paths_name(paths, node), &name, &version)) {
            rc = pl_owners_package(o, name, err);
            o->owner[node] = (uint32_t)o->n;
        } else if (up != store && o->owner[up] && !o->owner[node] &&
                   pl_paths_below(paths, node, store)) {
            o->owner[node] = o->owner[up];
        }
    }
    return rc;
}

pl_rc pl_owners_folders(pl_owners *o, pl_err *err)
{
    pl_rc rc = pl_owners_folder(o, "/usr/lib/opkg/info", ".list", read_opkg_list, err);

    if (!rc)
        rc = pl_owners_folder(o, "/var/lib/opkg/info", ".list", read_opkg_list, err);
    if (!rc)
        rc = read_below(o, "/var/lib/pacman/local", 2, PL_S("files"), read_pacman_files, err);
    if (!rc)
        rc = read_below(o, "/var/db/pkg", 3, PL_S("CONTENTS"), read_portage_files, err);
    return rc ? rc : own_store(o, err);
}
