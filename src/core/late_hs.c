/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectorscan, loaded when a pattern is compiled or read (late.h). It brings the C++ library, and
 * both together cost each process of ours a millisecond of the five that it takes to start.
 *
 * A worker has to call pl_late_hs before it gives up its files.
 */
#include "core/attr.h"
#include "core/late.h"

#include <hs/hs.h>
#include <pthread.h>

/* X(function, (parameters), (arguments)) */
#define CALLS(X)                                                                                   \
    X(hs_valid_platform, (void), ())                                                               \
    X(hs_populate_platform, (hs_platform_info_t * platform), (platform))                           \
    X(hs_expression_info,                                                                          \
      (const char *expression, unsigned flags, hs_expr_info_t **info, hs_compile_error_t **error), \
      (expression, flags, info, error))                                                            \
    X(hs_compile,                                                                                  \
      (const char *expression, unsigned flags, unsigned mode, const hs_platform_info_t *platform,  \
       hs_database_t **db, hs_compile_error_t **error),                                            \
      (expression, flags, mode, platform, db, error))                                              \
    X(hs_compile_multi,                                                                            \
      (const char *const *expressions, const unsigned *flags, const unsigned *ids,                 \
       unsigned elements, unsigned mode, const hs_platform_info_t *platform, hs_database_t **db,   \
       hs_compile_error_t **error),                                                                \
      (expressions, flags, ids, elements, mode, platform, db, error))                              \
    X(hs_compile_lit_multi,                                                                        \
      (const char *const *expressions, const unsigned *flags, const unsigned *ids,                 \
       const size_t *lens, unsigned elements, unsigned mode, const hs_platform_info_t *platform,   \
       hs_database_t **db, hs_compile_error_t **error),                                            \
      (expressions, flags, ids, lens, elements, mode, platform, db, error))                        \
    X(hs_serialize_database, (const hs_database_t *db, char **bytes, size_t *length),              \
      (db, bytes, length))                                                                         \
    X(hs_deserialize_database, (const char *bytes, const size_t length, hs_database_t **db),       \
      (bytes, length, db))                                                                         \
    X(hs_database_size, (const hs_database_t *database, size_t *database_size),                    \
      (database, database_size))                                                                   \
    X(hs_alloc_scratch, (const hs_database_t *db, hs_scratch_t **scratch), (db, scratch))          \
    X(hs_scan,                                                                                     \
      (const hs_database_t *db, const char *data, unsigned length, unsigned flags,                 \
       hs_scratch_t *scratch, match_event_handler onEvent, void *context),                         \
      (db, data, length, flags, scratch, onEvent, context))

/* Only what the library made is freed by it: without the library there is nothing. */
#define FREES(X)                                                                                   \
    X(hs_free_compile_error, (hs_compile_error_t * error), (error))                                \
    X(hs_free_database, (hs_database_t * db), (db))                                                \
    X(hs_free_scratch, (hs_scratch_t * scratch), (scratch))

/* Set by load(), once, and read-only afterwards; all of them or none. */
static struct {
    bool is_there;
    __typeof__(hs_version) *hs_version;
#define X(name, parameters, arguments) __typeof__(name) *name;
    CALLS(X)
    FREES(X)
#undef X
} lib;

static void load(void)
{
    static const pl_late_call calls[] = {{"hs_version", (void **)&lib.hs_version},
#define X(name, parameters, arguments) {#name, (void **)&lib.name},
                                         CALLS(X) FREES(X)
#undef X
    };
    lib.is_there = pl_late_load(PL_LATE_HS, calls, PL_COUNT(calls));
}

bool pl_late_hs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
    return lib.is_there;
}

const char *hs_version(void)
{
    return pl_late_hs() ? lib.hs_version() : "";
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): some are called otherwise there
 */
#define X(name, parameters, arguments)                                                             \
    hs_error_t name parameters                                                                     \
    {                                                                                              \
        return pl_late_hs() ? lib.name arguments : HS_ARCH_ERROR;                                  \
    }
CALLS(X)
#undef X

#define X(name, parameters, arguments)                                                             \
    hs_error_t name parameters                                                                     \
    {                                                                                              \
        return lib.is_there ? lib.name arguments : HS_SUCCESS;                                     \
    }
FREES(X)
#undef X
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
