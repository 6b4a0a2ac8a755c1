/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite, loaded when the first database is opened (late.h): no worker has one, and the signer has
 * none. Without the library there is no database, which is an error that the callers know.
 */
#include "core/attr.h"
#include "core/late.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>

/* X(type, function, (parameters), (arguments)): of a database that is open */
#define CALLS(X)                                                                                   \
    X(int, sqlite3_exec,                                                                           \
      (sqlite3 * db, const char *sql, int (*row)(void *, int, char **, char **), void *arg,        \
       char **text),                                                                               \
      (db, sql, row, arg, text))                                                                   \
    X(int, sqlite3_busy_timeout, (sqlite3 * db, int ms), (db, ms))                                 \
    X(int, sqlite3_get_autocommit, (sqlite3 * db), (db))                                           \
    X(int, sqlite3_prepare_v2,                                                                     \
      (sqlite3 * db, const char *sql, int n, sqlite3_stmt **ret, const char **tail),               \
      (db, sql, n, ret, tail))                                                                     \
    X(int, sqlite3_step, (sqlite3_stmt * s), (s))                                                  \
    X(int, sqlite3_reset, (sqlite3_stmt * s), (s))                                                 \
    X(int, sqlite3_bind_int, (sqlite3_stmt * s, int at, int v), (s, at, v))                        \
    X(int, sqlite3_bind_int64, (sqlite3_stmt * s, int at, sqlite3_int64 v), (s, at, v))            \
    X(int, sqlite3_bind_text,                                                                      \
      (sqlite3_stmt * s, int at, const char *p, int n, void (*done)(void *)), (s, at, p, n, done)) \
    X(int, sqlite3_bind_text64,                                                                    \
      (sqlite3_stmt * s, int at, const char *p, sqlite3_uint64 n, void (*done)(void *),            \
       unsigned char encoding),                                                                    \
      (s, at, p, n, done, encoding))                                                               \
    X(int, sqlite3_bind_blob,                                                                      \
      (sqlite3_stmt * s, int at, const void *p, int n, void (*done)(void *)), (s, at, p, n, done)) \
    X(int, sqlite3_bind_blob64,                                                                    \
      (sqlite3_stmt * s, int at, const void *p, sqlite3_uint64 n, void (*done)(void *)),           \
      (s, at, p, n, done))                                                                         \
    X(int, sqlite3_column_int, (sqlite3_stmt * s, int at), (s, at))                                \
    X(sqlite3_int64, sqlite3_column_int64, (sqlite3_stmt * s, int at), (s, at))                    \
    X(const unsigned char *, sqlite3_column_text, (sqlite3_stmt * s, int at), (s, at))             \
    X(const void *, sqlite3_column_blob, (sqlite3_stmt * s, int at), (s, at))                      \
    X(int, sqlite3_column_bytes, (sqlite3_stmt * s, int at), (s, at))

/* Set by load(), once, and read-only afterwards; all of them or none. */
static struct {
    bool is_there;
    __typeof__(sqlite3_open_v2) *sqlite3_open_v2;
    __typeof__(sqlite3_close) *sqlite3_close;
    __typeof__(sqlite3_errcode) *sqlite3_errcode;
    __typeof__(sqlite3_errmsg) *sqlite3_errmsg;
    __typeof__(sqlite3_finalize) *sqlite3_finalize;
    __typeof__(sqlite3_db_config) *sqlite3_db_config;
#define X(type, name, parameters, arguments) __typeof__(name) *name;
    CALLS(X)
#undef X
} lib;

static void load(void)
{
    static const pl_late_call calls[] = {{"sqlite3_open_v2", (void **)&lib.sqlite3_open_v2},
                                         {"sqlite3_close", (void **)&lib.sqlite3_close},
                                         {"sqlite3_errcode", (void **)&lib.sqlite3_errcode},
                                         {"sqlite3_errmsg", (void **)&lib.sqlite3_errmsg},
                                         {"sqlite3_finalize", (void **)&lib.sqlite3_finalize},
                                         {"sqlite3_db_config", (void **)&lib.sqlite3_db_config},
#define X(type, name, parameters, arguments) {#name, (void **)&lib.name},
                                         CALLS(X)
#undef X
    };
    lib.is_there = pl_late_load("libsqlite3.so.0", calls, PL_COUNT(calls));
}

bool pl_late_sqlite(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
    return lib.is_there;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): SQLite's names say less */
int sqlite3_open_v2(const char *path, sqlite3 **ret, int flags, const char *vfs)
{
    if (pl_late_sqlite())
        return lib.sqlite3_open_v2(path, ret, flags, vfs);
    *ret = NULL;
    return SQLITE_ERROR;
}

/* These are called for what could not be opened or made, too. */
int sqlite3_close(sqlite3 *db)
{
    return db ? lib.sqlite3_close(db) : SQLITE_OK;
}

int sqlite3_errcode(sqlite3 *db)
{
    return db ? lib.sqlite3_errcode(db) : SQLITE_ERROR;
}

const char *sqlite3_errmsg(sqlite3 *db)
{
    return db ? lib.sqlite3_errmsg(db) : "no memory, or libsqlite3.so.0 could not be loaded";
}

int sqlite3_finalize(sqlite3_stmt *s)
{
    return s ? lib.sqlite3_finalize(s) : SQLITE_OK;
}

/* The one form that we use: a switch, and whether it is on now. */
int sqlite3_db_config(sqlite3 *db, int op, ...)
{
    va_list ap;

    va_start(ap, op);
    int on = va_arg(ap, int);
    int *is_on = va_arg(ap, int *);
    va_end(ap);
    return lib.sqlite3_db_config(db, op, on, is_on);
}

#define X(type, name, parameters, arguments)                                                       \
    type name parameters                                                                           \
    {                                                                                              \
        return lib.name arguments;                                                                 \
    }
CALLS(X)
#undef X
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
