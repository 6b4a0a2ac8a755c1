/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/layer_cache.h"

#include "core/buf.h"
#include "ledger/state.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <sqlite3.h>

enum { BUSY_MS = 5000, SCHEMA_VERSION = 3, PATH_ROOM = 64, KEY = PL_SHA256 };

static const int64_t used_step_us = INT64_C(3600) * 1000000; /* uses are noted to the hour */

struct pl_layer_cache {
    pl_layer_cache_options o;
    int dir_fd;
    sqlite3 *db;
    pthread_mutex_t lock;
};

static inline void auto_statement_(sqlite3_stmt **s)
{
    (void)sqlite3_finalize(*s);
}
#define AUTO_STATEMENT PL_CLEANUP(auto_statement_)

/* ---- errors ---- */

static pl_rc failed(const pl_layer_cache *c, const char *what, pl_err *err)
{
    int code = sqlite3_errcode(c->db) & 0xff;
    const char *text = sqlite3_errmsg(c->db);

    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return pl_fail(err, PL_TIMEOUT, "cache/layers.db: %s: another program holds it", what);
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        return pl_fail(err, PL_FORMAT, "cache/layers.db: %s: %s", what, text);
    if (code == SQLITE_FULL)
        return pl_fail_sys(err, ENOSPC, "cache/layers.db: %s", what);
    return pl_fail(err, PL_SYS, "cache/layers.db: %s: %s", what, text);
}

static void tell(const pl_layer_cache *c, const char *text)
{
    if (c->o.tell)
        c->o.tell(c->o.arg, text);
}

static pl_rc execute(pl_layer_cache *c, const char *sql, pl_err *err)
{
    return sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK ? PL_OK : failed(c, sql, err);
}

static pl_rc prepare(pl_layer_cache *c, const char *sql, sqlite3_stmt **ret, pl_err *err)
{
    return sqlite3_prepare_v2(c->db, sql, -1, ret, NULL) == SQLITE_OK ? PL_OK : failed(c, sql, err);
}

/* The first column of the first row, 0 without one. */
static pl_rc number(pl_layer_cache *c, const char *sql, int64_t *ret, pl_err *err)
{
    AUTO_STATEMENT sqlite3_stmt *s = NULL;
    pl_rc rc = prepare(c, sql, &s, err);

    if (rc)
        return rc;
    int code = sqlite3_step(s);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return failed(c, sql, err);
    *ret = code == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
    return PL_OK;
}

/* ---- the file ---- */

/* The large column comes last, so that the others are read without it. What older
 * versions kept is wiped: version 1 did not seal it. */
static const char schema[] =
    "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA secure_delete = ON; BEGIN IMMEDIATE;"
    "DROP TABLE IF EXISTS layer;"
    "CREATE TABLE IF NOT EXISTS layer("
    " key BLOB PRIMARY KEY, used_us INTEGER NOT NULL, size INTEGER NOT NULL,"
    " diff_id BLOB NOT NULL, blob BLOB NOT NULL, blob_bytes INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, packed BLOB NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS layer_used ON layer(used_us, size);"
    "PRAGMA user_version = 3; COMMIT; PRAGMA secure_delete = OFF;"
    "PRAGMA wal_checkpoint(TRUNCATE)";

/* Without syncs: what a power failure leaves damaged is made anew, and no row is believed that its
 * seal does not prove. */
