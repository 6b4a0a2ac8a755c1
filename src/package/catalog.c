/* SPDX-License-Identifier: Apache-2.0 */
#include "package/catalog.h"

#include "package/apk.h"
#include "package/dpkg.h"
#include "package/limits.h"

#include <string.h>

const pl_want pl_package_wants[] = {
    {"/etc/os-release", NULL},
    {"/usr/lib/os-release", NULL},
    {"/etc/debian_version", NULL},
    {"/etc/alpine-release", NULL},
    {"/var/lib/dpkg/status", NULL},
    {"/var/lib/dpkg/status.d/", NULL},
    {"/lib/apk/db/installed", NULL},
    {"/usr/lib/apk/db/installed", NULL},
    {NULL, NULL},
};
_Static_assert(PL_COUNT(pl_package_wants) == PL_PACKAGE_WANTS, "count in the header");

typedef pl_rc (*parser)(pl_str text, pl_package_each each, void *arg, pl_package_damage *damage,
                        pl_err *err);

static pl_rc parse_status(pl_str text, pl_package_each each, void *arg, pl_package_damage *damage,
                          pl_err *err)
{
    return pl_dpkg_parse(text, true, each, arg, damage, err);
}

static pl_rc parse_status_d(pl_str text, pl_package_each each, void *arg, pl_package_damage *damage,
                            pl_err *err)
{
    return pl_dpkg_parse(text, false, each, arg, damage, err);
}

/* ---- collecting ---- */

struct collect {
    pl_catalog *c;
    pl_arena *a;
    pl_str db_path;
};

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "package list does not fit its budget");
}

static bool keep(pl_arena *a, pl_str *s)
{
    *s = pl_arena_str(a, *s);
    return s->p != NULL;
}

static bool keep_buf(pl_arena *a, pl_buf *from, pl_str *to)
{
    *to = pl_buf_view(from);
    bool ok = pl_buf_ok(from) && keep(a, to);
    pl_buf_reset(from);
    return ok;
}

/* The list doubles inside the arena; what it leaves behind is half of what it holds. */
static bool grow(pl_catalog *c, pl_arena *a)
{
    size_t room = c->room ? c->room * 2 : 128;
    pl_package *items = pl_arena_calloc(a, room, sizeof(*items));

    if (!items)
        return false;
    if (c->n)
        memcpy(items, c->items, c->n * sizeof(*items));
    c->items = items;
    c->room = room;
    return true;
}

