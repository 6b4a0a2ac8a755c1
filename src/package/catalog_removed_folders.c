/* SPDX-License-Identifier: Apache-2.0 */
/* Packages of managers with a file or folder a package that upper layers deleted, and lists of
 * dpkg without a row. */
#include "package/catalog_removed.h"
#include "package/dpkg.h"
#include "package/pacman.h"
#include "package/portage.h"

/* ---- managers that keep a file or folder a package ---- */

static const pl_paths *paths_of(const pl_removed *r)
{
    return pl_layers_paths(pl_tree_set(r->col->t));
}

static uint32_t parent(const pl_removed *r, uint32_t node)
{
    return pl_paths_parent(paths_of(r), node);
}

static pl_rc parse_pacman(pl_removed *r, const pl_entry *e, pl_package_each each, pl_err *err)
{
    PL_AUTO_BUF pl_buf desc = {0};
    PL_AUTO_BUF pl_buf text = {0};
    pl_package_damage damage = {0};

    if (pl_layers_content(pl_tree_set(r->col->t), e, &desc, NULL))
        return PL_OK;
    return pl_pacman_parse(pl_buf_view(&desc), &text, each, r, &damage, err);
}

static pl_rc parse_portage(pl_removed *r, const pl_entry *e, pl_package_each each, pl_err *err)
{
    PL_AUTO_BUF pl_buf name = {0};
    uint32_t folder = parent(r, e->node);
    pl_package p = {.type = PL_S("ebuild")};

    if (!pl_portage_split(pl_paths_name(paths_of(r), folder), &p.name, &p.version))
        return PL_OK;
    pl_buf_str(&name, pl_paths_name(paths_of(r), parent(r, folder)));
    pl_buf_ch(&name, '/');
    pl_buf_str(&name, p.name);
    p.name = p.source = pl_buf_view(&name);
    p.source_version = p.version;
    return pl_buf_ok(&name) ? each(&p, r, err) : pl_fail(err, PL_NOMEM, "packages");
}

static void look_at_pacman(pl_removed *r, const pl_entry *e)
{
    PL_AUTO_BUF pl_buf path = {0};
    PL_AUTO_BUF pl_buf text = {0};
    pl_str file;

    pl_paths_print(paths_of(r), parent(r, e->node), &path);
    pl_buf_c(&path, "/files");
    if (!pl_buf_ok(&path) || !pl_removed_content(r, pl_buf_view(&path), &text))
        return;
    pl_str rest = pl_buf_view(&text);
    while (pl_pacman_next_file(&rest, &file))
        pl_removed_look(r, &r->list[r->first], file);
}

static void look_at_portage(pl_removed *r, const pl_entry *e)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_portage_file f;

    if (pl_layers_content(pl_tree_set(r->col->t), e, &text, NULL))
        return;
    pl_str rest = pl_buf_view(&text);
    while (pl_portage_next_file(&rest, &f))
        pl_removed_look(r, &r->list[r->first], f.path);
}

static const struct manager {
    const char *root;
    unsigned depth;
    const char *name;
    pl_rc (*parse)(pl_removed *r, const pl_entry *e, pl_package_each each, pl_err *err);
    void (*look)(pl_removed *r, const pl_entry *e);
} managers[] = {
    {"/var/lib/pacman/local", 2, "desc", parse_pacman, look_at_pacman},
    {"/var/db/pkg", 3, "CONTENTS", parse_portage, look_at_portage},
    {"/var/lib/dpkg/status.d", 1, NULL, NULL, NULL}, /* a database of one package */
};

static pl_rc read_placed(pl_removed *r, const struct manager *m, pl_str path, const pl_entry *e,
                         pl_err *err)
{
    if (!m->parse)
        return pl_removed_read_version(r, PL_DATABASE_STATUS_D, path, e, NULL, err);
    r->first = r->last = r->n;
    pl_arena_reset(r->scratch);
    r->col->db_path = pl_arena_str(r->col->a, path);
    if (!r->col->db_path.p)
        return pl_collect_no_room(err);
    pl_rc rc = m->parse(r, e, pl_removed_see, err);
    if (rc || r->n == r->first)
        return rc;
    m->look(r, e);
    rc = m->parse(r, e, pl_removed_list, err);
    r->list[r->first].name = (pl_str){"", 0};
    return rc;
}

