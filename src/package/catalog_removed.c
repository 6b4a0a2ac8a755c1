/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages that a lower layer lists and the image does not, though their files are still there:
 * somebody took them out of the list, or the list away. They are listed as "unlisted", for that is
 * what runs. A package that was removed has lost its files with its row.
 */
#include "package/catalog_removed.h"
#include "core/siphash.h"
#include "package/apk.h"
#include "package/chisel.h"
#include "package/dpkg.h"
#include "package/limits.h"
#include "package/rpm.h"

#include <string.h>

enum { SCRATCH = 1 << 20 };

/* ---- names ---- */

uint64_t pl_removed_key(pl_str type, pl_str name)
{
    return pl_siphash(pl_sipkey_process(), type.p, type.n) * 31 +
           pl_siphash(pl_sipkey_process(), name.p, name.n);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

bool pl_removed_is_listed(const pl_removed *r, uint64_t key)
{
    if (r->n_names && bsearch(&key, r->names, r->n_names, sizeof(key), compare))
        return true;
    for (size_t i = 0; i < r->n; i++)
        if (r->list[i].key == key)
            return true;
    return false;
}

pl_rc pl_removed_see(const pl_package *p, void *arg, pl_err *err)
{
    pl_removed *r = arg;
    uint64_t key = pl_removed_key(p->type, p->name);

    (void)err;
    if (pl_removed_is_listed(r, key))
        return PL_OK;
    r->is_cut |= r->n == PL_REMOVED_MAX;
    if (r->n == PL_REMOVED_MAX)
        return PL_OK;
    pl_str name = pl_arena_str(r->scratch, p->name);
    if (name.p)
        r->list[r->n++] = (pl_removed_one){name, key, false};
    return PL_OK;
}

static pl_removed_one *find(pl_removed *r, pl_str name)
{
    if (r->last < r->n && r->last >= r->first && pl_str_eq(r->list[r->last].name, name))
        return &r->list[r->last];
    for (size_t i = r->first; i < r->n; i++)
        if (pl_str_eq(r->list[i].name, name)) {
            r->last = i;
            return &r->list[i];
        }
    return NULL;
}

/* ---- files ---- */

/* Configuration stays when a package is removed, and documents say nothing. */
static bool counts(pl_str path)
{
    static const char *const others[] = {"etc/",
                                         "var/",
                                         "run/",
                                         "tmp/",
                                         "usr/share/doc/",
                                         "usr/share/man/",
                                         "usr/share/locale/",
                                         "usr/share/info/"};

    while (pl_str_starts(path, PL_S("/")))
        path = pl_str_sub(path, 1, path.n);
    for (size_t i = 0; i < PL_COUNT(others); i++)
        if (pl_str_starts(path, pl_str_c(others[i])))
            return false;
    return true;
}

/* Is it there as that layer, or one below it, left it? */
void pl_removed_look(pl_removed *r, pl_removed_one *c, pl_str path)
{
    pl_file f;

    if (c && !c->is_there && counts(path) && pl_tree_find(r->col->t, path, false, &f))
        c->is_there = f.e->type == PL_ENTRY_FILE && f.layer <= r->place;
}

static pl_rc see_apk_file(const pl_apk_file *f, void *arg, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};
    pl_removed_one *c = find(arg, f->package);

    if (!c)
        return PL_OK;
    pl_buf_str(&path, f->folder);
    pl_buf_ch(&path, '/');
    pl_buf_str(&path, f->name);
    pl_removed_look(arg, c, pl_buf_view(&path));
    return pl_buf_ok(&path) ? PL_OK : pl_fail(err, PL_NOMEM, "packages");
}

static pl_rc see_chisel_file(pl_str package, pl_str path, void *arg, pl_err *err)
{
    (void)err;
    pl_removed_look(arg, find(arg, package), path);
    return PL_OK;
}

