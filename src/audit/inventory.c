/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory into state.db. */
#include "audit/inventory.h"

#include "core/hash.h"
#include "engine/fields.h"
#include "host/kinds.h"
#include "image/fields.h"

#include <string.h>

/* Statements of one run. */
typedef struct keeper {
    pl_state_db *d;
    const pl_inventory_run *run;
    sqlite3_stmt *known, *subject, *drop_layers, *drop_packages, *layer, *package, *container,
        *digest;
    pl_str host;
} keeper;

static const struct {
    size_t at;
    const char *sql;
} statements[] = {
    {offsetof(keeper, known), "SELECT is_complete, holds FROM subject WHERE key = ?"},
    {offsetof(keeper, subject),
     "INSERT OR REPLACE INTO subject(key, kind, name, class, seen_us, is_complete, steps, holds)"
     " VALUES(?, ?, ?, ?, ?, ?, ?, ?)"},
    {offsetof(keeper, drop_layers), "DELETE FROM layer WHERE subject = ?"},
    {offsetof(keeper, drop_packages), "DELETE FROM package WHERE subject = ?"},
    {offsetof(keeper, layer), "INSERT INTO layer(subject, position, diff_id, chain_id)"
                              " VALUES(?, ?, ?, ?)"},
    {offsetof(keeper, package),
     "INSERT INTO package(subject, type, name, version, source, source_version, ecosystem, purl,"
     " path, layer, owner, module, owned_by, confidence) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
     "?, ?, ?)"},
    {offsetof(keeper, container),
     "INSERT OR REPLACE INTO container(key, name, image, state, host, seen_us)"
     " VALUES(?, ?, ?, ?, ?, ?)"},
    {offsetof(keeper, digest), "INSERT OR IGNORE INTO digest(subject, digest) VALUES(?, ?)"},
};

static sqlite3_stmt **statement(keeper *k, size_t i)
{
    return (sqlite3_stmt **)(void *)((char *)k + statements[i].at);
}

static pl_str text_of(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);

    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

static pl_rc drop(keeper *k, sqlite3_stmt *s, pl_str key, pl_err *err)
{
    pl_state_db_bind(s, 1, key);
    return pl_state_db_step(k->d, s, "forget what an image held", err);
}

/* ---- what a subject holds ---- */

static pl_rc keep_layers(keeper *k, const pl_subject *s, pl_err *err)
{
    const pl_value *layers = pl_get(s->rec, PL_F_IMAGE_LAYERS);
    const pl_value *chains = pl_get(s->rec, PL_F_IMAGE_CHAIN_IDS);
    pl_rc rc = PL_OK;

    if (layers->state != PL_PRESENT || chains->state != PL_PRESENT || layers->n != chains->n)
        return PL_OK;
    for (size_t i = 0; !rc && i < layers->n; i++) {
        pl_state_db_bind(k->layer, 1, s->key);
        (void)sqlite3_bind_int64(k->layer, 2, (int64_t)i);
        pl_state_db_bind(k->layer, 3, text_of(layers->u.recs[i], PL_F_LAYER_DIFF_ID));
        pl_state_db_bind(k->layer, 4, chains->u.strs[i]);
        rc = pl_state_db_step(k->d, k->layer, "keep a layer", err);
    }
    return rc;
}

static pl_rc keep_digest(keeper *k, pl_str key, pl_str digest, pl_err *err)
{
    if (!digest.n)
        return PL_OK;
    pl_state_db_bind(k->digest, 1, key);
    pl_state_db_bind(k->digest, 2, digest);
    return pl_state_db_step(k->d, k->digest, "keep a digest", err);
}

/* By which registries know it; those of earlier readings stay true. */
static pl_rc keep_digests(keeper *k, const pl_subject *s, pl_err *err)
{
    const pl_value *names = pl_get(s->rec, PL_F_IMAGE_REPO_DIGESTS);
    pl_rc rc = keep_digest(k, s->key, text_of(s->rec, PL_F_IMAGE_DIGEST), err);

    for (size_t i = 0; !rc && names->state == PL_PRESENT && i < names->n; i++) {
        pl_str digest = names->u.strs[i], name;
        if (pl_str_cut(&digest, '@', &name))
            rc = keep_digest(k, s->key, digest, err);
    }
    return rc;
}

static int64_t steps_of(const pl_subject *s)
{
    if (s->rec->kind != &pl_image_kind)
        return 0;
    const pl_value *history = pl_get(s->rec, PL_F_IMAGE_HISTORY);
    return history->state == PL_PRESENT ? (int64_t)history->n : 0;
}

enum { PACKAGE_CELLS = 14 };

static void cells_of(const pl_scope_package *p, pl_str ret[PACKAGE_CELLS])
{
    const pl_str cells[PACKAGE_CELLS] = {
        p->subject->key,   p->type,      p->name,     p->version,   p->source,
        p->source_version, p->ecosystem, p->purl,     p->path,      p->layer,
        p->owner,          p->module,    p->owned_by, p->confidence};

    memcpy(ret, cells, sizeof(cells));
}