static bool is_of(const pl_removed *r, const struct manager *m, uint32_t root, uint32_t node)
{
    pl_str name = pl_paths_name(paths_of(r), node);

    if (m->name ? !pl_str_eq(name, pl_str_c(m->name)) : pl_str_ends(name, PL_S(".md5sums")))
        return false;
    for (unsigned i = 0; i < m->depth && node != PL_PATH_ROOT; i++)
        node = parent(r, node);
    return node == root;
}

/* The newest version of a file that the image has no more. */
static pl_rc read_gone(pl_removed *r, const struct manager *m, uint32_t node, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};

    pl_paths_print(paths_of(r), node, &path);
    if (!pl_buf_ok(&path))
        return pl_fail(err, PL_NOMEM, "packages");
    for (size_t p = pl_tree_layers(r->col->t); p-- > 0;) {
        const pl_entry *e = pl_tree_entry_in(r->col->t, p, node);
        r->place = p;
        if (e && e->size)
            return read_placed(r, m, pl_buf_view(&path), e, err);
    }
    return PL_OK;
}

static pl_rc read_manager(pl_removed *r, const struct manager *m, pl_err *err)
{
    uint32_t root = pl_paths_lookup(paths_of(r), pl_str_c(m->root));
    uint32_t gone = root;
    pl_file f;
    pl_rc rc = PL_OK;

    for (uint32_t node = 1; root != PL_PATH_NONE && !rc && node < pl_tree_size(r->col->t); node++)
        if (is_of(r, m, root, node) && !pl_tree_at(r->col->t, node, &f)) {
            size_t was = r->told;
            rc = read_gone(r, m, node, err);
            gone = r->told > was ? node : gone;
        }
    return rc || root == PL_PATH_NONE ? rc : pl_removed_tell(r, pl_str_c(m->root), gone, err);
}

pl_rc pl_removed_folders(pl_removed *r, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < PL_COUNT(managers); i++)
        rc = read_manager(r, &managers[i], err);
    return rc;
}

/* ---- lists of dpkg whose package has no row ---- */

static bool is_orphan(pl_removed *r, uint32_t node, const pl_file *f)
{
    PL_AUTO_BUF pl_buf path = {0};
    PL_AUTO_BUF pl_buf text = {0};

    pl_paths_print(paths_of(r), node, &path);
    pl_str name = pl_dpkg_digests_package(pl_buf_view(&path));
    if (!pl_buf_ok(&path) || pl_removed_is_listed(r, pl_removed_key(PL_S("deb"), name)) ||
        pl_layers_content(pl_tree_set(r->col->t), f->e, &text, NULL))
        return false;
    pl_removed_one c = {.name = name};
    pl_removed_look_at_digests(r, &c, pl_buf_view(&text));
    if (c.is_there)
        pl_buf_fmt(&r->said, "%s%.*s", r->said.n ? ", " : "",
                   PL_F(pl_str_sub(name, 0, r->said.n < 200 ? 60 : 0)));
    return c.is_there;
}

pl_rc pl_removed_orphans(pl_removed *r, const char *folder, pl_err *err)
{
    PL_AUTO_BUF pl_buf what = {0};
    uint32_t at = pl_tree_folder(r->col->t, pl_str_c(folder));
    size_t n = 0;
    pl_file f;

    r->place = pl_tree_layers(r->col->t);
    for (uint32_t node = 1; at != PL_PATH_NONE && node < pl_tree_size(r->col->t); node++)
        if (parent(r, node) == at &&
            pl_str_ends(pl_paths_name(paths_of(r), node), PL_S(".md5sums")) &&
            pl_tree_at(r->col->t, node, &f) && f.e->type == PL_ENTRY_FILE)
            n += is_orphan(r, node, &f);
    pl_str names = pl_str_sub(pl_buf_view(&r->said), 0, 240);
    pl_buf_fmt(&what,
               "%zu packages have their files here, and no row in the database, so their versions "
               "are not known: %.*s",
               n, PL_F(names));
    pl_buf_ch(&what, '\0');
    if (!pl_buf_ok(&what))
        return pl_fail(err, PL_NOMEM, "packages");
    if (n)
        pl_collect_complain(r->col, pl_str_c(folder), PL_FORMAT, what.p);
    pl_buf_reset(&r->said);
    return PL_OK;
}
