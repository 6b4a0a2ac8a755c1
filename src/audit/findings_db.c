/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/findings_db.h"

#include "model/content.h"

struct pl_findings_db {
    pl_state_db *db;
    sqlite3_stmt *find, *keep, *cover;
    int64_t now_us;
};

static pl_rc prepare_all(pl_findings_db *d, pl_err *err)
{
    pl_rc rc = pl_state_db_prepare(d->db, "SELECT verdict, first_seen_us FROM finding WHERE id = ?",
                                   &d->find, err);
    if (!rc)
        rc = pl_state_db_prepare(
            d->db,
            "INSERT INTO finding(id, class, what, verdict, first_seen_us, last_seen_us)"
            " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(id) DO UPDATE SET"
            " verdict = ?4, first_seen_us = ?5, last_seen_us = ?6",
            &d->keep, err);
    if (!rc)
        rc = pl_state_db_prepare(d->db, "INSERT OR IGNORE INTO covered(class, what) VALUES(?, ?)",
                                 &d->cover, err);
    return rc;
}

pl_rc pl_findings_db_open(pl_state_db *db, pl_findings_db **ret, pl_err *err)
{
    PL_AUTO_FINDINGS_DB pl_findings_db *d = calloc(1, sizeof(*d));
    if (!d)
        return pl_fail(err, PL_NOMEM, "state.db");

    d->db = db;
    pl_rc rc = pl_state_db_execute(
        db, "CREATE TEMP TABLE covered(class TEXT, what TEXT, PRIMARY KEY(class, what))", err);
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
    free(d);
}

pl_rc pl_findings_db_begin(pl_findings_db *d, int64_t now_us, pl_err *err)
{
    d->now_us = now_us;
    pl_rc rc = pl_state_db_execute(d->db, "BEGIN IMMEDIATE", err);
    return rc ? rc : pl_state_db_execute(d->db, "DELETE FROM covered", err);
}

/* What the last run said of this finding; an empty verdict: nothing. */
static pl_rc last_run(pl_findings_db *d, const pl_finding *f, pl_verdict *ret_verdict,
                      int64_t *ret_first_us, bool *ret_known, pl_err *err)
{
    pl_state_db_bind(d->find, 1, pl_str_c(f->id));
    int code = sqlite3_step(d->find);

    *ret_known = code == SQLITE_ROW;
    if (code == SQLITE_ROW) {
        const char *word = (const char *)sqlite3_column_text(d->find, 0);
        *ret_known = pl_verdict_parse(pl_str_c(word), ret_verdict);
        *ret_first_us = sqlite3_column_int64(d->find, 1);
    }
    (void)sqlite3_reset(d->find);
    return code == SQLITE_ROW || code == SQLITE_DONE
               ? PL_OK
               : pl_state_db_failed(d->db, "look up a finding", err);
}

static pl_str what_of(const pl_finding *f)
{
    return f->check ? f->check->id : PL_FINDINGS_VULN;
}

pl_rc pl_findings_db_cover(pl_findings_db *d, pl_str klass, pl_str what, pl_err *err)
{
    pl_state_db_bind(d->cover, 1, klass);
    pl_state_db_bind(d->cover, 2, what);
    return pl_state_db_step(d->db, d->cover, "note a finding", err);
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
    pl_state_db_bind(d->keep, 1, pl_str_c(f->id));
    pl_state_db_bind(d->keep, 2, f->subject->klass);
    pl_state_db_bind(d->keep, 3, what_of(f));
    pl_state_db_bind(d->keep, 4, pl_str_c(pl_verdict_word(f->verdict)));
    (void)sqlite3_bind_int64(d->keep, 5, first);
    (void)sqlite3_bind_int64(d->keep, 6, d->now_us);
    if ((rc = pl_state_db_step(d->db, d->keep, "note a finding", err)))
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
    pl_rc rc = pl_state_db_prepare(d->db,
                                   "DELETE FROM finding WHERE last_seen_us < ?1"
                                   " AND (class, what) IN (SELECT class, what FROM covered)",
                                   &s, err);
    if (rc)
        return rc;
    (void)sqlite3_bind_int64(s, 1, d->now_us);
    int code = sqlite3_step(s);
    (void)sqlite3_finalize(s);
    if (code != SQLITE_DONE)
        return pl_state_db_failed(d->db, "close findings that are over", err);
    return pl_state_db_execute(d->db, "COMMIT", err);
}
