/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/findings_db.h"

#include "model/content.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

enum { BUSY_MS = 5000, SCHEMA_VERSION = 1, PATH_ROOM = 64 };

struct pl_findings_db {
    int state_fd;
    sqlite3 *db;
    sqlite3_stmt *find, *keep, *cover;
    int64_t now_us;
    bool in_run;
};

/* Each entry brings the schema from its index to the next version. */
static const char *const migrations[] = {
    "CREATE TABLE finding("
    " id TEXT PRIMARY KEY, class TEXT NOT NULL, what TEXT NOT NULL, verdict TEXT NOT NULL,"
    " first_seen_us INTEGER NOT NULL, last_seen_us INTEGER NOT NULL) STRICT;"
    "CREATE INDEX finding_class ON finding(class);",
};
_Static_assert(PL_COUNT(migrations) == SCHEMA_VERSION, "one migration a version");

static pl_rc failed(pl_findings_db *d, const char *what, pl_err *err)
{
    int code = sqlite3_errcode(d->db);
    const char *text = sqlite3_errmsg(d->db);
    if (code == SQLITE_BUSY)
        return pl_fail(err, PL_TIMEOUT, "state.db: %s: another program holds it", what);
    if (code == SQLITE_FULL)
        return pl_fail_sys(err, ENOSPC, "state.db: %s", what);
    return pl_fail(err, PL_SYS, "state.db: %s: %s", what, text);
}

static pl_rc execute(pl_findings_db *d, const char *sql, pl_err *err)
{
    return sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK ? PL_OK : failed(d, sql, err);
}

static pl_rc user_version(pl_findings_db *d, int *ret, pl_err *err)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(d->db, "PRAGMA user_version", -1, &s, NULL) != SQLITE_OK ||
        sqlite3_step(s) != SQLITE_ROW) {
        (void)sqlite3_finalize(s);
        return failed(d, "read its version", err);
    }
    *ret = sqlite3_column_int(s, 0);
    (void)sqlite3_finalize(s);
    return PL_OK;
}

/* A copy of what is there before the schema changes: state.db.VERSION. */
static pl_rc keep_copy(pl_findings_db *d, int version, pl_err *err)
{
    char sql[PATH_ROOM + 64];
    (void)snprintf(sql, sizeof(sql), "VACUUM INTO '/proc/self/fd/%d/state.db.%d'", d->state_fd,
                   version);
    return version ? execute(d, sql, err) : PL_OK;
}

static pl_rc migrate(pl_findings_db *d, pl_err *err)
{
    int version = 0;
    pl_rc rc = user_version(d, &version, err);

    if (!rc && version > SCHEMA_VERSION)
        return pl_fail(err, PL_UNSUPPORTED,
                       "state.db has schema %d, this program knows %d: use a newer plimsoll",
                       version, SCHEMA_VERSION);
    if (rc || version == SCHEMA_VERSION || (rc = keep_copy(d, version, err)) ||
        (rc = execute(d, "BEGIN IMMEDIATE", err)))
        return rc;
    for (; !rc && version < SCHEMA_VERSION; version++)
        rc = execute(d, migrations[version], err);
    char sql[64];
    (void)snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", SCHEMA_VERSION);
    if (!rc)
        rc = execute(d, sql, err);
    return rc ? rc : execute(d, "COMMIT", err);
}

static pl_rc prepare(pl_findings_db *d, const char *sql, sqlite3_stmt **ret, pl_err *err)
{
    return sqlite3_prepare_v2(d->db, sql, -1, ret, NULL) == SQLITE_OK ? PL_OK : failed(d, sql, err);
}

static pl_rc prepare_all(pl_findings_db *d, pl_err *err)
{
    pl_rc rc = prepare(d, "SELECT verdict, first_seen_us FROM finding WHERE id = ?", &d->find, err);
    if (!rc)
        rc = prepare(d,
                     "INSERT INTO finding(id, class, what, verdict, first_seen_us, last_seen_us)"
                     " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(id) DO UPDATE SET"
                     " verdict = ?4, first_seen_us = ?5, last_seen_us = ?6",
                     &d->keep, err);
    if (!rc)
        rc = prepare(d, "INSERT OR IGNORE INTO covered(class, what) VALUES(?, ?)", &d->cover, err);
    return rc;
}

/* SQLite makes -wal and -shm like the file itself, so it is enough to make that right first. */
static pl_rc make_file(int state_fd, pl_err *err)
{
    struct stat dir;
    PL_AUTO_FD int fd =
        openat(state_fd, "state.db", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0 || fstat(state_fd, &dir) < 0)
        return pl_fail_sys(err, errno, "state.db");
    if (geteuid() == 0 && fchown(fd, dir.st_uid, dir.st_gid) < 0)
        return pl_fail_sys(err, errno, "state.db: chown");
    return PL_OK;
}

