/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/index.h"

#include "ledger/canon.h"
#include "ledger/leaf.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { VERSION = 1, SHORTEST_PREFIX = 8, ROWS_PER_COMMIT = 20000 };

struct pl_index {
    sqlite3 *db;
    sqlite3_stmt *entry;
    sqlite3_stmt *subject;
    uint64_t next; /* first entry that is not in it */
    bool is_kept;
};

static const char schema[] =
    "CREATE TABLE meta (origin TEXT NOT NULL, next INTEGER NOT NULL) STRICT;"
    "CREATE TABLE entry (i INTEGER PRIMARY KEY, t TEXT NOT NULL, type TEXT NOT NULL) STRICT;"
    "CREATE TABLE subject (key TEXT NOT NULL, i INTEGER NOT NULL, kind TEXT NOT NULL,"
    " PRIMARY KEY (key, i, kind)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX entry_type ON entry (type, i);"
    "CREATE INDEX entry_time ON entry (t);";

static pl_rc sql_failed(const pl_index *x, pl_err *err)
{
    return pl_fail(err, PL_FORMAT, "index: %s", sqlite3_errmsg(x->db));
}

static pl_rc run_sql(pl_index *x, const char *sql, pl_err *err)
{
    return sqlite3_exec(x->db, sql, NULL, NULL, NULL) == SQLITE_OK ? PL_OK : sql_failed(x, err);
}

static pl_rc prepare(pl_index *x, const char *sql, sqlite3_stmt **ret, pl_err *err)
{
    return sqlite3_prepare_v2(x->db, sql, -1, ret, NULL) == SQLITE_OK ? PL_OK : sql_failed(x, err);
}

static void bind_text(sqlite3_stmt *q, int at, pl_str s)
{
    (void)sqlite3_bind_text64(q, at, s.p ? s.p : "", s.n, SQLITE_STATIC, SQLITE_UTF8);
}

static pl_str column(sqlite3_stmt *q, int at)
{
    const char *p = (const char *)sqlite3_column_text(q, at);

    return (pl_str){p ? p : "", p ? (size_t)sqlite3_column_bytes(q, at) : 0};
}

void pl_index_close(pl_index *x)
{
    if (!x)
        return;
    (void)sqlite3_finalize(x->entry);
    (void)sqlite3_finalize(x->subject);
    (void)sqlite3_close(x->db);
    free(x);
}

uint64_t pl_index_entries(const pl_index *x)
{
    return x->next;
}

bool pl_index_is_kept(const pl_index *x)
{
    return x->is_kept;
}

/* ---- opening ---- */

static pl_rc create(pl_index *x, const char *origin, pl_err *err)
{
    sqlite3_stmt *q = NULL;
    char version[48];

    (void)snprintf(version, sizeof(version), "PRAGMA user_version = %d", VERSION);
    pl_rc rc = run_sql(x, schema, err);
    if (!rc)
        rc = run_sql(x, version, err);
    if (!rc)
        rc = prepare(x, "INSERT INTO meta VALUES (?1, 0)", &q, err);
    if (rc)
        return rc;
    bind_text(q, 1, pl_str_c(origin));
    rc = sqlite3_step(q) == SQLITE_DONE ? PL_OK : sql_failed(x, err);
    (void)sqlite3_finalize(q);
    return rc;
}

/* The version, or -1 for what is no index. */
static int version_of(pl_index *x)
{
    sqlite3_stmt *q = NULL;
    int v = -1;

    if (prepare(x, "PRAGMA user_version", &q, NULL) == PL_OK && sqlite3_step(q) == SQLITE_ROW)
        v = sqlite3_column_int(q, 0);
    (void)sqlite3_finalize(q);
    return v;
}

/* Of this log, and not of more entries than it has. */
static bool is_ours(pl_index *x, const pl_log *log)
{
    sqlite3_stmt *q = NULL;
    bool ours = false;

    if (prepare(x, "SELECT origin, next FROM meta", &q, NULL) == PL_OK &&
        sqlite3_step(q) == SQLITE_ROW) {
        x->next = (uint64_t)sqlite3_column_int64(q, 1);
        ours = pl_str_eq(column(q, 0), pl_str_c(pl_log_origin(log))) &&
               x->next <= pl_log_head(log)->size;
    }
    (void)sqlite3_finalize(q);
    return ours;
}

