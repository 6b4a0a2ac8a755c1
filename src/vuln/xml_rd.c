/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/xml_rd.h"

#include "core/attr.h"
#include "vuln/limits.h"

#include <archive.h>
#include <archive_entry.h>

static pl_rc archive_failed(struct archive *ar, pl_err *err)
{
    const char *why = archive_error_string(ar);
    return pl_fail(err, PL_FORMAT, "damaged file: %s", why ? why : "no reason given");
}

static pl_rc feed_all(pl_xml *x, struct archive *ar, pl_err *err)
{
    char chunk[64 << 10];
    size_t total = 0;
    pl_rc rc = PL_OK;

    while (rc == PL_OK) {
        la_ssize_t n = archive_read_data(ar, chunk, sizeof(chunk));
        if (n < 0)
            return archive_failed(ar, err);
        total += (size_t)n;
        if (total > PL_VULN_UNPACKED_MAX)
            return pl_fail(err, PL_LIMIT, "unpacks to more than the limit");
        rc = pl_xml_feed(x, (pl_str){chunk, (size_t)n}, n == 0, err);
        if (n == 0)
            break;
    }
    return rc;
}

static void free_archive(struct archive *ar)
{
    (void)archive_read_free(ar);
}

PL_DEFINE_CLEANUP(auto_archive_, struct archive *, free_archive, NULL)

static pl_rc open_stream(struct archive *ar, int fd, pl_err *err)
{
    enum { BLOCK = 64 << 10 };
    struct archive_entry *entry;

    (void)archive_read_support_filter_gzip(ar);
    (void)archive_read_support_filter_bzip2(ar);
    (void)archive_read_support_filter_xz(ar);
    (void)archive_read_support_filter_zstd(ar);
    (void)archive_read_support_format_raw(ar);
    if (archive_read_open_fd(ar, fd, BLOCK) != ARCHIVE_OK)
        return archive_failed(ar, err);
    int rc = archive_read_next_header(ar, &entry);
    if (rc == ARCHIVE_EOF)
        return pl_fail(err, PL_FORMAT, "empty file");
    return rc == ARCHIVE_OK ? PL_OK : archive_failed(ar, err);
}

pl_rc pl_xml_read(int fd, const pl_xml_handler *h, pl_err *err)
{
    PL_CLEANUP(auto_archive_) struct archive *ar = archive_read_new();
    PL_AUTO_XML pl_xml *x = NULL;

    if (!ar)
        return pl_fail(err, PL_NOMEM, "out of memory");
    pl_rc rc = pl_xml_open(h, &x, err);
    if (rc == PL_OK)
        rc = open_stream(ar, fd, err);
    return rc == PL_OK ? feed_all(x, ar, err) : rc;
}