static pl_rc add(const pl_package *p, void *arg, pl_err *err)
{
    struct collect *col = arg;
    PL_AUTO_BUF pl_buf text = {0};
    pl_catalog *c = col->c;

    if (c->n == PL_PACKAGES_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d packages", PL_PACKAGES_MAX);
    if (c->n == c->room && !grow(c, col->a))
        return no_room(err);
    pl_package *to = &c->items[c->n];
    *to = *p;
    to->db_path = col->db_path;
    if (!keep(col->a, &to->name) || !keep(col->a, &to->version) || !keep(col->a, &to->arch) ||
        !keep(col->a, &to->source) || !keep(col->a, &to->source_version))
        return no_room(err);
    pl_ecosystem(&c->os, p->type, &text);
    if (!keep_buf(col->a, &text, &to->ecosystem))
        return no_room(err);
    pl_purl(p, &c->os, &text);
    if (!keep_buf(col->a, &text, &to->purl))
        return no_room(err);
    c->n++;
    return PL_OK;
}

pl_rc pl_catalog_add_dpkg(pl_catalog *c, pl_arena *a, pl_str text, pl_str db_path,
                          pl_package_damage *ret_damage, pl_err *err)
{
    struct collect col = {c, a, db_path};
    return pl_dpkg_parse(text, true, add, &col, ret_damage, err);
}

/* ---- which layer ---- */

static int compare(const pl_package *a, const pl_package *b)
{
    int by = pl_str_cmp(a->name, b->name);
    if (!by)
        by = pl_str_cmp(a->arch, b->arch);
    return by ? by : pl_str_cmp(a->version, b->version);
}

static int compare_void(const void *a, const void *b)
{
    return compare(a, b);
}

/* The packages of an older version of a database, sorted. */
struct older {
    pl_package *items; /* owned; slices point into the text */
    size_t n, room;
};

static pl_rc add_older(const pl_package *p, void *arg, pl_err *err)
{
    struct older *o = arg;

    if (o->n == PL_PACKAGES_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d packages", PL_PACKAGES_MAX);
    if (o->n == o->room) {
        size_t room = o->room ? o->room * 2 : 256;
        pl_package *items = reallocarray(o->items, room, sizeof(*items));
        if (!items)
            return pl_fail(err, PL_NOMEM, "packages");
        o->items = items;
        o->room = room;
    }
    o->items[o->n++] = *p;
    return PL_OK;
}

struct database {
    const pl_tree *t;
    pl_arena *a;
    parser parse;
    pl_file file;
};

static pl_str diff_id(const struct database *db, size_t place)
{
    const pl_layer *l = pl_layers_at(pl_tree_set(db->t), pl_tree_layer(db->t, place));
    PL_AUTO_BUF pl_buf text = {0};
    pl_str ret;

    pl_buf_fmt(&text, "sha256:%s", l->diff_id);
    return keep_buf(db->a, &text, &ret) ? ret : (pl_str){"", 0};
}

/* Packages that this older version lists too came with it or with one still lower. */
static void mark_older(pl_package *items, size_t n, const struct older *o, pl_str layer,
                       bool *is_settled)
{
    for (size_t i = 0; i < n; i++) {
        if (is_settled[i])
            continue;
        is_settled[i] = !o->n || !bsearch(&items[i], o->items, o->n, sizeof(*items), compare_void);
        if (!is_settled[i])
            items[i].layer = layer;
    }
}

static void settle_layer(const struct database *db, size_t place, const pl_entry *e,
                         pl_package *items, size_t n, bool *is_settled)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_package_damage damage;
    struct older o = {0};

    if (pl_layers_content(pl_tree_set(db->t), e, &text, NULL) == PL_OK &&
        db->parse(pl_buf_view(&text), add_older, &o, &damage, NULL) == PL_OK) {
        if (o.n)
            qsort(o.items, o.n, sizeof(*o.items), compare_void);
        mark_older(items, n, &o, diff_id(db, place), is_settled);
    }
    free(o.items);
}

static pl_rc settle_layers(const struct database *db, pl_package *items, size_t n, pl_err *err)
{
    PL_AUTO_FREE bool *is_settled = calloc(n ? n : 1, sizeof(*is_settled));
    pl_str layer = diff_id(db, db->file.layer);

    if (!is_settled)
        return pl_fail(err, PL_NOMEM, "packages");
    for (size_t i = 0; i < n; i++)
        items[i].layer = layer;
    for (size_t place = db->file.layer; n && place-- > 0;) {
        const pl_entry *e = pl_tree_entry_in(db->t, place, db->file.node);
        if (e)
            settle_layer(db, place, e, items, n, is_settled);
    }
    return PL_OK;
}

/* ---- databases ---- */

static void complain(pl_catalog *c, const pl_tree *t, pl_str path, pl_rc rc, const char *what)
{
    pl_problems_add(pl_layers_problems(pl_tree_set(t)), rc, PL_NO_LAYER, "%.*s: %s", PL_F(path),
                    what);
    c->reason = pl_rc_reason(rc);
}

static void complain_damage(pl_catalog *c, const pl_tree *t, pl_str path,
                            const pl_package_damage *d)
{
    char what[160];

    if (!d->bad_lines && !d->nameless)
        return;
    (void)snprintf(
        what, sizeof(what),
        "%zu lines are no fields (the first is line %zu), %zu entries name no package or "
        "version",
        d->bad_lines, d->first_line, d->nameless);
    complain(c, t, path, PL_FORMAT, what);
}

static pl_rc read_database(pl_catalog *c, struct database *db, pl_str path, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_package_damage damage = {0};
    struct collect col = {c, db->a, pl_arena_str(db->a, path)};
    size_t first = c->n;
    pl_err why = {0};
    pl_rc rc = pl_tree_content(db->t, path, &text, &db->file, &why);

    if (rc) {
        complain(c, db->t, path, rc, why.text);
        return PL_OK;
    }
    if (!col.db_path.p)
        return no_room(err);
    rc = db->parse(pl_buf_view(&text), add, &col, &damage, err);
    if (rc)
        return pl_wrap(err, rc, "%.*s", PL_F(path));
    complain_damage(c, db->t, path, &damage);
    return settle_layers(db, c->items + first, c->n - first, err);
}

static pl_rc read_if_there(pl_catalog *c, const pl_tree *t, pl_arena *a, const char *path,
                           parser parse, uint32_t *ret_node, pl_err *err)
{
    struct database db = {.t = t, .a = a, .parse = parse};
    pl_file f;

    if (!pl_tree_find(t, pl_str_c(path), true, &f) || f.node == *ret_node)
        return PL_OK;
    *ret_node = f.node;
    return read_database(c, &db, pl_str_c(path), err);
}

/* One file a package; digests and maintainer scripts stand beside them. */
static pl_rc read_status_d(pl_catalog *c, const pl_tree *t, pl_arena *a, pl_err *err)
{
    const pl_paths *paths = pl_layers_paths(pl_tree_set(t));
    uint32_t folder = pl_tree_folder(t, PL_S("/var/lib/dpkg/status.d"));
    pl_file f;
    pl_rc rc = PL_OK;

    for (uint32_t node = 1; folder != PL_PATH_NONE && !rc && node < pl_tree_size(t); node++) {
        if (pl_paths_parent(paths, node) != folder || !pl_tree_at(t, node, &f) ||
            f.e->type != PL_ENTRY_FILE)
            continue;
        pl_str name = pl_paths_name(paths, node);
        if (pl_str_ends(name, PL_S(".md5sums")) || pl_str_ends(name, PL_S(".preinst")))
            continue;
        PL_AUTO_BUF pl_buf path = {0};
        struct database db = {.t = t, .a = a, .parse = parse_status_d};
        pl_paths_print(paths, node, &path);
        rc = pl_buf_ok(&path) ? read_database(c, &db, pl_buf_view(&path), err) : no_room(err);
    }
    return rc;
}

/* ---- distribution ---- */

static pl_rc read_os_release(const pl_tree *t, pl_arena *a, pl_catalog *c, bool *ret_found,
                             pl_err *err)
{
    static const char *const paths[] = {"/etc/os-release", "/usr/lib/os-release"};

    for (size_t i = 0; i < PL_COUNT(paths); i++) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_file f;
        if (pl_tree_content(t, pl_str_c(paths[i]), &text, &f, NULL))
            continue;
        *ret_found = true;
        return pl_os_release_parse(pl_buf_view(&text), a, &c->os, err);
    }
    *ret_found = false;
    return PL_OK;
}

