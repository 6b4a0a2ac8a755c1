/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/state_db.h"

#include "ledger/state.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { BUSY_MS = 5000, SCHEMA_VERSION = 9, PATH_ROOM = 64 };

struct pl_state_db {
    int state_fd;
    sqlite3 *db;
};

/* Each entry brings the schema from its index to the next version. */
static const char *const migrations[] = {
    "CREATE TABLE finding("
    " id TEXT PRIMARY KEY, class TEXT NOT NULL, what TEXT NOT NULL, verdict TEXT NOT NULL,"
    " first_seen_us INTEGER NOT NULL, last_seen_us INTEGER NOT NULL) STRICT;"
    "CREATE INDEX finding_class ON finding(class);",

    "CREATE TABLE subject("
    " key TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, class TEXT NOT NULL,"
    " seen_us INTEGER NOT NULL, is_complete INTEGER NOT NULL) STRICT;"
    "CREATE TABLE layer("
    " subject TEXT NOT NULL, position INTEGER NOT NULL, diff_id TEXT NOT NULL,"
    " chain_id TEXT NOT NULL, PRIMARY KEY(subject, position)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE package("
    " subject TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,"
    " source TEXT NOT NULL, source_version TEXT NOT NULL, ecosystem TEXT NOT NULL,"
    " purl TEXT NOT NULL, path TEXT NOT NULL, layer TEXT NOT NULL, owner TEXT NOT NULL) STRICT;"
    "CREATE INDEX package_subject ON package(subject);"
    "CREATE INDEX package_name ON package(name, version);"
    "CREATE INDEX package_source ON package(source);"
    "CREATE TABLE container("
    " key TEXT PRIMARY KEY, name TEXT NOT NULL, image TEXT NOT NULL, state TEXT NOT NULL,"
    " host TEXT NOT NULL, seen_us INTEGER NOT NULL) STRICT;"
    "CREATE TABLE base("
    " chain_id TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, layers INTEGER NOT NULL,"
    " added_us INTEGER NOT NULL) STRICT;",

    "ALTER TABLE subject ADD COLUMN steps INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE digest("
    " subject TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY(subject, digest)) STRICT,"
    " WITHOUT ROWID;",

    ("ALTER TABLE package ADD COLUMN module TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE package ADD COLUMN owned_by TEXT NOT NULL DEFAULT '';"),

    ("ALTER TABLE finding ADD COLUMN marks TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE finding ADD COLUMN grown_us INTEGER NOT NULL DEFAULT 0;"),

    ("CREATE TABLE statement(entry INTEGER PRIMARY KEY) STRICT;"
     "CREATE TABLE statements_read(origin TEXT NOT NULL, next INTEGER NOT NULL) STRICT;"),

    "ALTER TABLE subject ADD COLUMN holds TEXT NOT NULL DEFAULT '';",

    "ALTER TABLE package ADD COLUMN confidence TEXT NOT NULL DEFAULT '';",

    ("CREATE TABLE finding_place("
     " id TEXT NOT NULL, place TEXT NOT NULL, class TEXT NOT NULL, what TEXT NOT NULL,"
     " first_seen_us INTEGER NOT NULL, last_seen_us INTEGER NOT NULL, marks TEXT NOT NULL,"
     " grown_us INTEGER NOT NULL, PRIMARY KEY(id, place)) STRICT, WITHOUT ROWID;"
     "CREATE INDEX finding_place_class ON finding_place(class);"),
};
_Static_assert(PL_COUNT(migrations) == SCHEMA_VERSION, "one migration a version");

pl_rc pl_state_db_failed(pl_state_db *d, const char *what, pl_err *err)
{
    int code = sqlite3_errcode(d->db);
    const char *text = sqlite3_errmsg(d->db);
    if (code == SQLITE_BUSY)
        return pl_fail(err, PL_TIMEOUT, "state.db: %s: another program holds it", what);
    if (code == SQLITE_FULL)
        return pl_fail_sys(err, ENOSPC, "state.db: %s", what);
    return pl_fail(err, PL_SYS, "state.db: %s: %s", what, text);
}

pl_rc pl_state_db_execute(pl_state_db *d, const char *sql, pl_err *err)
{
    return sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? PL_OK
               : pl_state_db_failed(d, sql, err);
}

static pl_rc user_version(pl_state_db *d, int *ret, pl_err *err)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(d->db, "PRAGMA user_version", -1, &s, NULL) != SQLITE_OK ||
        sqlite3_step(s) != SQLITE_ROW) {
        (void)sqlite3_finalize(s);
        return pl_state_db_failed(d, "read its version", err);
    }
    *ret = sqlite3_column_int(s, 0);
    (void)sqlite3_finalize(s);
    return PL_OK;
}