static pl_rc see_header(pl_str blob, void *arg, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};
    pl_removed_one *c;
    pl_rpm_header h;
    pl_rpm_files files;
    pl_rpm_file f;

    (void)err;
    if (pl_rpm_header_open(blob, &h, NULL) || !(c = find(arg, pl_rpm_string(&h, PL_RPM_NAME))) ||
        pl_rpm_files_open(&h, &files, NULL))
        return PL_OK;
    while (!c->is_there && pl_rpm_next_file(&files, &f)) {
        pl_buf_reset(&path);
        pl_buf_str(&path, f.folder);
        pl_buf_str(&path, f.name);
        pl_removed_look(arg, c, pl_buf_view(&path));
    }
    pl_rpm_files_done(&files);
    return PL_OK;
}

/* The newest version, up to that layer, of a file that was kept. */
bool pl_removed_content(const pl_removed *r, pl_str path, pl_buf *ret)
{
    pl_layers *ls = pl_tree_set(r->col->t);
    uint32_t node = pl_paths_lookup(pl_layers_paths(ls), path);

    for (size_t p = r->place + 1; node != PL_PATH_NONE && p-- > 0;) {
        const pl_entry *e = pl_tree_entry_in(r->col->t, p, node);
        if (e)
            return pl_layers_content(ls, e, ret, NULL) == PL_OK;
    }
    return false;
}

static void look_at_lines(pl_removed *r, pl_removed_one *c, pl_str text)
{
    pl_str line, path;

    while (!c->is_there && pl_str_cut(&text, '\n', &line))
        if (pl_str_cut(&line, '\t', &path))
            pl_removed_look(r, c, path);
}

void pl_removed_look_at_digests(pl_removed *r, pl_removed_one *c, pl_str text)
{
    pl_dpkg_digest d;

    while (!c->is_there && pl_dpkg_next_digest(&text, &d))
        pl_removed_look(r, c, d.path);
}

/* dpkg and opkg keep a list a package beside the database. */
static void look_beside(pl_removed *r, const char *folder, const char *arch, const char *suffix,
                        void (*each)(pl_removed *, pl_removed_one *, pl_str))
{
    for (size_t i = r->first; i < r->n; i++) {
        PL_AUTO_BUF pl_buf path = {0};
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&path, "%s%.*s%s%s", folder, PL_F(r->list[i].name), arch, suffix);
        if (!r->list[i].is_there && pl_buf_ok(&path) &&
            pl_removed_content(r, pl_buf_view(&path), &text))
            each(r, &r->list[i], pl_buf_view(&text));
    }
}

static void look_at_dpkg(pl_removed *r)
{
    static const char *const archs[] = {"",       ":amd64",    ":arm64",   ":i386",    ":armhf",
                                        ":armel", ":mips64el", ":ppc64el", ":riscv64", ":s390x",
                                        ":ppc64", ":x32",      ":loong64", ":mipsel"};

    for (size_t i = 0; i < PL_COUNT(archs); i++)
        look_beside(r, "/var/lib/dpkg/info/", archs[i], ".md5sums", pl_removed_look_at_digests);
}