pl_rc pl_findings_db_open(int state_fd, pl_findings_db **ret, pl_err *err)
{
    char path[PATH_ROOM];
    pl_rc rc = make_file(state_fd, err);
    if (rc)
        return rc;
    PL_AUTO_FINDINGS_DB pl_findings_db *d = calloc(1, sizeof(*d));
    if (!d)
        return pl_fail(err, PL_NOMEM, "state.db");

    d->state_fd = state_fd;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d/state.db", state_fd);
    if (sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return failed(d, "open", err);
    (void)sqlite3_busy_timeout(d->db, BUSY_MS);
    rc = execute(
        d, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF",
        err);
    if (!rc)
        rc = migrate(d, err);
    if (!rc)
        rc = execute(
            d, "CREATE TEMP TABLE covered(class TEXT, what TEXT, PRIMARY KEY(class, what))", err);
    if (!rc)
        rc = prepare_all(d, err);
    if (rc)
        return rc;
    *ret = PL_TAKE(d, NULL);
    return PL_OK;
}

void pl_findings_db_close(pl_findings_db *d)
{
    if (!d)
        return;
    (void)sqlite3_finalize(d->find);
    (void)sqlite3_finalize(d->keep);
    (void)sqlite3_finalize(d->cover);
    if (d->in_run)
        (void)sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
    (void)sqlite3_close(d->db);
    free(d);
}

pl_rc pl_findings_db_begin(pl_findings_db *d, int64_t now_us, pl_err *err)
{
    d->now_us = now_us;
    pl_rc rc = execute(d, "BEGIN IMMEDIATE", err);
    d->in_run = rc == PL_OK;
    return rc ? rc : execute(d, "DELETE FROM covered", err);
}

static void bind_text(sqlite3_stmt *s, int at, pl_str text)
{
    (void)sqlite3_bind_text(s, at, text.p ? text.p : "", (int)text.n, SQLITE_STATIC);
}

static pl_rc step_done(pl_findings_db *d, sqlite3_stmt *s, pl_err *err)
{
    int code = sqlite3_step(s);
    (void)sqlite3_reset(s);
    return code == SQLITE_DONE ? PL_OK : failed(d, "note a finding", err);
}

/* What the last run said of this finding; an empty verdict: nothing. */
static pl_rc last_run(pl_findings_db *d, const pl_finding *f, pl_verdict *ret_verdict,
                      int64_t *ret_first_us, bool *ret_known, pl_err *err)
{
    bind_text(d->find, 1, pl_str_c(f->id));
    int code = sqlite3_step(d->find);

    *ret_known = code == SQLITE_ROW;
    if (code == SQLITE_ROW) {
        const char *word = (const char *)sqlite3_column_text(d->find, 0);
        *ret_known = pl_verdict_parse(pl_str_c(word), ret_verdict);
        *ret_first_us = sqlite3_column_int64(d->find, 1);
    }
    (void)sqlite3_reset(d->find);
    return code == SQLITE_ROW || code == SQLITE_DONE ? PL_OK : failed(d, "look up a finding", err);
}

static pl_str what_of(const pl_finding *f)
{
    return f->check ? f->check->id : PL_FINDINGS_VULN;
}

pl_rc pl_findings_db_cover(pl_findings_db *d, pl_str klass, pl_str what, pl_err *err)
{
    bind_text(d->cover, 1, klass);
    bind_text(d->cover, 2, what);
    return step_done(d, d->cover, err);
}

pl_rc pl_findings_db_note(pl_findings_db *d, const pl_finding *f, int64_t *ret_first_seen_us,
                          bool *ret_changed, pl_err *err)
{
    pl_verdict before = PL_UNKNOWN;
    int64_t first = d->now_us;
    bool known = false;
    pl_rc rc = last_run(d, f, &before, &first, &known, err);
    if (rc)
        return rc;

    bool is_problem = f->verdict == PL_FAIL || f->verdict == PL_UNKNOWN;
    bool was_problem = known && (before == PL_FAIL || before == PL_UNKNOWN);
    if (is_problem && !was_problem)
        first = d->now_us;
    bind_text(d->keep, 1, pl_str_c(f->id));
    bind_text(d->keep, 2, f->subject->klass);
    bind_text(d->keep, 3, what_of(f));
    bind_text(d->keep, 4, pl_str_c(pl_verdict_word(f->verdict)));
    (void)sqlite3_bind_int64(d->keep, 5, first);
    (void)sqlite3_bind_int64(d->keep, 6, d->now_us);
    if ((rc = step_done(d, d->keep, err)))
        return rc;
    if (f->check && f->verdict != PL_UNKNOWN &&
        (rc = pl_findings_db_cover(d, f->subject->klass, f->check->id, err)))
        return rc;

    *ret_first_seen_us = is_problem ? first : 0;
    *ret_changed = !known || before != f->verdict;
    return PL_OK;
}

pl_rc pl_findings_db_commit(pl_findings_db *d, pl_err *err)
{
    sqlite3_stmt *s = NULL;
    pl_rc rc = prepare(d,
                       "DELETE FROM finding WHERE last_seen_us < ?1"
                       " AND (class, what) IN (SELECT class, what FROM covered)",
                       &s, err);
    if (rc)
        return rc;
    (void)sqlite3_bind_int64(s, 1, d->now_us);
    int code = sqlite3_step(s);
    (void)sqlite3_finalize(s);
    if (code != SQLITE_DONE)
        return failed(d, "close findings that are over", err);
    rc = execute(d, "COMMIT", err);
    d->in_run = rc != PL_OK;
    return rc;
}