/* A copy of what is there before the schema changes: state.db.VERSION. */
static pl_rc keep_copy(pl_state_db *d, int version, pl_err *err)
{
    char sql[PATH_ROOM + 64];
    (void)snprintf(sql, sizeof(sql), "VACUUM INTO '/proc/self/fd/%d/state.db.%d'", d->state_fd,
                   version);
    return version ? pl_state_db_execute(d, sql, err) : PL_OK;
}

static pl_rc migrate(pl_state_db *d, pl_err *err)
{
    int version = 0;
    pl_rc rc = user_version(d, &version, err);

    if (!rc && version > SCHEMA_VERSION)
        return pl_fail(err, PL_UNSUPPORTED,
                       "state.db has schema %d, this program knows %d: use a newer plimsoll",
                       version, SCHEMA_VERSION);
    if (rc || version == SCHEMA_VERSION || (rc = keep_copy(d, version, err)) ||
        (rc = pl_state_db_execute(d, "BEGIN IMMEDIATE", err)))
        return rc;
    for (; !rc && version < SCHEMA_VERSION; version++)
        rc = pl_state_db_execute(d, migrations[version], err);
    char sql[64];
    (void)snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", SCHEMA_VERSION);
    if (!rc)
        rc = pl_state_db_execute(d, sql, err);
    return rc ? rc : pl_state_db_execute(d, "COMMIT", err);
}

pl_rc pl_state_db_prepare(pl_state_db *d, const char *sql, sqlite3_stmt **ret, pl_err *err)
{
    return sqlite3_prepare_v2(d->db, sql, -1, ret, NULL) == SQLITE_OK
               ? PL_OK
               : pl_state_db_failed(d, sql, err);
}

/* SQLite makes -wal and -shm like the file itself, so it is enough to make that right first. */
static pl_rc make_file(int state_fd, pl_err *err)
{
    struct stat st, dir;
    PL_AUTO_FD int fd =
        openat(state_fd, "state.db", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0 || fstat(fd, &st) < 0 || fstat(state_fd, &dir) < 0)
        return pl_fail_sys(err, errno, "state.db");
    /* Another name of it could be one of root's files. */
    if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
        return pl_fail(err, PL_DENIED, "state.db: not a regular file of one name");
    if (geteuid() == 0 && st.st_uid != dir.st_uid && fchown(fd, dir.st_uid, dir.st_gid) < 0)
        return pl_fail_sys(err, errno, "state.db: chown");
    return PL_OK;
}

static pl_rc open_db(int state_fd, pl_state_db **ret, pl_err *err)
{
    char path[PATH_ROOM];
    PL_AUTO_STATE_DB pl_state_db *d = calloc(1, sizeof(*d));
    if (!d)
        return pl_fail(err, PL_NOMEM, "state.db");

    d->state_fd = state_fd;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d/state.db", state_fd);
    if (sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return pl_state_db_failed(d, "open", err);
    (void)sqlite3_busy_timeout(d->db, BUSY_MS);
    pl_rc rc = pl_state_db_execute(
        d, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF",
        err);
    if (!rc)
        rc = migrate(d, err);
    if (rc)
        return rc;
    *ret = PL_TAKE(d, NULL);
    return PL_OK;
}

/* Reading its version opens the files beside it, which then stay open. */
pl_rc pl_state_db_open(int state_fd, pl_state_db **ret, pl_err *err)
{
    pl_rc rc = make_file(state_fd, err);
    if (!rc)
        rc = pl_state_enter(state_fd, err);
    if (!rc)
        rc = open_db(state_fd, ret, err);
    pl_state_leave();
    return rc;
}

void pl_state_db_close(pl_state_db *d)
{
    if (!d)
        return;
    if (d->db && !sqlite3_get_autocommit(d->db))
        (void)sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
    (void)sqlite3_close(d->db);
    free(d);
}

void pl_state_db_bind(sqlite3_stmt *s, int at, pl_str text)
{
    (void)sqlite3_bind_text(s, at, text.p ? text.p : "", (int)text.n, SQLITE_STATIC);
}

pl_rc pl_state_db_step(pl_state_db *d, sqlite3_stmt *s, const char *what, pl_err *err)
{
    int code = sqlite3_step(s);
    (void)sqlite3_reset(s);
    return code == SQLITE_DONE ? PL_OK : pl_state_db_failed(d, what, err);
}

pl_rc pl_state_db_row(pl_state_db *d, sqlite3_stmt *s, const char *what, bool *ret_more,
                      pl_err *err)
{
    int code = sqlite3_step(s);

    *ret_more = code == SQLITE_ROW;
    if (code == SQLITE_ROW)
        return PL_OK;
    (void)sqlite3_reset(s);
    return code == SQLITE_DONE ? PL_OK : pl_state_db_failed(d, what, err);
}

pl_str pl_state_db_text(sqlite3_stmt *s, int column, pl_arena *a)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    pl_str copy = text ? pl_arena_str(a, (pl_str){text, (size_t)sqlite3_column_bytes(s, column)})
                       : (pl_str){0};

    return copy.p ? copy : (pl_str){"", 0};
}
