/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory out of state.db. */
#include "audit/inventory.h"

#include <stdlib.h>
#include <string.h>

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "the inventory does not fit the memory for one answer");
}

/* An array in the arena that grows by doubling. */
static void *grown(pl_arena *a, void *items, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return items;
    *room = *room ? *room * 2 : 64;
    void *more = pl_arena_calloc(a, *room, size);
    if (more && n)
        memcpy(more, items, n * size);
    return more;
}

static pl_rc read_subjects(pl_state_db *d, pl_arena *a, pl_inventory *v, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    size_t room = 0;
    bool more = true;
    pl_rc rc = pl_state_db_prepare(d,
                                   "SELECT key, kind, name, class, seen_us, is_complete,"
                                   " seen_us = (SELECT max(seen_us) FROM subject b WHERE b.class = "
                                   "a.class AND b.kind = a.kind), steps"
                                   " FROM subject a ORDER BY key",
                                   &s, err);

    while (!rc && !(rc = pl_state_db_row(d, s, "list subjects", &more, err)) && more) {
        v->subjects = grown(a, v->subjects, v->n_subjects, &room, sizeof(*v->subjects));
        if (!v->subjects)
            return no_room(err);
        v->subjects[v->n_subjects++] =
            (pl_inventory_subject){.key = pl_state_db_text(s, 0, a),
                                   .kind = pl_state_db_text(s, 1, a),
                                   .name = pl_state_db_text(s, 2, a),
                                   .klass = pl_state_db_text(s, 3, a),
                                   .seen_us = sqlite3_column_int64(s, 4),
                                   .is_complete = sqlite3_column_int(s, 5) != 0,
                                   .is_newest = sqlite3_column_int(s, 6) != 0,
                                   .n_steps = (size_t)sqlite3_column_int64(s, 7)};
    }
    return rc;
}

static pl_rc count_layers(pl_state_db *d, const pl_inventory_subject *x, sqlite3_stmt *s,
                          size_t *ret, pl_err *err)
{
    bool more;

    pl_state_db_bind(s, 1, x->key);
    pl_rc rc = pl_state_db_row(d, s, "count layers", &more, err);
    *ret = !rc && more ? (size_t)sqlite3_column_int64(s, 0) : 0;
    (void)sqlite3_reset(s);
    return rc;
}

static pl_rc read_layers_of(pl_state_db *d, sqlite3_stmt *s, pl_arena *a, pl_inventory_subject *x,
                            size_t n, pl_err *err)
{
    bool more = true;
    pl_rc rc = PL_OK;

    x->diff_ids = pl_arena_calloc(a, n + 1, sizeof(pl_str));
    x->chain_ids = pl_arena_calloc(a, n + 1, sizeof(pl_str));
    if (!x->diff_ids || !x->chain_ids)
        return no_room(err);
    pl_state_db_bind(s, 1, x->key);
    while (!(rc = pl_state_db_row(d, s, "list layers", &more, err)) && more && x->n_layers < n) {
        x->diff_ids[x->n_layers] = pl_state_db_text(s, 0, a);
        x->chain_ids[x->n_layers++] = pl_state_db_text(s, 1, a);
    }
    (void)sqlite3_reset(s);
    return rc;
}

static pl_rc read_layers(pl_state_db *d, pl_arena *a, pl_inventory *v, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *count = NULL, *list = NULL;
    size_t n = 0;
    pl_rc rc = pl_state_db_prepare(d, "SELECT count(*) FROM layer WHERE subject = ?", &count, err);

    if (!rc)
        rc = pl_state_db_prepare(
            d, "SELECT diff_id, chain_id FROM layer WHERE subject = ? ORDER BY position", &list,
            err);
    for (size_t i = 0; !rc && i < v->n_subjects; i++) {
        rc = count_layers(d, &v->subjects[i], count, &n, err);
        if (!rc)
            rc = read_layers_of(d, list, a, &v->subjects[i], n, err);
    }
    return rc;
}

static pl_rc read_digests_of(pl_state_db *d, sqlite3_stmt *s, pl_arena *a, pl_inventory_subject *x,
                             pl_err *err)
{
    size_t room = 0;
    bool more = true;
    pl_rc rc = PL_OK;

    pl_state_db_bind(s, 1, x->key);
    while (!(rc = pl_state_db_row(d, s, "list digests", &more, err)) && more) {
        x->digests = grown(a, x->digests, x->n_digests, &room, sizeof(*x->digests));
        if (!x->digests)
            return no_room(err);
        x->digests[x->n_digests++] = pl_state_db_text(s, 0, a);
    }
    (void)sqlite3_reset(s);
    return rc;
}

