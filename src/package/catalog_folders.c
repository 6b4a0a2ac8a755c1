/* SPDX-License-Identifier: Apache-2.0 */
/* Package managers that keep a file or a folder a package. */
#include "package/catalog_priv.h"
#include "package/limits.h"
#include "package/nix.h"
#include "package/pacman.h"
#include "package/places.h"
#include "package/portage.h"

/* ---- databases with one package each ---- */

static pl_rc print_path(const pl_collect *col, uint32_t node, pl_buf *out, pl_err *err)
{
    pl_paths_print(pl_layers_paths(pl_tree_set(col->t)), node, out);
    return pl_buf_ok(out) ? PL_OK : pl_collect_no_room(err);
}

static pl_rc read_node(pl_collect *col, const pl_file *f, pl_database_kind kind, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};
    pl_rc rc = print_path(col, f->node, &path, err);

    return rc ? rc : pl_collect_file(col, kind, pl_buf_view(&path), f, NULL, err);
}

/* One file a package; digests and maintainer scripts stand beside them. */
static pl_rc read_status_d(pl_collect *col, const pl_file *f, pl_places *places, pl_err *err)
{
    pl_str name = pl_paths_name(pl_layers_paths(pl_tree_set(col->t)), f->node);

    (void)places;
    if (pl_str_ends(name, PL_S(".md5sums")) || pl_str_ends(name, PL_S(".preinst")))
        return PL_OK;
    return read_node(col, f, PL_DATABASE_STATUS_D, err);
}

static pl_rc read_snap(pl_collect *col, const pl_file *f, pl_places *places, pl_err *err)
{
    (void)places;
    return read_node(col, f, PL_DATABASE_SNAP, err);
}

/* ---- packages whose version is in the path ---- */

static uint32_t parent(const pl_collect *col, uint32_t node)
{
    return pl_paths_parent(pl_layers_paths(pl_tree_set(col->t)), node);
}

static pl_str name_of(const pl_collect *col, uint32_t node)
{
    return pl_paths_name(pl_layers_paths(pl_tree_set(col->t)), node);
}

static pl_rc set_db_path(pl_collect *col, uint32_t node, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};
    pl_rc rc = print_path(col, node, &path, err);

    if (rc)
        return rc;
    col->db_path = pl_arena_str(col->a, pl_buf_view(&path));
    return col->db_path.p ? PL_OK : pl_collect_no_room(err);
}

static pl_rc add_placed(pl_collect *col, const pl_package *p, const pl_file *f, uint32_t folder,
                        pl_places *places, pl_err *err)
{
    pl_rc rc = set_db_path(col, f->node, err);

    if (!rc)
        rc = pl_collect_add(p, col, err);
    return rc ? rc : pl_places_add(places, col, f, folder, err);
}

static pl_rc read_pacman(pl_collect *col, const pl_file *f, pl_places *places, pl_err *err)
{
    PL_AUTO_BUF pl_buf desc = {0};
    PL_AUTO_BUF pl_buf licenses = {0};
    pl_package_damage damage = {0};
    pl_err why = {0};
    size_t before = col->c->n;
    pl_rc rc = set_db_path(col, f->node, err);

    if (rc)
        return rc;
    rc = pl_layers_content(pl_tree_set(col->t), f->e, &desc, &why);
    if (rc) {
        pl_collect_complain(col, col->db_path, rc, why.text);
        return PL_OK;
    }
    rc = pl_pacman_parse(pl_buf_view(&desc), &licenses, pl_collect_add, col, &damage, err);
    pl_collect_damage(col, col->db_path, &damage);
    if (rc || col->c->n == before)
        return rc;
    return pl_places_add(places, col, f, parent(col, f->node), err);
}

/* The first line of LICENSE beside it: an expression of USE flags and names, as it stands. */
static pl_rc read_license(pl_collect *col, uint32_t folder, pl_buf *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};
    pl_file f;
    pl_rc rc = print_path(col, folder, &path, err);

    pl_buf_c(&path, "/LICENSE");
    if (rc || !pl_buf_ok(&path))
        return rc;
    if (pl_tree_content(col->t, pl_buf_view(&path), out, &f, NULL))
        pl_buf_reset(out); /* no licence is known then */
    return PL_OK;
}

