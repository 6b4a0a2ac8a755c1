/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libarchive, loaded when a feed is packed in a form that needs it (core/late.h). It brings
 * libxml2, ICU's 29 MB and four decompressors, which took as long to load as all that a scan needs.
 *
 * A worker has to call pl_osv_worker_prepare before it gives up its files.
 */
#include "core/late.h"
#include "vuln/import.h"

#include <archive.h>
#include <archive_entry.h>
#include <pthread.h>

/* X(result, function, (parameters), (arguments), result when the library is not there) */
#define CALLS(X)                                                                                   \
    X(struct archive *, archive_read_new, (void), (), NULL)                                        \
    X(int, archive_read_free, (struct archive * a), (a), ARCHIVE_FATAL)                            \
    X(int, archive_read_support_filter_gzip, (struct archive * a), (a), ARCHIVE_FATAL)             \
    X(int, archive_read_support_filter_bzip2, (struct archive * a), (a), ARCHIVE_FATAL)            \
    X(int, archive_read_support_filter_xz, (struct archive * a), (a), ARCHIVE_FATAL)               \
    X(int, archive_read_support_filter_zstd, (struct archive * a), (a), ARCHIVE_FATAL)             \
    X(int, archive_read_support_format_raw, (struct archive * a), (a), ARCHIVE_FATAL)              \
    X(int, archive_read_support_format_zip_streamable, (struct archive * a), (a), ARCHIVE_FATAL)   \
    X(int, archive_read_open,                                                                      \
      (struct archive * a, void *data, archive_open_callback *open, archive_read_callback *read,   \
       archive_close_callback *close),                                                             \
      (a, data, open, read, close), ARCHIVE_FATAL)                                                 \
    X(int, archive_read_open_fd, (struct archive * a, int fd, size_t block), (a, fd, block),       \
      ARCHIVE_FATAL)                                                                               \
    X(int, archive_read_next_header, (struct archive * a, struct archive_entry * *e), (a, e),      \
      ARCHIVE_FATAL)                                                                               \
    X(la_ssize_t, archive_read_data, (struct archive * a, void *to, size_t n), (a, to, n),         \
      ARCHIVE_FATAL)                                                                               \
    X(const char *, archive_error_string, (struct archive * a), (a), NULL)                         \
    X(const char *, archive_entry_pathname, (struct archive_entry * e), (e), NULL)

/* Set by load(), once, and read-only afterwards; all of them or none. */
static struct {
    bool is_there;
    __typeof__(archive_set_error) *archive_set_error;
#define X(type, name, parameters, arguments, otherwise) __typeof__(name) *name;
    CALLS(X)
#undef X
} lib;

static void load(void)
{
    static const pl_late_call calls[] = {{"archive_set_error", (void **)&lib.archive_set_error},
#define X(type, name, parameters, arguments, otherwise) {#name, (void **)&lib.name},
                                         CALLS(X)
#undef X
    };
    lib.is_there = pl_late_load("libarchive.so.13", calls, PL_COUNT(calls));
}

static bool is_there(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
    return lib.is_there;
}

void pl_osv_worker_prepare(pl_str args)
{
    if (pl_feed_needs_archive(args))
        (void)is_there();
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libarchive's names say less */
#define X(type, name, parameters, arguments, otherwise)                                            \
    type name parameters                                                                           \
    {                                                                                              \
        return is_there() ? lib.name arguments : (otherwise);                                      \
    }
CALLS(X)
#undef X

/* Ours never has arguments, and whoever has an archive has the library. */
void archive_set_error(struct archive *a, int number, const char *text, ...)
{
    lib.archive_set_error(a, number, "%s", text);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