static pl_rc keep_package(keeper *k, const pl_scope_package *p, pl_err *err)
{
    pl_str cells[PACKAGE_CELLS];

    cells_of(p, cells);
    for (size_t i = 0; i < PL_COUNT(cells); i++)
        pl_state_db_bind(k->package, (int)i + 1, cells[i]);
    return pl_state_db_step(k->d, k->package, "keep a package", err);
}

static pl_rc keep_packages(keeper *k, const pl_subject *s, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < k->run->n_packages; i++)
        if (k->run->packages[i].subject == s)
            rc = keep_package(k, &k->run->packages[i], err);
    return rc;
}

/* Every layer was read, and the list of packages has no gap: an opaque program may hold anything.
 */
static bool is_complete(const pl_subject *s)
{
    if (s->rec->kind != &pl_image_kind)
        return pl_get(s->rec, PL_F_HOST_PACKAGES)->state == PL_PRESENT;
    const pl_value *v = pl_get(s->rec, PL_F_IMAGE_IS_COMPLETE);
    const pl_value *bill = pl_get(s->rec, PL_F_IMAGE_BILL_RECORDED);
    return v->state == PL_PRESENT && v->u.b && bill->state != PL_UNREADABLE;
}

/* ---- what is kept already ---- */

static void list_layers(const pl_subject *s, pl_buf *out)
{
    const pl_value *layers = pl_get(s->rec, PL_F_IMAGE_LAYERS);
    const pl_value *chains = pl_get(s->rec, PL_F_IMAGE_CHAIN_IDS);

    pl_buf_u64le(out, layers->state == PL_PRESENT ? layers->n : 0);
    for (size_t i = 0; layers->state == PL_PRESENT && i < layers->n; i++)
        pl_buf_lstr(out, text_of(layers->u.recs[i], PL_F_LAYER_DIFF_ID));
    for (size_t i = 0; chains->state == PL_PRESENT && i < chains->n; i++)
        pl_buf_lstr(out, chains->u.strs[i]);
}

/* A digest of all rows of layers and packages that a subject gets. */
static pl_rc holds_of(const keeper *k, const pl_subject *s, char ret[PL_SHA256_HEX], pl_err *err)
{
    PL_AUTO_BUF pl_buf rows = {0};
    pl_str cells[PACKAGE_CELLS];
    unsigned char sum[PL_SHA256];

    if (s->rec->kind == &pl_image_kind)
        list_layers(s, &rows);
    for (size_t i = 0; i < k->run->n_packages; i++) {
        if (k->run->packages[i].subject != s)
            continue;
        cells_of(&k->run->packages[i], cells);
        for (size_t c = 0; c < PL_COUNT(cells); c++)
            pl_buf_lstr(&rows, cells[c]);
    }
    if (!pl_buf_ok(&rows))
        return pl_fail(err, PL_NOMEM, "what %.*s holds", PL_F(s->name));
    pl_sha256_of(pl_buf_view(&rows), sum);
    pl_hex(sum, sizeof(sum), ret);
    return PL_OK;
}

typedef struct known {
    bool is_better; /* what was once read whole is not replaced by a part of it */
    bool is_same;   /* its rows of layers and packages are those that it would get */
} known;

static pl_rc look_up(keeper *k, const pl_subject *s, const char *holds, known *ret, pl_err *err)
{
    bool is_there = false;

    pl_state_db_bind(k->known, 1, s->key);
    pl_rc rc = pl_state_db_row(k->d, k->known, "look a subject up", &is_there, err);
    if (!rc && is_there) {
        const char *kept = (const char *)sqlite3_column_text(k->known, 1);
        ret->is_better = sqlite3_column_int(k->known, 0) > is_complete(s);
        ret->is_same = kept && strcmp(kept, holds) == 0;
    }
    (void)sqlite3_reset(k->known);
    return rc;
}

static pl_rc keep_row(keeper *k, const pl_subject *s, const char *holds, pl_err *err)
{
    pl_state_db_bind(k->subject, 1, s->key);
    pl_state_db_bind(k->subject, 2, s->kind);
    pl_state_db_bind(k->subject, 3, s->name);
    pl_state_db_bind(k->subject, 4, s->klass);
    (void)sqlite3_bind_int64(k->subject, 5, k->run->now_us);
    (void)sqlite3_bind_int(k->subject, 6, is_complete(s));
    (void)sqlite3_bind_int64(k->subject, 7, steps_of(s));
    pl_state_db_bind(k->subject, 8, pl_str_c(holds));
    return pl_state_db_step(k->d, k->subject, "keep a subject", err);
}

static pl_rc replace_rows(keeper *k, const pl_subject *s, pl_err *err)
{
    pl_rc rc = drop(k, k->drop_layers, s->key, err);

    if (!rc)
        rc = drop(k, k->drop_packages, s->key, err);
    if (!rc && s->rec->kind == &pl_image_kind)
        rc = keep_layers(k, s, err);
    return rc ? rc : keep_packages(k, s, err);
}

