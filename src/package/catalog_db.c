/* SPDX-License-Identifier: Apache-2.0 */
/* Databases that list all packages of a manager, and the layers that their packages came with. */
#include "package/apk.h"
#include "package/catalog_priv.h"
#include "package/chisel.h"
#include "package/dpkg.h"
#include "package/limits.h"
#include "package/opkg.h"
#include "package/rpm.h"
#include "package/rpm_sources.h"
#include "package/snap.h"

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

static pl_rc parse_chisel(const pl_database *db, pl_package_each each, void *arg,
                          pl_package_damage *damage, pl_err *err)
{
    return pl_chisel_parse(db->text, each, arg, damage, err);
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

static pl_rc parse_status_d(const pl_database *db, pl_package_each each, void *arg,
                            pl_package_damage *damage, pl_err *err)
{
    return pl_dpkg_parse(db->text, false, each, arg, damage, err);
}

static pl_rc parse_snap(const pl_database *db, pl_package_each each, void *arg,
                        pl_package_damage *damage, pl_err *err)
{
    return pl_snap_parse(db->text, each, arg, damage, err);
}

typedef pl_rc (*parser)(const pl_database *db, pl_package_each each, void *arg,
                        pl_package_damage *ret_damage, pl_err *err);

static const parser parsers[] = {
    [PL_DATABASE_DPKG] = parse_status,       [PL_DATABASE_APK] = parse_apk,
    [PL_DATABASE_OPKG] = parse_opkg,         [PL_DATABASE_CHISEL] = parse_chisel,
    [PL_DATABASE_STATUS_D] = parse_status_d, [PL_DATABASE_SNAP] = parse_snap,
    [PL_DATABASE_RPM_SQLITE] = parse_sqlite, [PL_DATABASE_RPM_NDB] = parse_ndb,
    [PL_DATABASE_RPM_BDB] = parse_bdb,
};

pl_rc pl_collect_parse(pl_database_kind kind, const pl_database *db, pl_package_each each,
                       void *arg, pl_package_damage *ret_damage, pl_err *err)
{
    return parsers[kind](db, each, arg, ret_damage, err);
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

static void settle_layer(const pl_collect *col, pl_database_kind kind, size_t place,
                         const pl_entry *e, const pl_entry *beside, const struct span *s)
{
    pl_package_damage damage;
    pl_database db;
    struct older o = {0};

    if (pl_database_open(kind, pl_tree_set(col->t), e, beside, &db, NULL) == PL_OK &&
        parsers[kind](&db, add_older, &o, &damage, NULL) == PL_OK)
        mark_older(s, &o, pl_collect_layer(col, place));
    free(o.keys);
    pl_buf_done(&o.text);
    pl_database_close(&db);
}

/* A lower layer may have a log that an upper one deleted after it had put it into the database. */
static uint32_t log_of(const pl_collect *col, pl_database_kind kind, uint32_t database)
{
    const pl_paths *paths = pl_layers_paths(pl_tree_set(col->t));

    return kind == PL_DATABASE_RPM_SQLITE
               ? pl_paths_find(paths, pl_paths_parent(paths, database), PL_S("rpmdb.sqlite-wal"))
               : PL_PATH_NONE;
}

static pl_rc settle_layers(const pl_collect *col, pl_database_kind kind, const pl_file *file,
                           struct span *s, pl_err *err)
{
    PL_AUTO_FREE bool *is_settled = calloc(s->n ? s->n : 1, sizeof(*is_settled));
    pl_str layer = pl_collect_layer(col, file->layer);
    uint32_t log = log_of(col, kind, file->node);

    if (!is_settled)
        return pl_fail(err, PL_NOMEM, "packages");
    s->is_settled = is_settled;
    for (size_t i = 0; i < s->n; i++)
        s->items[i].layer = layer;
    for (size_t place = file->layer; s->n && place-- > 0;) {
        const pl_entry *e = pl_tree_entry_in(col->t, place, file->node);
        if (e)
            settle_layer(col, kind, place, e,
                         log == PL_PATH_NONE ? NULL : pl_tree_entry_in(col->t, place, log), s);
    }
    return PL_OK;
}

/* ---- reading ---- */

pl_rc pl_collect_file(pl_collect *col, pl_database_kind kind, pl_str path, const pl_file *file,
                      const pl_file *beside, pl_err *err)
{
    pl_package_damage damage = {0};
    pl_database db;
    size_t first = col->c->n;
    pl_err why = {0};

    col->db_path = pl_arena_str(col->a, path);
    if (!col->db_path.p)
        return pl_collect_no_room(err);
    pl_rc rc =
        pl_database_open(kind, pl_tree_set(col->t), file->e, beside ? beside->e : NULL, &db, &why);
    if (!rc) {
        rc = parsers[kind](&db, pl_collect_add, col, &damage, &why);
        pl_collect_damage(col, path, &damage);
    }
    pl_database_close(&db);
    if (rc == PL_NOMEM)
        return pl_fail(err, rc, "%.*s: %s", PL_F(path), why.text);
    if (rc == PL_NOTFOUND)
        pl_collect_complain(col, path, PL_UNSUPPORTED,
                            "is a link to a file of another name, which was not kept");
    else if (rc)
        pl_collect_complain(col, path, rc, why.text);
    if (col->c->n == first) {
        if (!rc && !damage.nameless)
            pl_collect_emptied(col, path, file);
        return PL_OK;
    }
    struct span s = {.items = col->c->items + first, .n = col->c->n - first};
    bool is_rpm = pl_str_eq(s.items[0].type, PL_S("rpm"));
    rc = is_rpm ? pl_rpm_settle_sources(s.items, s.n, err) : PL_OK;
    return rc ? rc : settle_layers(col, kind, file, &s, err);
}

pl_rc pl_collect_databases(pl_collect *col, pl_err *err)
{
    pl_database_place places[PL_DATABASES_MAX];
    size_t n = pl_databases_find(col->t, places);
    pl_rc rc = PL_OK;

    pl_collect_lost(col, places, n);
    for (size_t i = 0; !rc && i < n; i++)
        rc = pl_collect_file(col, places[i].kind, places[i].path, &places[i].file,
                             places[i].has_beside ? &places[i].beside : NULL, err);
    return rc;
}

pl_rc pl_catalog_add_source(pl_catalog *c, pl_arena *a, const pl_database_source *from,
                            pl_str bytes, pl_str beside, pl_package_damage *ret_damage, pl_err *err)
{
    pl_collect col = {.c = c, .a = a, .db_path = pl_str_c(from->path)};
    const pl_database db = {
        .text = bytes, .file = pl_pagefile_of_str(bytes), .log = pl_pagefile_of_str(beside)};
    size_t first = c->n;
    pl_rc rc = parsers[from->kind](&db, pl_collect_add, &col, ret_damage, err);

    if (!rc && c->n > first && pl_str_eq(c->items[first].type, PL_S("rpm")))
        rc = pl_rpm_settle_sources(c->items + first, c->n - first, err);
    return rc;
}