static pl_rc read_old_release(const pl_tree *t, pl_arena *a, pl_catalog *c, pl_err *err)
{
    static const struct {
        const char *path;
        bool (*parse)(pl_str text, pl_distribution *ret);
    } files[] = {
        {"/etc/alpine-release", pl_alpine_release_parse},
        {"/etc/debian_version", pl_debian_version_parse},
    };

    for (size_t i = 0; i < PL_COUNT(files); i++) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_file f;
        if (pl_tree_content(t, pl_str_c(files[i].path), &text, &f, NULL) ||
            !files[i].parse(pl_buf_view(&text), &c->os))
            continue;
        return keep(a, &c->os.version) ? PL_OK : no_room(err);
    }
    return PL_OK;
}

pl_rc pl_catalog_read(const pl_tree *t, pl_arena *a, pl_catalog *ret, pl_err *err)
{
    static const struct {
        const char *path;
        parser parse;
    } databases[] = {
        {"/var/lib/dpkg/status", parse_status},
        {"/lib/apk/db/installed", pl_apk_parse},
        {"/usr/lib/apk/db/installed", pl_apk_parse},
    };
    bool found = false;
    uint32_t node = PL_PATH_NONE; /* the same file under two names is read once */

    *ret = (pl_catalog){0};
    pl_rc rc = read_os_release(t, a, ret, &found, err);
    if (!rc && !found)
        rc = read_old_release(t, a, ret, err);
    for (size_t i = 0; !rc && i < PL_COUNT(databases); i++)
        rc = read_if_there(ret, t, a, databases[i].path, databases[i].parse, &node, err);
    return rc ? rc : read_status_d(ret, t, a, err);
}