/* Replacing a thousand rows by themselves would cost more than all else that is kept of an image
 * that is scanned again. */
static pl_rc keep_subject(keeper *k, const pl_subject *s, pl_err *err)
{
    known was = {false};
    char holds[PL_SHA256_HEX];
    pl_rc rc = holds_of(k, s, holds, err);

    if (!rc)
        rc = look_up(k, s, holds, &was, err);
    if (rc || was.is_better)
        return rc;
    rc = keep_row(k, s, holds, err);
    if (!rc && !was.is_same)
        rc = replace_rows(k, s, err);
    return rc || s->rec->kind != &pl_image_kind ? rc : keep_digests(k, s, err);
}

/* ---- containers ---- */

static pl_rc keep_container(keeper *k, const pl_subject *s, pl_err *err)
{
    pl_state_db_bind(k->container, 1, s->key);
    pl_state_db_bind(k->container, 2, s->name);
    pl_state_db_bind(k->container, 3, text_of(s->rec, PL_F_CONTAINER_IMAGE_ID));
    pl_state_db_bind(k->container, 4, text_of(s->rec, PL_F_CONTAINER_STATE));
    pl_state_db_bind(k->container, 5, k->host);
    (void)sqlite3_bind_int64(k->container, 6, k->run->now_us);
    return pl_state_db_step(k->d, k->container, "keep a container", err);
}

static pl_rc forget_containers(keeper *k, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    pl_rc rc =
        pl_state_db_prepare(k->d, "DELETE FROM container WHERE host = ? AND seen_us < ?", &s, err);

    if (rc)
        return rc;
    pl_state_db_bind(s, 1, k->host);
    (void)sqlite3_bind_int64(s, 2, k->run->now_us);
    return pl_state_db_step(k->d, s, "forget containers that are gone", err);
}

static pl_rc keep_all(keeper *k, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; i < k->run->n_subjects; i++)
        if (k->run->subjects[i]->rec->kind == &pl_host_kind)
            k->host = k->run->subjects[i]->key;
    for (size_t i = 0; !rc && i < k->run->n_subjects; i++) {
        const pl_subject *s = k->run->subjects[i];
        if (s->rec->kind == &pl_kind_container)
            rc = keep_container(k, s, err);
        else if (s->rec->kind == &pl_image_kind || s->rec->kind == &pl_host_kind)
            rc = keep_subject(k, s, err);
    }
    return rc || !k->run->saw_containers ? rc : forget_containers(k, err);
}

pl_rc pl_inventory_keep(pl_state_db *d, const pl_inventory_run *run, pl_err *err)
{
    keeper k = {.d = d, .run = run};
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < PL_COUNT(statements); i++)
        rc = pl_state_db_prepare(d, statements[i].sql, statement(&k, i), err);
    if (!rc)
        rc = keep_all(&k, err);
    for (size_t i = 0; i < PL_COUNT(statements); i++)
        (void)sqlite3_finalize(*statement(&k, i));
    return rc;
}

/* ---- base images ---- */

pl_rc pl_inventory_add_base(pl_state_db *d, const pl_inventory_base *b, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    pl_rc rc = pl_state_db_prepare(d,
                                   "INSERT INTO base(chain_id, name, owner, layers, added_us)"
                                   " VALUES(?, ?, ?, ?, ?) ON CONFLICT(chain_id) DO UPDATE SET"
                                   " added_us = CASE WHEN name = excluded.name AND NOT EXISTS("
                                   "SELECT 1 FROM base AS b WHERE b.name = excluded.name"
                                   " AND b.added_us > base.added_us) THEN added_us"
                                   " ELSE excluded.added_us END, name = excluded.name,"
                                   " owner = excluded.owner, layers = excluded.layers",
                                   &s, err);

    if (rc)
        return rc;
    pl_state_db_bind(s, 1, b->chain_id);
    pl_state_db_bind(s, 2, b->name);
    pl_state_db_bind(s, 3, b->owner);
    (void)sqlite3_bind_int64(s, 4, (int64_t)b->n_layers);
    (void)sqlite3_bind_int64(s, 5, b->added_us);
    return pl_state_db_step(d, s, "add a base image", err);
}

pl_rc pl_inventory_remove_base(pl_state_db *d, pl_str name, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    bool found = false;
    pl_rc rc = pl_state_db_prepare(
        d, "DELETE FROM base WHERE name = ?1 OR chain_id = ?1 RETURNING chain_id", &s, err);

    if (rc)
        return rc;
    pl_state_db_bind(s, 1, name);
    rc = pl_state_db_row(d, s, "remove a base image", &found, err);
    while (!rc && found) {
        bool more = false;
        rc = pl_state_db_row(d, s, "remove a base image", &more, err);
        if (!more)
            return rc;
    }
    return rc ? rc
              : pl_fail(err, PL_NOTFOUND,
                        "base image %.*s: none of that name; plimsoll base list shows them",
                        PL_F(name));
}