static pl_rc read_digests(pl_state_db *d, pl_arena *a, pl_inventory *v, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    pl_rc rc = pl_state_db_prepare(d, "SELECT digest FROM digest WHERE subject = ? ORDER BY digest",
                                   &s, err);

    for (size_t i = 0; !rc && i < v->n_subjects; i++)
        rc = read_digests_of(d, s, a, &v->subjects[i], err);
    return rc;
}

static pl_rc read_containers(pl_state_db *d, pl_arena *a, pl_inventory *v, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    size_t room = 0;
    bool more = true;
    pl_rc rc = pl_state_db_prepare(
        d, "SELECT key, name, image, state, host, seen_us FROM container ORDER BY name, key", &s,
        err);

    while (!rc && !(rc = pl_state_db_row(d, s, "list containers", &more, err)) && more) {
        v->containers = grown(a, v->containers, v->n_containers, &room, sizeof(*v->containers));
        if (!v->containers)
            return no_room(err);
        v->containers[v->n_containers++] =
            (pl_inventory_container){.key = pl_state_db_text(s, 0, a),
                                     .name = pl_state_db_text(s, 1, a),
                                     .image = pl_state_db_text(s, 2, a),
                                     .state = pl_state_db_text(s, 3, a),
                                     .host = pl_state_db_text(s, 4, a),
                                     .seen_us = sqlite3_column_int64(s, 5)};
    }
    return rc;
}

static pl_rc read_bases(pl_state_db *d, pl_arena *a, pl_inventory *v, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    size_t room = 0;
    bool more = true;
    pl_rc rc = pl_state_db_prepare(
        d, "SELECT chain_id, name, owner, layers, added_us FROM base ORDER BY layers DESC, name",
        &s, err);

    while (!rc && !(rc = pl_state_db_row(d, s, "list base images", &more, err)) && more) {
        v->bases = grown(a, v->bases, v->n_bases, &room, sizeof(*v->bases));
        if (!v->bases)
            return no_room(err);
        v->bases[v->n_bases++] = (pl_inventory_base){.chain_id = pl_state_db_text(s, 0, a),
                                                     .name = pl_state_db_text(s, 1, a),
                                                     .owner = pl_state_db_text(s, 2, a),
                                                     .n_layers = (size_t)sqlite3_column_int64(s, 3),
                                                     .added_us = sqlite3_column_int64(s, 4)};
    }
    return rc;
}

pl_rc pl_inventory_read(pl_state_db *d, pl_arena *a, pl_inventory *ret, pl_err *err)
{
    *ret = (pl_inventory){0};
    pl_rc rc = read_subjects(d, a, ret, err);

    if (!rc)
        rc = read_layers(d, a, ret, err);
    if (!rc)
        rc = read_digests(d, a, ret, err);
    if (!rc)
        rc = read_containers(d, a, ret, err);
    return rc ? rc : read_bases(d, a, ret, err);
}

static int by_key(const void *pa, const void *pb)
{
    const pl_inventory_subject *a = pa, *b = pb;

    return pl_str_cmp(a->key, b->key);
}

const pl_inventory_subject *pl_inventory_find(const pl_inventory *v, pl_str key)
{
    const pl_inventory_subject want = {.key = key};

    return v->n_subjects ? bsearch(&want, v->subjects, v->n_subjects, sizeof(*v->subjects), by_key)
                         : NULL;
}

const pl_inventory_base *pl_inventory_base_of(const pl_inventory *v, const pl_str *chain_ids,
                                              size_t n)
{
    for (size_t i = 0; i < v->n_bases; i++)
        for (size_t k = n; k-- > 0;)
            if (pl_str_eq(v->bases[i].chain_id, chain_ids[k]))
                return &v->bases[i];
    return NULL;
}

static bool has_just_its_layers(const pl_inventory_subject *s, const pl_inventory_base *b)
{
    return s->n_layers && s->n_layers == b->n_layers &&
           pl_str_eq(s->chain_ids[s->n_layers - 1], b->chain_id);
}

static bool has_digest(const pl_inventory_subject *s, pl_str digest)
{
    for (size_t i = 0; i < s->n_digests; i++)
        if (pl_str_eq(s->digests[i], digest))
            return true;
    return false;
}

size_t pl_inventory_base_steps(const pl_inventory *v, const pl_inventory_base *b)
{
    size_t fewest = 0;

    for (size_t i = 0; i < v->n_subjects; i++) {
        const pl_inventory_subject *s = &v->subjects[i];
        if (s->n_steps && has_just_its_layers(s, b) && (!fewest || s->n_steps < fewest))
            fewest = s->n_steps;
    }
    return fewest;
}

