/* SPDX-License-Identifier: Apache-2.0 */
#include "package/catalog.h"

#include "package/catalog_priv.h"
#include "package/dpkg.h"
#include "package/limits.h"

#include <string.h>

#define RPM_FILES(folder)                                                                          \
    {folder "rpmdb.sqlite", NULL}, {folder "rpmdb.sqlite-wal", NULL},                              \
        {folder "Packages.db", NULL},                                                              \
    {                                                                                              \
        folder "Packages", NULL                                                                    \
    }
const pl_want pl_package_wants[] = {
    {"/etc/os-release", NULL},
    {"/usr/lib/os-release", NULL},
    {"/etc/debian_version", NULL},
    {"/etc/alpine-release", NULL},
    {"/var/lib/dpkg/status", NULL},
    {"/var/lib/dpkg/status.d/", NULL},
    {"/lib/apk/db/installed", NULL},
    {"/usr/lib/apk/db/installed", NULL},
    {"/usr/lib/opkg/status", NULL},
    {"/var/lib/opkg/status", NULL},
    {"/opt/var/opkg/status", NULL},
    {"/var/lib/chisel/manifest.wall", NULL},
    {"/var/lib/pacman/local/*/desc", NULL},
    {"/var/db/pkg/*/*/CONTENTS", NULL},
    {"/var/db/pkg/*/*/LICENSE", NULL},
    {"/snap/*/*/meta/snap.yaml", NULL},
    {"/meta/snap.yaml", NULL},
    /* Folders of theirs may be links to anywhere. */
    {"status", NULL},
    {"installed", NULL},
    RPM_FILES(""),
    {"manifest.wall", NULL},
    RPM_FILES("/var/lib/rpm/"),
    RPM_FILES("/usr/lib/sysimage/rpm/"),
    RPM_FILES("/usr/share/rpm/"),
    {NULL, NULL},
};
_Static_assert(PL_COUNT(pl_package_wants) == PL_PACKAGE_WANTS, "count in the header");

/* ---- collecting ---- */

pl_rc pl_collect_no_room(pl_err *err)
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

bool pl_catalog_reserve(pl_catalog *c, pl_arena *a, size_t n)
{
    if (c->room - c->n >= n)
        return true;
    pl_package *items = pl_arena_calloc(a, c->n + n, sizeof(*items));
    if (!items)
        return false;
    if (c->n)
        memcpy(items, c->items, c->n * sizeof(*items));
    c->items = items;
    c->room = c->n + n;
    return true;
}

/* The list doubles inside the arena; what it leaves behind is half of what it holds. */
static bool grow(pl_catalog *c, pl_arena *a)
{
    return pl_catalog_reserve(c, a, c->n ? c->n : 128);
}

static bool keep_slices(pl_arena *a, pl_package *p)
{
    pl_str *const slices[] = {&p->type,       &p->name,           &p->version,  &p->arch,
                              &p->source,     &p->source_version, &p->vendor,   &p->license,
                              &p->module,     &p->ecosystem,      &p->purl,     &p->layer,
                              &p->language,   &p->path,           &p->owned_by, &p->scope,
                              &p->provenance, &p->integrity,      &p->cpe};

    for (size_t i = 0; i < PL_COUNT(slices); i++)
        if (slices[i]->n && !keep(a, slices[i]))
            return false;
    return true;
}

pl_rc pl_catalog_add(pl_catalog *c, pl_arena *a, const pl_package *p, pl_err *err)
{
    if (c->n == PL_PACKAGES_MAX)
        return pl_fail(err, PL_LIMIT, "more than PL_PACKAGES_MAX (%d) packages", PL_PACKAGES_MAX);
    if (c->n == c->room && !grow(c, a))
        return pl_collect_no_room(err);
    pl_package *to = &c->items[c->n];
    *to = *p;
    to->maintainer = (pl_str){"", 0};
    if (!keep_slices(a, to))
        return pl_collect_no_room(err);
    c->n++;
    return PL_OK;
}

