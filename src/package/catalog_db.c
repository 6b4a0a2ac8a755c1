/* SPDX-License-Identifier: Apache-2.0 */
/* Databases that list all packages of a manager, and the layers that their packages came with. */
#include "package/apk.h"
#include "package/catalog_priv.h"
#include "package/dpkg.h"
#include "package/limits.h"
#include "package/opkg.h"
#include "package/rpm.h"

#include "core/siphash.h"

#include <string.h>

/* ---- parsers ---- */

static pl_rc parse_status(const pl_database *db, pl_package_each each, void *arg,
                          pl_package_damage *damage, pl_err *err)
{
    return pl_dpkg_parse(db->text, true, each, arg, damage, err);
}

static pl_rc parse_apk(const pl_database *db, pl_package_each each, void *arg,
                       pl_package_damage *damage, pl_err *err)
{
    return pl_apk_parse(db->text, each, arg, damage, err);
}

static pl_rc parse_opkg(const pl_database *db, pl_package_each each, void *arg,
                        pl_package_damage *damage, pl_err *err)
{
    return pl_opkg_parse(db->text, each, arg, damage, err);
}

static pl_rc parse_sqlite(const pl_database *db, pl_package_each each, void *arg,
                          pl_package_damage *damage, pl_err *err)
{
    return pl_rpm_parse(PL_RPM_SQLITE, &db->file, db->log.size ? &db->log : NULL, each, arg, damage,
                        err);
}

static pl_rc parse_ndb(const pl_database *db, pl_package_each each, void *arg,
                       pl_package_damage *damage, pl_err *err)
{
    return pl_rpm_parse(PL_RPM_NDB, &db->file, NULL, each, arg, damage, err);
}

static pl_rc parse_bdb(const pl_database *db, pl_package_each each, void *arg,
                       pl_package_damage *damage, pl_err *err)
{
    return pl_rpm_parse(PL_RPM_BDB, &db->file, NULL, each, arg, damage, err);
}

/* ---- which layer ---- */

/* Packages of an older version of a database, as digests of what identifies them; sorted. */
struct older {
    uint64_t *keys; /* owned */
    size_t n, room;
    pl_buf text;
};

static uint64_t key_of(const pl_package *p, pl_buf *text)
{
    pl_buf_reset(text);
    pl_buf_lstr(text, p->name);
    pl_buf_lstr(text, p->arch);
    pl_buf_str(text, p->version);
    return pl_siphash(pl_sipkey_process(), text->p, text->n);
}

