/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finding belongs to a class of subjects, so a run may note one several times: for each replica,
 * each tag. What it says of all of them is joined in the temporary table `noted`; `finding` has
 * what the run before said until the run is committed.
 */
#include "audit/findings_db.h"

#include "core/buf.h"
#include "model/content.h"

struct pl_findings_db {
    pl_state_db *db;
    sqlite3_stmt *find, *find_noted, *note, *cover;
    int64_t now_us;
};

static pl_rc prepare_all(pl_findings_db *d, pl_err *err)
{
    pl_rc rc = pl_state_db_prepare(d->db,
                                   "SELECT verdict, first_seen_us, marks, grown_us FROM finding"
                                   " WHERE id = ?",
                                   &d->find, err);
    if (!rc)
        rc = pl_state_db_prepare(d->db,
                                 "SELECT verdict, first_seen_us, marks, grown_us FROM noted"
                                 " WHERE id = ?",
                                 &d->find_noted, err);
    if (!rc)
        rc = pl_state_db_prepare(
            d->db,
            "INSERT OR REPLACE INTO noted(id, class, what, verdict, first_seen_us, marks, grown_us)"
            " VALUES(?, ?, ?, ?, ?, ?, ?)",
            &d->note, err);
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
        db,
        "CREATE TEMP TABLE covered(class TEXT, what TEXT, PRIMARY KEY(class, what));"
        "CREATE TEMP TABLE noted("
        " id TEXT PRIMARY KEY, class TEXT, what TEXT, verdict TEXT, first_seen_us INTEGER,"
        " marks TEXT, grown_us INTEGER) WITHOUT ROWID;",
        err);
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
    (void)sqlite3_finalize(d->find_noted);
    (void)sqlite3_finalize(d->note);
    (void)sqlite3_finalize(d->cover);
    free(d);
}

pl_rc pl_findings_db_begin(pl_findings_db *d, int64_t now_us, pl_err *err)
{
    d->now_us = now_us;
    pl_rc rc = pl_state_db_execute(d->db, "BEGIN IMMEDIATE", err);
    return rc ? rc : pl_state_db_execute(d->db, "DELETE FROM covered; DELETE FROM noted", err);
}

/* What is known under an id. */
struct known {
    bool is_there;
    pl_verdict verdict;
    int64_t first_us, grown_us;
    pl_buf marks; /* one behind the other; empty: nobody noted any */
};

static pl_rc read_known(pl_findings_db *d, sqlite3_stmt *s, const char *id, struct known *ret,
                        pl_err *err)
{
    pl_state_db_bind(s, 1, pl_str_c(id));
    int code = sqlite3_step(s);

    if (code == SQLITE_ROW) {
        const char *word = (const char *)sqlite3_column_text(s, 0);
        ret->is_there = pl_verdict_parse(pl_str_c(word), &ret->verdict);
        ret->first_us = sqlite3_column_int64(s, 1);
        pl_buf_c(&ret->marks, (const char *)sqlite3_column_text(s, 2));
        ret->grown_us = sqlite3_column_int64(s, 3);
    }
    (void)sqlite3_reset(s);
    if (!pl_buf_ok(&ret->marks))
        return pl_fail(err, PL_NOMEM, "marks of a finding");
    return code == SQLITE_ROW || code == SQLITE_DONE
               ? PL_OK
               : pl_state_db_failed(d->db, "look up a finding", err);
}

/* ---- marks ---- */

