/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finding belongs to a class of subjects, so a run may note one several times: for each replica,
 * each tag. What it says of all of them is joined in the temporary table `noted`; `finding` has
 * what the run before said until the run is committed. `finding_place` has the same by the names of
 * subjects; it is asked when the class is clean.
 */
#include "audit/findings_db.h"

#include "audit/limits.h"
#include "core/buf.h"
#include "core/hash.h"
#include "model/content.h"

struct pl_findings_db {
    pl_state_db *db;
    sqlite3_stmt *find, *find_noted, *find_place, *note, *note_place, *cover;
    int64_t now_us;
    bool sees_all;
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
        rc = pl_state_db_prepare(d->db,
                                 "INSERT OR IGNORE INTO covered(class, what, place)"
                                 " VALUES(?, ?, ?)",
                                 &d->cover, err);
    if (!rc)
        rc = pl_state_db_prepare(d->db,
                                 "SELECT 'fail', first_seen_us, marks, grown_us FROM finding_place"
                                 " WHERE id = ? AND place = ?",
                                 &d->find_place, err);
    if (!rc)
        rc = pl_state_db_prepare(d->db, "INSERT OR IGNORE INTO noted_place(id, place) VALUES(?, ?)",
                                 &d->note_place, err);
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
        "CREATE TEMP TABLE covered("
        " class TEXT, what TEXT, place TEXT, PRIMARY KEY(class, what, place)) WITHOUT ROWID;"
        "CREATE TEMP TABLE noted_place("
        " id TEXT, place TEXT, PRIMARY KEY(id, place)) WITHOUT ROWID;"
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
    (void)sqlite3_finalize(d->find_place);
    (void)sqlite3_finalize(d->note_place);
    free(d);
}

pl_rc pl_findings_db_begin(pl_findings_db *d, int64_t now_us, pl_err *err)
{
    d->now_us = now_us;
    d->sees_all = false;
    pl_rc rc = pl_state_db_execute(d->db, "BEGIN IMMEDIATE", err);
    return rc ? rc
              : pl_state_db_execute(
                    d->db, "DELETE FROM covered; DELETE FROM noted; DELETE FROM noted_place", err);
}

void pl_findings_db_sees_all(pl_findings_db *d)
{
    d->sees_all = true;
}

/* A name stands in each row, and whoever makes an image or a file names it: instead of a long one
 * its digest does, in the caller's room. */
static pl_str brief(pl_str name, char room[PL_SHA256_HEX])
{
    unsigned char raw[PL_SHA256];

    if (name.n <= PL_FINDING_NAME)
        return name;
    pl_sha256_of(name, raw);
    pl_hex(raw, sizeof(raw), room);
    return pl_str_c(room);
}