static pl_rc add_older(const pl_package *p, void *arg, pl_err *err)
{
    struct older *o = arg;

    if (o->n == PL_PACKAGES_MAX)
        return pl_fail(err, PL_LIMIT, "more than PL_PACKAGES_MAX (%d) packages", PL_PACKAGES_MAX);
    if (o->n == o->room) {
        size_t room = o->room ? o->room * 2 : 256;
        uint64_t *keys = reallocarray(o->keys, room, sizeof(*keys));
        if (!keys)
            return pl_fail(err, PL_NOMEM, "packages");
        o->keys = keys;
        o->room = room;
    }
    o->keys[o->n++] = key_of(p, &o->text);
    return pl_buf_ok(&o->text) ? PL_OK : pl_fail(err, PL_NOMEM, "packages");
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* A file of some layer, opened for its parser. */
struct opened {
    pl_database db;
    pl_buf text, log;
};

static void close_opened(struct opened *o)
{
    pl_buf_done(&o->text);
    pl_buf_done(&o->log);
}

static pl_rc open_entry(const pl_collect *col, pl_str path, const pl_entry *e,
                        const pl_entry *beside, struct opened *ret, pl_err *err)
{
    pl_layers *ls = pl_tree_set(col->t);
    pl_rc rc = pl_layers_content(ls, e, &ret->text, err);

    if (!rc && beside)
        rc = pl_layers_content(ls, beside, &ret->log, err);
    ret->db = (pl_database){.path = path,
                            .text = pl_buf_view(&ret->text),
                            .file = pl_pagefile_of_str(pl_buf_view(&ret->text)),
                            .log = pl_pagefile_of_str(pl_buf_view(&ret->log)),
                            .release = col->c->os.id};
    return rc;
}

struct span {
    pl_package *items;
    size_t n;
    bool *is_settled;
};

/* Packages that this older version lists too came with it or with one still lower. */
static void mark_older(const struct span *s, struct older *o, pl_str layer)
{
    if (o->n)
        qsort(o->keys, o->n, sizeof(*o->keys), compare);
    for (size_t i = 0; i < s->n; i++) {
        if (s->is_settled[i])
            continue;
        uint64_t key = key_of(&s->items[i], &o->text);
        s->is_settled[i] = !o->n || !bsearch(&key, o->keys, o->n, sizeof(key), compare);
        if (!s->is_settled[i])
            s->items[i].layer = layer;
    }
}

static void settle_layer(const pl_collect *col, size_t place, const pl_entry *e,
                         const pl_entry *beside, pl_database_parse parse, const struct span *s)
{
    pl_package_damage damage;
    struct opened file = {0};
    struct older o = {0};

    if (open_entry(col, PL_S(""), e, beside, &file, NULL) == PL_OK &&
        parse(&file.db, add_older, &o, &damage, NULL) == PL_OK)
        mark_older(s, &o, pl_collect_layer(col, place));
    free(o.keys);
    pl_buf_done(&o.text);
    close_opened(&file);
}

static pl_rc settle_layers(const pl_collect *col, const pl_file *file, const pl_file *beside,
                           pl_database_parse parse, struct span *s, pl_err *err)
{
    PL_AUTO_FREE bool *is_settled = calloc(s->n ? s->n : 1, sizeof(*is_settled));
    pl_str layer = pl_collect_layer(col, file->layer);

    if (!is_settled)
        return pl_fail(err, PL_NOMEM, "packages");
    s->is_settled = is_settled;
    for (size_t i = 0; i < s->n; i++)
        s->items[i].layer = layer;
    for (size_t place = file->layer; s->n && place-- > 0;) {
        const pl_entry *e = pl_tree_entry_in(col->t, place, file->node);
        if (e)
            settle_layer(col, place, e,
                         beside ? pl_tree_entry_in(col->t, place, beside->node) : NULL, parse, s);
    }
    return PL_OK;
}

/* ---- reading ---- */

pl_rc pl_collect_file(pl_collect *col, pl_str path, const pl_file *file, const pl_file *beside,
                      pl_database_parse parse, pl_err *err)
{
    pl_package_damage damage = {0};
    struct opened o = {0};
    size_t first = col->c->n;
    pl_err why = {0};

    col->db_path = pl_arena_str(col->a, path);
    if (!col->db_path.p)
        return pl_collect_no_room(err);
    pl_rc rc = file->e->type == PL_ENTRY_FILE
                   ? open_entry(col, path, file->e, beside ? beside->e : NULL, &o, &why)
                   : pl_fail(&why, PL_FORMAT, "no regular file");
    if (rc) {
        pl_collect_complain(col, path, rc, why.text);
        rc = PL_OK;
    } else {
        rc = pl_wrap(err, parse(&o.db, pl_collect_add, col, &damage, err), "%.*s", PL_F(path));
        pl_collect_damage(col, path, &damage);
    }
    close_opened(&o);
    struct span s = {.items = col->c->items + first, .n = col->c->n - first};
    return rc ? rc : settle_layers(col, file, beside, parse, &s, err);
}

/* Of one group only the first that is there is read: a converted database may leave the old one
 * behind. */
static const struct source {
    const char *path, *beside;
    pl_database_parse parse;
    int group;
} sources[] = {
    {"/var/lib/dpkg/status", NULL, parse_status, 0},
    {"/lib/apk/db/installed", NULL, parse_apk, 1},
    {"/usr/lib/apk/db/installed", NULL, parse_apk, 2},
    {"/usr/lib/opkg/status", NULL, parse_opkg, 3},
    {"/var/lib/opkg/status", NULL, parse_opkg, 4},
    {"/opt/var/opkg/status", NULL, parse_opkg, 5},
#define RPM_FOLDER(folder, group)                                                                  \
    {folder "rpmdb.sqlite", folder "rpmdb.sqlite-wal", parse_sqlite, group},                       \
        {folder "Packages.db", NULL, parse_ndb, group},                                            \
    {                                                                                              \
        folder "Packages", NULL, parse_bdb, group                                                  \
    }
    RPM_FOLDER("/var/lib/rpm/", 6),
    RPM_FOLDER("/usr/lib/sysimage/rpm/", 7),
    RPM_FOLDER("/usr/share/rpm/", 8),
#undef RPM_FOLDER
};

static bool is_among(uint32_t node, const uint32_t *nodes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (nodes[i] == node)
            return true;
    return false;
}

static pl_rc read_source(pl_collect *col, const struct source *s, const pl_file *file, pl_err *err)
{
    pl_file beside;
    bool has_log = s->beside && pl_tree_find(col->t, pl_str_c(s->beside), true, &beside);

    return pl_collect_file(col, pl_str_c(s->path), file, has_log ? &beside : NULL, s->parse, err);
}

pl_rc pl_collect_databases(pl_collect *col, pl_err *err)
{
    uint32_t seen[PL_COUNT(sources)]; /* the same file under two names is read once */
    size_t n = 0;
    int group = -1;
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < PL_COUNT(sources); i++) {
        pl_file file;
        if (group == sources[i].group ||
            !pl_tree_find(col->t, pl_str_c(sources[i].path), true, &file))
            continue;
        group = sources[i].group;
        if (is_among(file.node, seen, n))
            continue;
        seen[n++] = file.node;
        rc = read_source(col, &sources[i], &file, err);
    }
    return rc;
}