/* What is wrong with a lower version concerns nobody any more. */
static void look_at_files(pl_removed *r, pl_database_kind kind, const pl_database *db)
{
    const pl_pagefile *log = db->log.size ? &db->log : NULL;

    switch (kind) {
    case PL_DATABASE_APK:
        (void)!pl_apk_files(db->text, see_apk_file, r, NULL);
        return;
    case PL_DATABASE_CHISEL:
        (void)!pl_chisel_files(db->text, see_chisel_file, r, NULL);
        return;
    case PL_DATABASE_RPM_SQLITE:
        (void)!pl_rpm_headers(PL_RPM_SQLITE, &db->file, log, see_header, r, NULL);
        return;
    case PL_DATABASE_RPM_NDB:
        (void)!pl_rpm_headers(PL_RPM_NDB, &db->file, NULL, see_header, r, NULL);
        return;
    case PL_DATABASE_RPM_BDB:
        (void)!pl_rpm_headers(PL_RPM_BDB, &db->file, NULL, see_header, r, NULL);
        return;
    case PL_DATABASE_OPKG:
        look_beside(r, "/usr/lib/opkg/info/", "", ".list", look_at_lines);
        look_beside(r, "/var/lib/opkg/info/", "", ".list", look_at_lines);
        return;
    case PL_DATABASE_STATUS_D:
        look_beside(r, "/var/lib/dpkg/status.d/", "", ".md5sums", pl_removed_look_at_digests);
        return;
    case PL_DATABASE_DPKG:
        look_at_dpkg(r);
        return;
    case PL_DATABASE_SNAP:
        return;
    }
}

/* ---- what is listed and told ---- */

pl_rc pl_removed_list(const pl_package *p, void *arg, pl_err *err)
{
    pl_removed *r = arg;
    pl_removed_one *c = find(r, p->name);
    pl_package full = *p;

    if (!c || !c->is_there || c->key != pl_removed_key(p->type, p->name))
        return PL_OK;
    c->is_there = false; /* once */
    full.scope = PL_S("unlisted");
    full.layer = pl_collect_layer(r->col, r->place);
    r->told++;
    pl_buf_fmt(&r->said, "%s%.*s", r->said.n ? ", " : "",
               PL_F(pl_str_sub(p->name, 0, r->said.n < 200 ? 60 : 0)));
    return pl_collect_add(&full, r->col, err);
}

static bool is_any_there(const pl_removed *r)
{
    for (size_t i = r->first; i < r->n; i++)
        if (r->list[i].is_there)
            return true;
    return false;
}

static bool deletes(const pl_removed *r, const pl_entry *e, uint32_t node)
{
    const pl_paths *paths = pl_layers_paths(pl_tree_set(r->col->t));

    return (e->type == PL_ENTRY_WHITEOUT || e->type == PL_ENTRY_OPAQUE || e->node == node) &&
           pl_paths_below(paths, node, e->node);
}

/* The lowest layer above that has something in the place of the file, or deletes it. */
static size_t changed_by(const pl_removed *r, uint32_t node)
{
    const pl_layers *ls = pl_tree_set(r->col->t);

    for (size_t p = r->place + 1; p < pl_tree_layers(r->col->t); p++) {
        const pl_layer *l = pl_layers_at(pl_tree_set(r->col->t), pl_tree_layer(r->col->t, p));
        for (size_t i = l->first; i < l->first + l->n; i++)
            if (deletes(r, pl_layers_entry(ls, i), node))
                return p;
    }
    return r->place;
}

pl_rc pl_removed_tell(pl_removed *r, pl_str path, uint32_t node, pl_err *err)
{
    PL_AUTO_BUF pl_buf what = {0};
    size_t by = changed_by(r, node);
    pl_str names = pl_buf_view(&r->said);

    if (!r->told)
        return PL_OK;
    pl_buf_fmt(&what,
               "layer %.*s took %zu packages out of the list whose files are still there, they are "
               "listed as unlisted: %.*s",
               PL_F(pl_collect_layer(r->col, by)), r->told, PL_F(pl_str_sub(names, 0, 240)));
    if (!pl_buf_ok(&what))
        return pl_fail(err, PL_NOMEM, "packages");
    pl_buf_ch(&what, '\0');
    pl_collect_complain(r->col, path, PL_FORMAT, what.p);
    r->told = 0;
    pl_buf_reset(&r->said);
    return PL_OK;
}