static pl_str place_of(const pl_subject *s, char room[PL_SHA256_HEX])
{
    return brief(s->name.n ? s->name : s->key, room);
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

pl_rc pl_findings_db_cover(pl_findings_db *d, const pl_subject *s, pl_str what, pl_err *err)
{
    char klass[PL_SHA256_HEX], place[PL_SHA256_HEX];

    pl_state_db_bind(d->cover, 1, brief(s->klass, klass));
    pl_state_db_bind(d->cover, 2, what);
    pl_state_db_bind(d->cover, 3, place_of(s, place));
    return pl_state_db_step(d->db, d->cover, "note a finding", err);
}

static bool is_bad(pl_verdict v)
{
    return v == PL_FAIL || v == PL_UNKNOWN;
}

static bool was_bad_in(const struct known *last)
{
    return last->is_there && is_bad(last->verdict);
}

/* In a class that is clean: what was known of this place, which nobody looked at since. */
static pl_rc read_place(pl_findings_db *d, const pl_finding *f, struct known *last, pl_err *err)
{
    char place[PL_SHA256_HEX];

    if (was_bad_in(last) || !is_bad(pl_finding_judged(f)))
        return PL_OK;
    pl_buf_reset(&last->marks);
    pl_state_db_bind(d->find_place, 2, place_of(f->subject, place));
    return read_known(d, d->find_place, f->id, last, err);
}

static pl_finding_past past_of(const pl_findings_db *d, const pl_finding *f,
                               const struct known *last)
{
    bool was_bad = was_bad_in(last);
    pl_str before = pl_buf_view(&last->marks);
    pl_finding_past past = {.first_seen_us = was_bad ? last->first_us : d->now_us};

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
    char klass[PL_SHA256_HEX];

    pl_state_db_bind(d->note, 1, pl_str_c(f->id));
    pl_state_db_bind(d->note, 2, brief(f->subject->klass, klass));
    pl_state_db_bind(d->note, 3, what_of(f));
    pl_state_db_bind(d->note, 4, pl_str_c(pl_verdict_word(verdict)));
    (void)sqlite3_bind_int64(d->note, 5, past->first_seen_us);
    pl_state_db_bind(d->note, 6, marks);
    (void)sqlite3_bind_int64(d->note, 7, past->grown_us);
    return pl_state_db_step(d->db, d->note, "note a finding", err);
}

static pl_rc note_place(pl_findings_db *d, const pl_finding *f, pl_err *err)
{
    char place[PL_SHA256_HEX];

    pl_state_db_bind(d->note_place, 1, pl_str_c(f->id));
    pl_state_db_bind(d->note_place, 2, place_of(f->subject, place));
    return pl_state_db_step(d->db, d->note_place, "note a finding", err);
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
    if (was_bad_in(noted) && noted->first_us < past->first_seen_us)
        past->first_seen_us = noted->first_us;
    join_marks(pl_buf_view(is_blind ? &last->marks : &noted->marks), f, &marks);
    return pl_buf_ok(&marks) ? note(d, f, past, verdict, pl_buf_view(&marks), err)
                             : pl_fail(err, PL_NOMEM, "marks of a finding");
}

pl_rc pl_findings_db_note(pl_findings_db *d, const pl_finding *f, pl_finding_past *ret, pl_err *err)
{
    struct known last = {.verdict = PL_UNKNOWN};
    struct known noted = {.verdict = PL_UNKNOWN};
    pl_rc rc = read_known(d, d->find, f->id, &last, err);
    bool is_changed = !last.is_there || last.verdict != pl_finding_judged(f);

    if (!rc)
        rc = read_place(d, f, &last, err);
    pl_finding_past past = past_of(d, f, &last);
    past.is_changed = is_changed;
    if (!rc)
        rc = read_known(d, d->find_noted, f->id, &noted, err);
    if (!rc)
        rc = join(d, f, &last, &noted, &past, err);
    pl_buf_done(&last.marks);
    pl_buf_done(&noted.marks);
    if (!rc && is_bad(pl_finding_judged(f)))
        rc = note_place(d, f, err);
    if (!rc && f->check && f->verdict != PL_UNKNOWN)
        rc = pl_findings_db_cover(d, f->subject, f->check->id, err);
    if (rc)
        return rc;
    if (!is_bad(pl_finding_judged(f)))
        past.first_seen_us = past.grown_us = 0;
    *ret = past;
    return PL_OK;
}

/* One statement of the commit: ?1 is the time of this run, ?2 whether it sees all, ?3 the time
 * before which places are forgotten. */
static pl_rc execute(pl_findings_db *d, const char *sql, const char *what, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    const int64_t day_us = 24LL * 3600 * 1000000;
    const int64_t values[] = {d->now_us, d->sees_all, d->now_us - PL_FINDING_PLACE_DAYS * day_us};
    pl_rc rc = pl_state_db_prepare(d->db, sql, &s, err);

    if (rc)
        return rc;
    for (size_t i = 0; i < PL_COUNT(values); i++) /* SQLITE_RANGE: the statement has no such one */
        (void)sqlite3_bind_int64(s, (int)i + 1, values[i]);
    return sqlite3_step(s) == SQLITE_DONE ? PL_OK : pl_state_db_failed(d->db, what, err);
}

pl_rc pl_findings_db_commit(pl_findings_db *d, pl_err *err)
{
    static const struct {
        const char *sql, *what;
    } steps[] = {
        {"INSERT OR REPLACE INTO finding(id, class, what, verdict, first_seen_us, last_seen_us,"
         " marks, grown_us) SELECT id, class, what, verdict, first_seen_us, ?1, marks, grown_us"
         " FROM noted",
         "keep findings"},
        {"INSERT OR REPLACE INTO finding_place(id, place, class, what, first_seen_us,"
         " last_seen_us, marks, grown_us) SELECT p.id, p.place, n.class, n.what, n.first_seen_us,"
         " ?1, n.marks, n.grown_us FROM noted_place p JOIN noted n ON n.id = p.id",
         "keep places of findings"},
        {"DELETE FROM finding WHERE last_seen_us < ?1"
         " AND (class, what) IN (SELECT class, what FROM covered)",
         "close findings that are over"},
        {"DELETE FROM finding_place WHERE class IN (SELECT class FROM covered)"
         " AND last_seen_us < ?1 AND (last_seen_us < ?3"
         " OR (class, what, place) IN (SELECT class, what, place FROM covered)"
         " OR (?2 AND (class, what) IN (SELECT class, what FROM covered)))",
         "close findings that are over"},
    };

    for (size_t i = 0; i < PL_COUNT(steps); i++) {
        pl_rc rc = execute(d, steps[i].sql, steps[i].what, err);
        if (rc)
            return rc;
    }
    return pl_state_db_execute(d->db, "COMMIT", err);
}