bool pl_inventory_base_is(const pl_inventory *v, const pl_inventory_base *b, pl_str digest)
{
    for (size_t i = 0; i < v->n_subjects; i++)
        if (has_just_its_layers(&v->subjects[i], b) && has_digest(&v->subjects[i], digest))
            return true;
    return false;
}

const pl_inventory_base *pl_inventory_base_by_digest(const pl_inventory *v, pl_str digest)
{
    for (size_t i = 0; i < v->n_bases; i++)
        if (pl_inventory_base_is(v, &v->bases[i], digest))
            return &v->bases[i];
    return NULL;
}

/* ---- packages ---- */

#define PACKAGE_COLUMNS                                                                            \
    "type, name, version, source, source_version, ecosystem, purl, module, confidence"

static pl_scope_package package_of(sqlite3_stmt *s, pl_arena *a)
{
    return (pl_scope_package){.type = pl_state_db_text(s, 0, a),
                              .name = pl_state_db_text(s, 1, a),
                              .version = pl_state_db_text(s, 2, a),
                              .source = pl_state_db_text(s, 3, a),
                              .source_version = pl_state_db_text(s, 4, a),
                              .ecosystem = pl_state_db_text(s, 5, a),
                              .purl = pl_state_db_text(s, 6, a),
                              .module = pl_state_db_text(s, 7, a),
                              .confidence = pl_state_db_text(s, 8, a)};
}

pl_rc pl_inventory_packages(pl_state_db *d, pl_str name, pl_arena *a, pl_scope_package **ret,
                            size_t *ret_n, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    size_t room = 0;
    bool more = true;
    pl_rc rc = pl_state_db_prepare(d,
                                   "SELECT DISTINCT " PACKAGE_COLUMNS " FROM package"
                                   " WHERE ?1 = '' OR name = ?1 COLLATE NOCASE OR source = ?1"
                                   " OR (type = 'maven' AND substr(name, -length(?1) - 1) ="
                                   " ':' || ?1)"
                                   " ORDER BY ecosystem, name, version, purl",
                                   &s, err);

    *ret = NULL;
    *ret_n = 0;
    if (!rc)
        pl_state_db_bind(s, 1, name);
    while (!rc && !(rc = pl_state_db_row(d, s, "list packages", &more, err)) && more) {
        *ret = grown(a, *ret, *ret_n, &room, sizeof(**ret));
        if (!*ret)
            return no_room(err);
        (*ret)[(*ret_n)++] = package_of(s, a);
    }
    return rc;
}

pl_rc pl_inventory_where(pl_state_db *d, const pl_scope_package *what, pl_arena *a,
                         pl_inventory_place each, void *arg, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    bool more = true;
    pl_rc rc = pl_state_db_prepare(d,
                                   "SELECT " PACKAGE_COLUMNS ", path, layer, owner, subject,"
                                   " owned_by"
                                   " FROM package WHERE name = ? AND version = ? AND purl = ?"
                                   " AND ecosystem = ? AND confidence = ? ORDER BY subject, path",
                                   &s, err);

    if (rc)
        return rc;
    pl_state_db_bind(s, 1, what->name);
    pl_state_db_bind(s, 2, what->version);
    pl_state_db_bind(s, 3, what->purl);
    pl_state_db_bind(s, 4, what->ecosystem);
    pl_state_db_bind(s, 5, what->confidence);
    while (!(rc = pl_state_db_row(d, s, "find a package", &more, err)) && more) {
        pl_scope_package p = package_of(s, a);
        p.path = pl_state_db_text(s, 9, a);
        p.layer = pl_state_db_text(s, 10, a);
        p.owner = pl_state_db_text(s, 11, a);
        p.owned_by = pl_state_db_text(s, 13, a);
        if ((rc = each(pl_state_db_text(s, 12, a), &p, arg, err)))
            break;
    }
    return rc;
}

pl_rc pl_inventory_systems(pl_state_db *d, const pl_inventory *v, bool *ret, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    bool more = true;
    pl_rc rc = pl_state_db_prepare(d,
                                   "SELECT DISTINCT subject FROM package WHERE ecosystem != ''"
                                   " AND type IN ('deb', 'rpm', 'apk', 'opkg', 'alpm', 'ebuild')",
                                   &s, err);

    while (!rc && !(rc = pl_state_db_row(d, s, "look for systems", &more, err)) && more) {
        const pl_str key = {(const char *)sqlite3_column_text(s, 0),
                            (size_t)sqlite3_column_bytes(s, 0)};
        const pl_inventory_subject *found = pl_inventory_find(v, key);
        if (found)
            ret[found - v->subjects] = true;
    }
    return rc;
}