/* One version of a database that the image does not have any more. */
pl_rc pl_removed_read_version(pl_removed *r, pl_database_kind kind, pl_str path, const pl_entry *e,
                              const pl_entry *beside, pl_err *err)
{
    pl_package_damage damage = {0};
    pl_database db;
    pl_rc rc = PL_OK;

    r->first = r->last = r->n;
    pl_arena_reset(r->scratch);
    r->col->db_path = pl_arena_str(r->col->a, path);
    if (!r->col->db_path.p)
        return pl_collect_no_room(err);
    if (pl_database_open(kind, pl_tree_set(r->col->t), e, beside, &db, NULL) == PL_OK &&
        pl_collect_parse(kind, &db, pl_removed_see, r, &damage, NULL) == PL_OK && r->n > r->first) {
        look_at_files(r, kind, &db);
        if (is_any_there(r))
            rc = pl_collect_parse(kind, &db, pl_removed_list, r, &damage, err);
        if (!rc && kind != PL_DATABASE_STATUS_D)
            rc = pl_removed_tell(r, path, e->node, err);
    }
    pl_database_close(&db);
    /* Names that are not there any more are forgotten: a layer below may have them, too. */
    for (size_t i = r->first; i < r->n; i++)
        r->list[i].name = (pl_str){"", 0};
    return rc;
}

static pl_rc read_source(pl_removed *r, const pl_database_source *s, pl_err *err)
{
    const pl_tree *t = r->col->t;
    const pl_paths *paths = pl_layers_paths(pl_tree_set(t));
    pl_str path = pl_str_c(s->path);
    uint32_t node = pl_paths_lookup(paths, path);
    uint32_t log = s->beside ? pl_paths_lookup(paths, pl_str_c(s->beside)) : PL_PATH_NONE;
    pl_file now;
    bool has = node != PL_PATH_NONE && pl_tree_at(t, node, &now);
    pl_rc rc = PL_OK;

    for (size_t p = pl_tree_layers(t); !rc && node != PL_PATH_NONE && p-- > 0;) {
        const pl_entry *e = pl_tree_entry_in(t, p, node);
        r->place = p;
        if (e && e->size && !(has && now.e == e))
            rc = pl_removed_read_version(
                r, s->kind, path, e, log == PL_PATH_NONE ? NULL : pl_tree_entry_in(t, p, log), err);
    }
    return rc;
}

static pl_rc read_all(pl_removed *r, pl_err *err)
{
    const pl_database_source *s;
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && (s = pl_database_source_at(i)); i++)
        rc = read_source(r, s, err);
    if (!rc)
        rc = pl_removed_folders(r, err);
    if (!rc)
        rc = pl_removed_orphans(r, "/var/lib/dpkg/info", err);
    if (!rc)
        rc = pl_removed_orphans(r, "/var/lib/dpkg/status.d", err);
    if (!rc && r->is_cut)
        pl_collect_complain(r->col, PL_S("databases of lower layers"), PL_LIMIT,
                            "more packages than PL_REMOVED_MAX are in no list any more");
    return rc;
}

static pl_rc name_all(pl_removed *r, pl_err *err)
{
    const pl_catalog *c = r->col->c;

    r->names = calloc(c->n ? c->n : 1, sizeof(*r->names));
    r->list = calloc(PL_REMOVED_MAX, sizeof(*r->list));
    r->scratch = pl_arena_new(SCRATCH);
    if (!r->names || !r->list || !r->scratch)
        return pl_fail(err, PL_NOMEM, "packages");
    for (size_t i = 0; i < c->n; i++)
        r->names[r->n_names++] = pl_removed_key(c->items[i].type, c->items[i].name);
    if (c->n)
        qsort(r->names, r->n_names, sizeof(*r->names), compare);
    return PL_OK;
}

pl_rc pl_collect_removed(pl_collect *col, pl_err *err)
{
    pl_removed r = {.col = col};

    pl_rc rc = name_all(&r, err);
    if (!rc)
        rc = read_all(&r, err);
    pl_arena_free(r.scratch);
    free(r.names);
    free(r.list);
    pl_buf_done(&r.said);
    return rc;
}