/* A package of the system: its ecosystem follows from the distribution. */
pl_rc pl_collect_add(const pl_package *p, void *arg, pl_err *err)
{
    pl_collect *col = arg;
    PL_AUTO_BUF pl_buf ecosystem = {0};
    PL_AUTO_BUF pl_buf purl = {0};
    pl_package full = *p;

    pl_ecosystem(&col->c->os, p->type, &ecosystem);
    pl_purl(p, &col->c->os, &purl);
    if (!pl_buf_ok(&ecosystem) || !pl_buf_ok(&purl))
        return pl_fail(err, PL_NOMEM, "packages");
    full.ecosystem = pl_buf_view(&ecosystem);
    full.purl = pl_buf_view(&purl);
    full.db_path = col->db_path; /* lives in the arena already */
    return pl_catalog_add(col->c, col->a, &full, err);
}

pl_rc pl_catalog_add_system(pl_catalog *c, pl_arena *a, const pl_package *p, pl_str db_path,
                            pl_err *err)
{
    pl_collect col = {.c = c, .a = a, .db_path = pl_arena_str(a, db_path)};

    return col.db_path.p ? pl_collect_add(p, &col, err) : pl_collect_no_room(err);
}

pl_rc pl_catalog_add_dpkg(pl_catalog *c, pl_arena *a, pl_str text, pl_str db_path,
                          pl_package_damage *ret_damage, pl_err *err)
{
    pl_collect col = {.c = c, .a = a, .db_path = db_path};
    return pl_dpkg_parse(text, true, pl_collect_add, &col, ret_damage, err);
}

pl_str pl_collect_layer(const pl_collect *col, size_t place)
{
    const pl_layer *l = pl_layers_at(pl_tree_set(col->t), pl_tree_layer(col->t, place));
    PL_AUTO_BUF pl_buf text = {0};
    pl_str ret;

    pl_buf_fmt(&text, "sha256:%s", l->diff_id);
    return keep_buf(col->a, &text, &ret) ? ret : (pl_str){"", 0};
}

/* ---- what went wrong ---- */

void pl_collect_complain(pl_collect *col, pl_str path, pl_rc rc, const char *what)
{
    pl_problems_add(pl_layers_problems(pl_tree_set(col->t)), rc, PL_NO_LAYER, "%.*s: %s",
                    PL_F(path), what);
    col->c->reason = pl_rc_reason(rc);
}

void pl_collect_damage(pl_collect *col, pl_str path, const pl_package_damage *d)
{
    char what[160];

    if (d->why.rc)
        pl_collect_complain(col, path, d->why.rc, d->why.text);
    if (!d->bad_lines && !d->nameless)
        return;
    (void)snprintf(
        what, sizeof(what),
        "%zu lines are no fields (the first is line %zu), %zu entries name no package or "
        "version",
        d->bad_lines, d->first_line, d->nameless);
    pl_collect_complain(col, path, PL_FORMAT, what);
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
        return keep(a, &c->os.version) ? PL_OK : pl_collect_no_room(err);
    }
    return PL_OK;
}

pl_rc pl_catalog_read(const pl_tree *t, pl_arena *a, pl_catalog *ret, pl_err *err)
{
    pl_collect col = {.c = ret, .t = t, .a = a};
    bool found = false;

    *ret = (pl_catalog){0};
    pl_rc rc = read_os_release(t, a, ret, &found, err);
    if (!rc && !found)
        rc = read_old_release(t, a, ret, err);
    if (!rc)
        rc = pl_collect_databases(&col, err);
    if (!rc)
        rc = pl_collect_folders(&col, err);
    if (!rc)
        rc = pl_collect_removed(&col, err);
    ret->n_system = ret->n;
    if (!rc && !ret->n && !ret->reason && ret->os.id.n)
        pl_collect_complain(&col, PL_S("etc/os-release"), PL_UNSUPPORTED,
                            "names a distribution, but no list of its packages was found");
    return rc;
}
