/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/statements.h"

#include <string.h>

struct entries {
    uint64_t *v;
    size_t n, room;
    bool is_bad;
};

static void add(void *arg, uint64_t index)
{
    struct entries *e = arg;

    if (e->n == e->room) {
        size_t room = e->room ? e->room * 2 : 64;
        uint64_t *v = reallocarray(e->v, room, sizeof(*v));
        e->is_bad |= !v;
        if (!v)
            return;
        e->v = v;
        e->room = room;
    }
    e->v[e->n++] = index;
}

/* The entries that are known of this log, and up to where it was read. One with another key, or a
 * shorter one, is another log, of which nothing is known: a new one may have the same origin. */
static pl_rc recall(pl_state_db *d, const pl_log *log, struct entries *e, uint64_t *ret_next,
                    pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *known = NULL, *list = NULL;
    bool more = false;

    pl_rc rc = pl_state_db_prepare(d, "SELECT origin, next FROM statements_read", &known, err);
    if (!rc)
        rc = pl_state_db_row(d, known, "read what is known of the log", &more, err);
    if (rc || !more)
        return rc;
    pl_str whose = pl_str_c((const char *)sqlite3_column_text(known, 0));
    uint64_t next = (uint64_t)sqlite3_column_int64(known, 1);
    if (!pl_str_eq(whose, pl_str_c(pl_log_vkey(log))) || next > pl_log_head(log)->size)
        return PL_OK;
    rc = pl_state_db_prepare(d, "SELECT entry FROM statement ORDER BY entry", &list, err);
    while (!rc && !(rc = pl_state_db_row(d, list, "list statements", &more, err)) && more)
        add(e, (uint64_t)sqlite3_column_int64(list, 0));
    *ret_next = next;
    return rc;
}

static pl_rc keep_all(pl_state_db *d, const struct entries *e, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    pl_rc rc = pl_state_db_prepare(d, "INSERT INTO statement VALUES (?1)", &s, err);

    for (size_t i = 0; !rc && i < e->n; i++) {
        (void)sqlite3_bind_int64(s, 1, (sqlite3_int64)e->v[i]);
        rc = pl_state_db_step(d, s, "note a statement", err);
    }
    return rc;
}

static pl_rc remember(pl_state_db *d, const pl_log *log, const struct entries *e, pl_err *err)
{
    PL_AUTO_STATEMENT sqlite3_stmt *s = NULL;
    pl_rc rc = pl_state_db_execute(
        d, "BEGIN IMMEDIATE; DELETE FROM statement; DELETE FROM statements_read", err);

    if (!rc)
        rc = keep_all(d, e, err);
    if (!rc)
        rc = pl_state_db_prepare(d, "INSERT INTO statements_read VALUES (?1, ?2)", &s, err);
    if (rc)
        return rc;
    pl_state_db_bind(s, 1, pl_str_c(pl_log_vkey(log)));
    (void)sqlite3_bind_int64(s, 2, (sqlite3_int64)pl_log_head(log)->size);
    rc = pl_state_db_step(d, s, "note how far the log was read", err);
    return rc ? rc : pl_state_db_execute(d, "COMMIT", err);
}

/* Reads the log from `next` on; with the entries before it. */
static pl_rc read_from(pl_state_db *d, pl_log *log, uint64_t next, struct entries *e, pl_arena *a,
                       pl_govern *ret, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (next < pl_log_head(log)->size) {
        rc = pl_govern_find(log, next, add, e, err);
        if (!rc && !e->is_bad && d)
            rc = remember(d, log, e, err);
    }
    if (!rc && e->is_bad)
        rc = pl_fail(err, PL_NOMEM, "list of statements");
    return rc ? rc : pl_govern_read(log, e->v, e->n, a, ret, err);
}

pl_rc pl_statements_read(pl_state_db *d, pl_log *log, pl_arena *a, pl_govern *ret, pl_err *err)
{
    struct entries e = {0};
    uint64_t next = 0;

    pl_rc rc = d ? recall(d, log, &e, &next, err) : PL_OK;
    if (!rc)
        rc = read_from(d, log, next, &e, a, ret, err);
    if (rc == PL_FORMAT && next) { /* what is remembered is wrong: the log itself says */
        e.n = 0;
        rc = read_from(d, log, 0, &e, a, ret, err);
    }
    free(e.v);
    return rc;
}