static pl_rc open_db(const pl_log *log, const char *path, pl_index **ret, pl_err *err)
{
    PL_AUTO_INDEX pl_index *x = calloc(1, sizeof(*x));

    if (!x)
        return pl_fail(err, PL_NOMEM, "index");
    if (sqlite3_open_v2(path, &x->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
        SQLITE_OK)
        return sql_failed(x, err);
    (void)sqlite3_busy_timeout(x->db, 5000);
    /* It can be made again, so no write of it is worth a sync. */
    pl_rc rc = run_sql(x, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF", err);
    int version = rc ? -1 : version_of(x);
    if (!rc && version == 0)
        rc = create(x, pl_log_origin(log), err);
    else if (!rc && (version != VERSION || !is_ours(x, log)))
        rc = pl_fail(err, PL_FORMAT, "index: of another log or version");
    if (!rc)
        *ret = PL_TAKE(x, NULL);
    return rc;
}

/* ---- filling ---- */

static pl_rc add_subjects(pl_index *x, uint64_t i, pl_str subjects, pl_err *err)
{
    pl_canon_walk list = {.text = subjects};

    while (pl_canon_next(&list)) {
        pl_canon_walk w = {.text = list.value};
        pl_str kind = {0};
        pl_str key = {0};
        while (pl_canon_next(&w))
            *(pl_str_eq(w.key, PL_S("k")) ? &kind : &key) = pl_canon_plain(w.value);
        if (!key.p || !kind.p)
            continue;
        bind_text(x->subject, 1, key);
        (void)sqlite3_bind_int64(x->subject, 2, (sqlite3_int64)i);
        bind_text(x->subject, 3, kind);
        bool done = sqlite3_step(x->subject) == SQLITE_DONE;
        (void)sqlite3_reset(x->subject);
        if (!done)
            return sql_failed(x, err);
    }
    return PL_OK;
}

static pl_rc add_entry(pl_index *x, pl_log *log, uint64_t i, pl_err *err)
{
    pl_leaf leaf;
    pl_str text;

    pl_rc rc = pl_log_leaf(log, i, &text, err);
    if (rc)
        return rc;
    if (pl_leaf_parse(text, &leaf, NULL) != PL_OK)
        return PL_OK; /* no record: it has no subject that could be looked for */
    (void)sqlite3_bind_int64(x->entry, 1, (sqlite3_int64)i);
    bind_text(x->entry, 2, leaf.t);
    bind_text(x->entry, 3, leaf.type);
    bool done = sqlite3_step(x->entry) == SQLITE_DONE;
    (void)sqlite3_reset(x->entry);
    return done ? add_subjects(x, i, leaf.subj, err) : sql_failed(x, err);
}

static pl_rc set_next(pl_index *x, uint64_t next, pl_err *err)
{
    char sql[80];

    (void)snprintf(sql, sizeof(sql), "UPDATE meta SET next = %llu; COMMIT",
                   (unsigned long long)next);
    pl_rc rc = run_sql(x, sql, err);
    if (!rc)
        x->next = next;
    return rc;
}

static pl_rc fill_part(pl_index *x, pl_log *log, uint64_t end, pl_err *err)
{
    pl_rc rc = run_sql(x, "BEGIN IMMEDIATE", err);

    for (uint64_t i = x->next; !rc && i < end; i++)
        rc = add_entry(x, log, i, err);
    return rc ? rc : set_next(x, end, err);
}

static pl_rc fill(pl_index *x, pl_log *log, pl_err *err)
{
    uint64_t size = pl_log_head(log)->size;

    pl_rc rc = prepare(x, "INSERT OR REPLACE INTO entry VALUES (?1, ?2, ?3)", &x->entry, err);
    if (!rc)
        rc = prepare(x, "INSERT OR REPLACE INTO subject VALUES (?1, ?2, ?3)", &x->subject, err);
    while (!rc && x->next < size) {
        uint64_t end = size - x->next > ROWS_PER_COMMIT ? x->next + ROWS_PER_COMMIT : size;
        rc = fill_part(x, log, end, err);
    }
    return rc;
}

static void throw_away(int log_dir)
{
    static const char *const files[] = {".state/index.db", ".state/index.db-wal",
                                        ".state/index.db-shm"};

    for (size_t i = 0; i < PL_COUNT(files); i++)
        (void)unlinkat(log_dir, files[i], 0);
}

static pl_rc open_and_fill(pl_log *log, const char *path, pl_index **ret, pl_err *err)
{
    PL_AUTO_INDEX pl_index *x = NULL;

    pl_rc rc = open_db(log, path, &x, err);
    if (!rc)
        rc = fill(x, log, err);
    if (!rc)
        *ret = PL_TAKE(x, NULL);
    return rc;
}

pl_rc pl_index_open(pl_log *log, pl_index_how how, pl_index **ret, pl_err *err)
{
    int dir = pl_log_dir(log);
    char path[64];

    if (how == PL_INDEX_IN_MEMORY || faccessat(dir, ".state", W_OK, 0) < 0)
        return open_and_fill(log, ":memory:", ret, err);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d/.state/index.db", dir);
    if (how == PL_INDEX_AFRESH)
        throw_away(dir);
    pl_rc rc = open_and_fill(log, path, ret, err);
    /* Anything the log itself says is told with another code. */
    if (rc == PL_FORMAT) {
        throw_away(dir);
        rc = open_and_fill(log, path, ret, err);
    }
    if (!rc)
        (*ret)->is_kept = true;
    return rc;
}

/* ---- asking ---- */

pl_rc pl_index_subject(pl_index *x, pl_str key, void (*hit)(void *arg, const pl_index_hit *h),
                       void *arg, pl_err *err)
{
    static const char sql[] =
        "SELECT entry.i, t, type, kind, key FROM subject JOIN entry USING (i)"
        " WHERE key = ?1 OR (?2 AND key >= ?1 AND substr(key, 1, length(?1)) = ?1"
        " AND key < ?1 || char(1114111)) ORDER BY entry.i";
    sqlite3_stmt *q = NULL;
    int step;

    pl_rc rc = prepare(x, sql, &q, err);
    if (rc)
        return rc;
    bind_text(q, 1, key);
    (void)sqlite3_bind_int(q, 2, key.n >= SHORTEST_PREFIX);
    while ((step = sqlite3_step(q)) == SQLITE_ROW) {
        const pl_index_hit h = {.index = (uint64_t)sqlite3_column_int64(q, 0),
                                .t = column(q, 1),
                                .type = column(q, 2),
                                .kind = column(q, 3),
                                .key = column(q, 4)};
        hit(arg, &h);
    }
    if (step != SQLITE_DONE)
        rc = sql_failed(x, err);
    (void)sqlite3_finalize(q);
    return rc;
}