static pl_rc read_portage(pl_collect *col, const pl_file *f, pl_places *places, pl_err *err)
{
    PL_AUTO_BUF pl_buf name = {0};
    PL_AUTO_BUF pl_buf license = {0};
    uint32_t folder = parent(col, f->node);
    pl_str line = {"", 0};
    pl_package p = {.type = PL_S("ebuild")};

    if (!pl_portage_split(name_of(col, folder), &p.name, &p.version))
        return PL_OK;
    pl_buf_str(&name, name_of(col, parent(col, folder)));
    pl_buf_ch(&name, '/');
    pl_buf_str(&name, p.name);
    pl_rc rc = read_license(col, folder, &license, err);
    pl_str rest = pl_buf_view(&license);
    (void)pl_str_cut(&rest, '\n', &line);
    p.name = p.source = pl_buf_view(&name);
    p.source_version = p.version;
    p.license = pl_str_sub(pl_str_trim(line), 0, PL_PACKAGE_TEXT_MAX);
    if (!pl_buf_ok(&name))
        return pl_collect_no_room(err);
    return rc ? rc : add_placed(col, &p, f, folder, places, err);
}

static pl_rc read_nix(pl_collect *col, const pl_file *f, pl_places *places, pl_err *err)
{
    pl_package p = {.type = PL_S("nix")};

    if (!pl_nix_split(name_of(col, f->node), &p.name, &p.version))
        return PL_OK;
    p.source = p.name;
    p.source_version = p.version;
    return add_placed(col, &p, f, f->node, places, err);
}

/* ---- one walk for all of them ---- */

/* What says that a package is there: a file or folder so many levels below the root. */
static const struct manager {
    const char *root;
    unsigned depth;
    const char *name; /* NULL: any */
    pl_entry_type type;
    pl_rc (*read)(pl_collect *col, const pl_file *f, pl_places *places, pl_err *err);
} managers[] = {
    {"/var/lib/dpkg/status.d", 1, NULL, PL_ENTRY_FILE, read_status_d},
    {"/var/lib/pacman/local", 2, "desc", PL_ENTRY_FILE, read_pacman},
    {"/var/db/pkg", 3, "CONTENTS", PL_ENTRY_FILE, read_portage},
    {"/nix/store", 1, NULL, PL_ENTRY_DIR, read_nix},
    {"/snap", 4, "snap.yaml", PL_ENTRY_FILE, read_snap},
    {"/meta", 1, "snap.yaml", PL_ENTRY_FILE, read_snap},
};

static bool is_of(const pl_collect *col, const struct manager *m, uint32_t root, uint32_t node)
{
    if (m->name && !pl_str_eq(name_of(col, node), pl_str_c(m->name)))
        return false;
    for (unsigned i = 0; i < m->depth; i++) {
        if (node == PL_PATH_ROOT)
            return false;
        node = parent(col, node);
    }
    return node == root;
}

static pl_rc read_nodes(pl_collect *col, const struct manager *m, uint32_t root, pl_places *places,
                        pl_err *err)
{
    pl_file f;
    pl_rc rc = PL_OK;

    for (uint32_t node = 1; !rc && node < pl_tree_size(col->t); node++)
        if (is_of(col, m, root, node) && pl_tree_at(col->t, node, &f) && f.e->type == m->type)
            rc = m->read(col, &f, places, err);
    return rc;
}

static pl_rc read_manager(pl_collect *col, const struct manager *m, pl_err *err)
{
    uint32_t root = pl_tree_folder(col->t, pl_str_c(m->root));
    pl_places places = {0};
    pl_err why = {0};

    if (root == PL_PATH_NONE)
        return PL_OK;
    pl_rc rc = read_nodes(col, m, root, &places, &why);
    if (rc == PL_LIMIT) /* those before it count all the same */
        pl_collect_complain(col, pl_str_c(m->root), rc, why.text);
    rc = rc && rc != PL_LIMIT ? pl_fail(err, rc, "%s: %s", m->root, why.text)
                              : pl_places_settle(&places, col, root, err);
    pl_places_done(&places);
    return rc;
}

pl_rc pl_collect_folders(pl_collect *col, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < PL_COUNT(managers); i++)
        rc = read_manager(col, &managers[i], err);
    return rc;
}
