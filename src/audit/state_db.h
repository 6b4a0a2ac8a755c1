/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.db: what this installation remembers between runs (findings_db.h, inventory.h).
 *
 * SQLite in WAL mode; one version of the schema in PRAGMA user_version, migrated forward in one
 * transaction with a copy kept; a newer one is refused. Busy timeout 5 s. One thread at a time.
 * Errors: PL_TIMEOUT when another program holds it, the disk's own, PL_UNSUPPORTED for a newer
 * schema; all name state.db and what was done.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"

#include <sqlite3.h>

typedef struct pl_state_db pl_state_db;

/* state_fd: the state directory, borrowed. Files are made with mode 0600 and belong to its owner.
 */
pl_rc pl_state_db_open(int state_fd, pl_state_db **ret, pl_err *err) PL_MUST_USE;
void pl_state_db_close(pl_state_db *d); /* accepts NULL; rolls an open transaction back */

pl_rc pl_state_db_execute(pl_state_db *d, const char *sql, pl_err *err) PL_MUST_USE;
pl_rc pl_state_db_prepare(pl_state_db *d, const char *sql, sqlite3_stmt **ret,
                          pl_err *err) PL_MUST_USE;

/* The error of the last call on it. */
pl_rc pl_state_db_failed(pl_state_db *d, const char *what, pl_err *err) PL_MUST_USE;

/* Binds one text, which must live until the statement was stepped. */
void pl_state_db_bind(sqlite3_stmt *s, int at, pl_str text);

/* Runs a statement that gives no rows, and resets it. */
pl_rc pl_state_db_step(pl_state_db *d, sqlite3_stmt *s, const char *what, pl_err *err) PL_MUST_USE;

/* Next row of a statement: *ret_more false after the last, when it is reset. */
pl_rc pl_state_db_row(pl_state_db *d, sqlite3_stmt *s, const char *what, bool *ret_more,
                      pl_err *err) PL_MUST_USE;

/* A column of the row at hand, copied into the arena; empty for NULL or when the arena is full. */
pl_str pl_state_db_text(sqlite3_stmt *s, int column, pl_arena *a);

static inline void pl_auto_statement_(sqlite3_stmt **s)
{
    (void)sqlite3_finalize(*s);
}
#define PL_AUTO_STATEMENT PL_CLEANUP(pl_auto_statement_)

PL_DEFINE_CLEANUP(pl_auto_state_db_, pl_state_db *, pl_state_db_close, NULL)
#define PL_AUTO_STATE_DB PL_CLEANUP(pl_auto_state_db_)