static bool has_mark(pl_str all, pl_str mark)
{
    for (size_t lo = 0, hi = all.n / PL_FINDING_MARK; lo < hi;) {
        size_t mid = lo + (hi - lo) / 2;
        int order = pl_str_cmp(pl_str_sub(all, mid * PL_FINDING_MARK, PL_FINDING_MARK), mark);
        if (order == 0)
            return true;
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

static bool has_grown(pl_str before, const pl_finding *f)
{
    for (size_t i = 0; i < f->n_marks; i++)
        if (!has_mark(before, f->marks[i]))
            return true;
    return false;
}

/* In rising order, each once: those of this finding, and of others that this run noted under its
 * id. */
static void join_marks(pl_str before, const pl_finding *f, pl_buf *out)
{
    size_t at = 0;

    for (size_t i = 0; i < f->n_marks; i++) {
        for (; at < before.n; at += PL_FINDING_MARK) {
            pl_str old = pl_str_sub(before, at, PL_FINDING_MARK);
            if (pl_str_cmp(old, f->marks[i]) >= 0)
                break;
            pl_buf_str(out, old);
        }
        if (at < before.n && pl_str_eq(pl_str_sub(before, at, PL_FINDING_MARK), f->marks[i]))
            at += PL_FINDING_MARK;
        pl_buf_str(out, f->marks[i]);
    }
    pl_buf_str(out, pl_str_sub(before, at, before.n));
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

static bool is_bad(pl_verdict v)
{
    return v == PL_FAIL || v == PL_UNKNOWN;
}

static pl_finding_past past_of(const pl_findings_db *d, const pl_finding *f,
                               const struct known *last)
{
    bool was_bad = last->is_there && is_bad(last->verdict);
    pl_str before = pl_buf_view(&last->marks);
    pl_finding_past past = {.is_changed = !last->is_there || last->verdict != pl_finding_judged(f),
                            .first_seen_us = was_bad ? last->first_us : d->now_us};

    past.grown_us = was_bad && last->grown_us ? last->grown_us : past.first_seen_us;
    if (was_bad && before.n && has_grown(before, f))
        past.grown_us = d->now_us;
    return past;
}

/* The worst of what a run says counts. */
static pl_verdict worse(pl_verdict a, pl_verdict b)
{
    if (a == PL_FAIL || b == PL_FAIL)
        return PL_FAIL;
    return a == PL_UNKNOWN ? a : b;
}

static pl_rc note(pl_findings_db *d, const pl_finding *f, const pl_finding_past *past,
                  pl_verdict verdict, pl_str marks, pl_err *err)
{
    pl_state_db_bind(d->note, 1, pl_str_c(f->id));
    pl_state_db_bind(d->note, 2, f->subject->klass);
    pl_state_db_bind(d->note, 3, what_of(f));
    pl_state_db_bind(d->note, 4, pl_str_c(pl_verdict_word(verdict)));
    (void)sqlite3_bind_int64(d->note, 5, past->first_seen_us);
    pl_state_db_bind(d->note, 6, marks);
    (void)sqlite3_bind_int64(d->note, 7, past->grown_us);
    return pl_state_db_step(d->db, d->note, "note a finding", err);
}

/* Joins it with what the run has noted under its id. A run that could not tell leaves the marks
 * that were known as they are. */
static pl_rc join(pl_findings_db *d, const pl_finding *f, const struct known *last,
                  const struct known *noted, pl_finding_past *past, pl_err *err)
{
    PL_AUTO_BUF pl_buf marks = {0};
    pl_verdict verdict =
        noted->is_there ? worse(noted->verdict, pl_finding_judged(f)) : pl_finding_judged(f);
    bool is_blind = !noted->is_there && f->verdict == PL_UNKNOWN;

    if (noted->is_there && noted->grown_us > past->grown_us)
        past->grown_us = noted->grown_us;
    join_marks(pl_buf_view(is_blind ? &last->marks : &noted->marks), f, &marks);
    return pl_buf_ok(&marks) ? note(d, f, past, verdict, pl_buf_view(&marks), err)
                             : pl_fail(err, PL_NOMEM, "marks of a finding");
}

pl_rc pl_findings_db_note(pl_findings_db *d, const pl_finding *f, pl_finding_past *ret, pl_err *err)
{
    struct known last = {.verdict = PL_UNKNOWN};
    struct known noted = {.verdict = PL_UNKNOWN};
    pl_rc rc = read_known(d, d->find, f->id, &last, err);
    pl_finding_past past = past_of(d, f, &last);

    if (!rc)
        rc = read_known(d, d->find_noted, f->id, &noted, err);
    if (!rc)
        rc = join(d, f, &last, &noted, &past, err);
    pl_buf_done(&last.marks);
    pl_buf_done(&noted.marks);
    if (!rc && f->check && f->verdict != PL_UNKNOWN)
        rc = pl_findings_db_cover(d, f->subject->klass, f->check->id, err);
    if (rc)
        return rc;
    if (!is_bad(pl_finding_judged(f)))
        past.first_seen_us = past.grown_us = 0;
    *ret = past;
    return PL_OK;
}

/* Takes over what the run noted. */
static pl_rc keep_noted(pl_findings_db *d, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    pl_rc rc = pl_state_db_prepare(
        d->db,
        "INSERT OR REPLACE INTO finding(id, class, what, verdict, first_seen_us, last_seen_us,"
        " marks, grown_us) SELECT id, class, what, verdict, first_seen_us, ?1, marks, grown_us"
        " FROM noted",
        &s, err);

    if (rc)
        return rc;
    (void)sqlite3_bind_int64(s, 1, d->now_us);
    return sqlite3_step(s) == SQLITE_DONE ? PL_OK : pl_state_db_failed(d->db, "keep findings", err);
}

pl_rc pl_findings_db_commit(pl_findings_db *d, pl_err *err)
{
    sqlite3_stmt *s = NULL;
    pl_rc rc = keep_noted(d, err);
    if (rc)
        return rc;
    rc = pl_state_db_prepare(d->db,
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