static pl_rc set_up(pl_layer_cache *c, pl_err *err)
{
    int64_t version = 0;
    pl_rc rc = execute(
        c, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA trusted_schema = OFF", err);

    if (!rc)
        rc = number(c, "PRAGMA user_version", &version, err);
    if (!rc && version > SCHEMA_VERSION)
        return pl_fail(err, PL_UNSUPPORTED,
                       "cache/layers.db has schema %lld, this program knows %d: use a newer "
                       "plimsoll, or remove the file",
                       (long long)version, SCHEMA_VERSION);
    if (rc || version == SCHEMA_VERSION)
        return rc;
    rc = execute(c, schema, err);
    if (rc)
        (void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

/* SQLite's own way to empty a file in which nothing may be right, with other programs at it. */
static pl_rc make_anew(pl_layer_cache *c, pl_err *err)
{
    if (sqlite3_db_config(c->db, SQLITE_DBCONFIG_RESET_DATABASE, 1, 0) != SQLITE_OK)
        return failed(c, "empty", err);
    int code = sqlite3_exec(c->db, "VACUUM", NULL, NULL, NULL);
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_RESET_DATABASE, 0, 0);
    return code == SQLITE_OK ? set_up(c, err) : failed(c, "empty", err);
}

static pl_rc mend(pl_layer_cache *c, pl_rc rc, pl_err *err)
{
    if (rc != PL_FORMAT)
        return rc;
    tell(c, "layer cache: the file is damaged and is made anew");
    return make_anew(c, err);
}

static pl_rc own(int fd, int state_fd, const char *name, pl_err *err)
{
    uid_t uid = 0;
    gid_t gid = 0;
    struct stat st;
    pl_rc rc = pl_state_owner(state_fd, &uid, &gid, err);

    if (rc)
        return rc;
    if (fstat(fd, &st) < 0)
        return pl_fail_sys(err, errno, "%s", name);
    if (geteuid() == 0 && st.st_uid != uid && fchown(fd, uid, gid) < 0)
        return pl_fail_sys(err, errno, "%s: chown", name);
    if (S_ISREG(st.st_mode) && st.st_nlink != 1)
        return pl_fail(err, PL_DENIED, "%s: has other names", name);
    return PL_OK;
}

static pl_rc open_folder(pl_layer_cache *c, bool make, pl_err *err)
{
    if (make && mkdirat(c->o.state_fd, "cache", 0700) < 0 && errno != EEXIST)
        return pl_fail_sys(err, errno, "cache");
    c->dir_fd = openat(c->o.state_fd, "cache", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (c->dir_fd < 0 && errno == ENOENT)
        return pl_fail(err, PL_NOTFOUND, "no layer was kept yet");
    return c->dir_fd < 0 ? pl_fail_sys(err, errno, "cache")
                         : own(c->dir_fd, c->o.state_fd, "cache", err);
}

/* SQLite makes -wal and -shm like the file itself, so it is enough to make that right first. */
static pl_rc make_file(pl_layer_cache *c, bool make, pl_err *err)
{
    int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | (make ? O_CREAT : 0);
    PL_AUTO_FD int fd = openat(c->dir_fd, "layers.db", flags, 0600);
    struct stat st;

    if (fd < 0 && errno == ENOENT)
        return pl_fail(err, PL_NOTFOUND, "no layer was kept yet");
    if (fd < 0 || fstat(fd, &st) < 0)
        return pl_fail_sys(err, errno, "cache/layers.db");
    if (!S_ISREG(st.st_mode))
        return pl_fail(err, PL_DENIED, "cache/layers.db: not a regular file");
    return own(fd, c->o.state_fd, "cache/layers.db", err);
}

static pl_rc open_db(pl_layer_cache *c, pl_err *err)
{
    char path[PATH_ROOM];

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d/layers.db", c->dir_fd);
    if (sqlite3_open_v2(path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL) !=
        SQLITE_OK)
        return failed(c, "open", err);
    (void)sqlite3_busy_timeout(c->db, BUSY_MS);
    /* One program at a time makes the file: changing to WAL does not wait for others. */
    (void)flock(c->dir_fd, LOCK_EX);
    pl_rc rc = mend(c, set_up(c, err), err);
    (void)flock(c->dir_fd, LOCK_UN);
    return rc;
}

pl_rc pl_layer_cache_open(const pl_layer_cache_options *o, bool make, pl_layer_cache **ret,
                          pl_err *err)
{
    PL_AUTO_LAYER_CACHE pl_layer_cache *c = calloc(1, sizeof(*c));

    if (!c)
        return pl_fail(err, PL_NOMEM, "layer cache");
    *c = (pl_layer_cache){.o = *o, .dir_fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};
    pl_rc rc = pl_state_enter(o->state_fd, err);
    if (!rc)
        rc = open_folder(c, make, err);
    if (!rc)
        rc = make_file(c, make, err);
    if (!rc)
        rc = open_db(c, err);
    pl_state_leave();
    if (rc)
        return rc;
    *ret = PL_TAKE(c, NULL);
    return PL_OK;
}

void pl_layer_cache_close(pl_layer_cache *c)
{
    if (!c)
        return;
    (void)sqlite3_close(c->db);
    explicit_bzero(c->o.key, sizeof(c->o.key));
    if (c->dir_fd >= 0)
        (void)close(c->dir_fd);
    free(c);
}

/* ---- one layer ---- */

static void make_key(const pl_layer_cache_store *s, const unsigned char diff_id[PL_SHA256],
                     unsigned char ret[KEY])
{
    unsigned char both[PL_SHA256 + PL_FINGERPRINT];

    memcpy(both, diff_id, PL_SHA256);
    memcpy(both + PL_SHA256, s->fingerprint, PL_FINGERPRINT);
    pl_sha256_of((pl_str){(char *)both, sizeof(both)}, ret);
}

/* All that is believed of a row beside what is sealed: the seal does not open with others. */
struct bound {
    unsigned char key[KEY], diff_id[PL_SHA256], blob[PL_SHA256];
    uint64_t blob_bytes, bytes;
};
_Static_assert(sizeof(struct bound) == KEY + 2 * PL_SHA256 + 16, "no byte of it is left unset");

static struct bound bind_to(const unsigned char key[KEY], const pl_layer_facts *f)
{
    struct bound b = {.blob_bytes = f->blob_bytes, .bytes = f->bytes};

    memcpy(b.key, key, KEY);
    memcpy(b.diff_id, f->diff_id, PL_SHA256);
    memcpy(b.blob, f->blob, PL_SHA256);
    return b;
}

static bool take_digest(sqlite3_stmt *s, int column, unsigned char ret[PL_SHA256])
{
    const void *p = sqlite3_column_blob(s, column);

    if (!p || sqlite3_column_bytes(s, column) != PL_SHA256)
        return false;
    memcpy(ret, p, PL_SHA256);
    return true;
}

static bool take_row(const pl_layer_cache *c, sqlite3_stmt *s, const unsigned char key[KEY],
                     pl_layer_frames *ret)
{
    const void *p = sqlite3_column_blob(s, 5);
    pl_str sealed = {p, (size_t)sqlite3_column_bytes(s, 5)};
    pl_layer_facts f = {.blob_bytes = (uint64_t)sqlite3_column_int64(s, 3),
                        .bytes = (uint64_t)sqlite3_column_int64(s, 4)};

    if (!p || !take_digest(s, 1, f.diff_id) || !take_digest(s, 2, f.blob))
        return false;
    const struct bound b = bind_to(key, &f);
    if (pl_unseal(c->o.key, (pl_str){(const char *)&b, sizeof(b)}, sealed, &ret->packed, NULL))
        return false;
    ret->facts = f;
    ret->is_whole = ret->has_end = true;
    return true;
}

static pl_rc change(pl_layer_cache *c, const char *sql, const unsigned char key[KEY], int64_t v,
                    pl_err *err)
{
    AUTO_STATEMENT sqlite3_stmt *s = NULL;
    pl_rc rc = prepare(c, sql, &s, err);

    if (rc)
        return rc;
    (void)sqlite3_bind_blob(s, 1, key, KEY, SQLITE_STATIC);
    if (v)
        (void)sqlite3_bind_int64(s, 2, v);
    return sqlite3_step(s) == SQLITE_DONE ? PL_OK : failed(c, sql, err);
}

static pl_rc look_up(pl_layer_cache *c, const unsigned char key[KEY], pl_layer_frames *ret,
                     bool *ret_found, pl_err *err)
{
    AUTO_STATEMENT sqlite3_stmt *s = NULL;
    int64_t now = pl_now_us(c->o.clock);
    pl_rc rc = prepare(c,
                       "SELECT used_us, diff_id, blob, blob_bytes, bytes, packed "
                       "FROM layer WHERE key = ?1",
                       &s, err);

    *ret_found = false;
    if (rc)
        return rc;
    (void)sqlite3_bind_blob(s, 1, key, KEY, SQLITE_STATIC);
    int code = sqlite3_step(s);
    if (code == SQLITE_DONE)
        return PL_OK;
    if (code != SQLITE_ROW)
        return failed(c, "look up", err);
    int64_t used = sqlite3_column_int64(s, 0);
    *ret_found = take_row(c, s, key, ret);
    (void)sqlite3_reset(s);
    if (!*ret_found) {
        pl_buf_done(&ret->packed);
        tell(c, "layer cache: a damaged entry is thrown away");
        return change(c, "DELETE FROM layer WHERE key = ?1", key, 0, err);
    }
    if (now - used < used_step_us && used <= now)
        return PL_OK;
    return change(c, "UPDATE layer SET used_us = ?2 WHERE key = ?1", key, now, NULL), PL_OK;
}

static void give_up(pl_layer_cache *c, pl_rc rc, pl_err *err)
{
    char line[PL_ERR_TEXT + 32];

    if (rc && mend(c, rc, err)) {
        (void)snprintf(line, sizeof(line), "layer cache: %s", err->text);
        tell(c, line);
    }
}

static bool get(void *arg, const unsigned char diff_id[PL_SHA256], pl_layer_frames *ret)
{
    const pl_layer_cache_store *s = arg;
    unsigned char key[KEY];
    bool is_found = false;
    pl_err err = {0};

    make_key(s, diff_id, key);
    (void)pthread_mutex_lock(&s->cache->lock);
    give_up(s->cache, look_up(s->cache, key, ret, &is_found, &err), &err);
    (void)pthread_mutex_unlock(&s->cache->lock);
    return is_found;
}

/* ---- keeping ---- */

static pl_rc total(pl_layer_cache *c, int64_t *ret, pl_err *err)
{
    return number(c, "SELECT COALESCE(SUM(size), 0) FROM layer INDEXED BY layer_used", ret, err);
}

/* In a transaction. */
static pl_rc shrink(pl_layer_cache *c, uint64_t max, pl_err *err)
{
    int64_t bytes = 0;
    pl_rc rc = total(c, &bytes, err);

    while (!rc && bytes > 0 && (uint64_t)bytes > max) {
        rc = execute(c,
                     "DELETE FROM layer WHERE key IN "
                     "(SELECT key FROM layer ORDER BY used_us LIMIT 1)",
                     err);
        if (!rc)
            rc = total(c, &bytes, err);
    }
    return rc;
}

static pl_rc insert(pl_layer_cache *c, const unsigned char key[KEY], const pl_layer_frames *l,
                    pl_err *err)
{
    static const char sql[] = "INSERT OR REPLACE INTO layer(key, used_us, size, diff_id, blob, "
                              "blob_bytes, bytes, packed) VALUES(?,?,?,?,?,?,?,?)";
    AUTO_STATEMENT sqlite3_stmt *s = NULL;
    const pl_layer_facts *f = &l->facts;
    PL_AUTO_BUF pl_buf sealed = {0};
    const struct bound b = bind_to(key, f);
    pl_rc rc = pl_seal(c->o.key, (pl_str){(const char *)&b, sizeof(b)}, pl_buf_view(&l->packed),
                       &sealed, err);

    if (!rc)
        rc = prepare(c, sql, &s, err);
    if (rc)
        return rc;
    (void)sqlite3_bind_blob(s, 1, key, KEY, SQLITE_STATIC);
    (void)sqlite3_bind_int64(s, 2, pl_now_us(c->o.clock));
    (void)sqlite3_bind_int64(s, 3, (int64_t)l->packed.n);
    (void)sqlite3_bind_blob(s, 4, f->diff_id, PL_SHA256, SQLITE_STATIC);
    (void)sqlite3_bind_blob(s, 5, f->blob, PL_SHA256, SQLITE_STATIC);
    (void)sqlite3_bind_int64(s, 6, (int64_t)f->blob_bytes);
    (void)sqlite3_bind_int64(s, 7, (int64_t)f->bytes);
    (void)sqlite3_bind_blob64(s, 8, sealed.p, sealed.n, SQLITE_STATIC);
    return sqlite3_step(s) == SQLITE_DONE ? PL_OK : failed(c, "keep a layer", err);
}

static pl_rc keep(pl_layer_cache *c, const unsigned char key[KEY], const pl_layer_frames *l,
                  pl_err *err)
{
    if (l->packed.n > c->o.max_bytes)
        return PL_OK;
    pl_rc rc = execute(c, "BEGIN IMMEDIATE", err);
    if (rc)
        return rc;
    rc = insert(c, key, l, err);
    if (!rc)
        rc = shrink(c, c->o.max_bytes, err);
    if (!rc)
        return execute(c, "COMMIT", err);
    (void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

static void put(void *arg, const pl_layer_frames *layer)
{
    const pl_layer_cache_store *s = arg;
    unsigned char key[KEY];
    pl_err err = {0};

    make_key(s, layer->facts.diff_id, key);
    (void)pthread_mutex_lock(&s->cache->lock);
    give_up(s->cache, keep(s->cache, key, layer, &err), &err);
    (void)pthread_mutex_unlock(&s->cache->lock);
}

void pl_layer_cache_store_init(pl_layer_cache_store *s, pl_layer_cache *c,
                               const unsigned char fingerprint[PL_FINGERPRINT])
{
    *s = (pl_layer_cache_store){.store = {get, put, s}, .cache = c};
    memcpy(s->fingerprint, fingerprint, PL_FINGERPRINT);
}

/* ---- for people ---- */

pl_rc pl_layer_cache_status_of(pl_layer_cache *c, pl_layer_cache_status *ret, pl_err *err)
{
    int64_t n = 0, bytes = 0;
    pl_rc rc = number(c, "SELECT COUNT(*) FROM layer WHERE bytes > 0", &n, err);

    *ret = (pl_layer_cache_status){.max_bytes = c->o.max_bytes};
    if (!rc)
        rc = total(c, &bytes, err);
    if (!rc)
        rc = number(c, "SELECT MIN(used_us) FROM layer", &ret->oldest_us, err);
    if (!rc)
        rc = number(c, "SELECT MAX(used_us) FROM layer", &ret->newest_us, err);
    ret->layers = (uint64_t)n;
    ret->bytes = (uint64_t)bytes;
    return rc;
}

pl_rc pl_layer_cache_prune(pl_layer_cache *c, uint64_t max_bytes, pl_err *err)
{
    pl_rc rc = execute(c, "BEGIN IMMEDIATE", err);

    if (rc)
        return rc;
    rc = shrink(c, max_bytes, err);
    if (!rc)
        rc = execute(c, "COMMIT", err);
    else
        (void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    if (!rc)
        rc = execute(c, "PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)", err);
    return rc;
}
