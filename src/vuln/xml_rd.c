/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/xml_rd.h"

#include "core/attr.h"
#include "core/buf.h"
#include "vuln/limits.h"

#include <archive.h>
#include <archive_entry.h>
#include <expat.h>
#include <string.h>

struct reader {
    const pl_xml_handler *h;
    XML_Parser parser;
    unsigned depth;
    pl_buf text; /* of the element that is open */
    pl_err *err;
    pl_rc rc;
};

/* The first failure is the one that is told. */
static void stop(struct reader *r, pl_rc rc)
{
    r->rc = rc;
    (void)XML_StopParser(r->parser, XML_FALSE);
}

static pl_str local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return pl_str_c(colon ? colon + 1 : name);
}

static void on_start(void *arg, const char *name, const char **attributes)
{
    struct reader *r = arg;

    pl_buf_reset(&r->text);
    if (++r->depth > PL_XML_DEPTH_MAX) {
        stop(r, pl_fail(r->err, PL_LIMIT, "elements more than %d deep", PL_XML_DEPTH_MAX));
        return;
    }
    pl_rc rc = r->h->start(r->h->arg, local_name(name), attributes, r->err);
    if (rc != PL_OK)
        stop(r, rc);
}

static void on_end(void *arg, const char *name)
{
    struct reader *r = arg;

    r->depth--;
    pl_rc rc = r->h->end(r->h->arg, local_name(name), pl_buf_view(&r->text), r->err);
    pl_buf_reset(&r->text);
    if (rc != PL_OK)
        stop(r, rc);
}

static void on_text(void *arg, const char *p, int n)
{
    struct reader *r = arg;
    size_t room = PL_XML_TEXT_MAX - r->text.n;

    pl_buf_add(&r->text, p, (size_t)n < room ? (size_t)n : room);
}

static void on_doctype(void *arg, const char *name, const char *system_id, const char *public_id,
                       int has_internal)
{
    struct reader *r = arg;

    (void)name, (void)system_id, (void)public_id, (void)has_internal;
    stop(r, pl_fail(r->err, PL_FORMAT, "document type declarations are not read"));
}

static pl_rc feed(struct reader *r, const char *p, size_t n, bool is_last)
{
    if (XML_Parse(r->parser, p, (int)n, is_last) == XML_STATUS_OK)
        return PL_OK;
    if (r->rc != PL_OK)
        return pl_wrap(r->err, r->rc, "line %lu",
                       (unsigned long)XML_GetCurrentLineNumber(r->parser));
    return pl_fail(r->err, PL_FORMAT, "line %lu: %s",
                   (unsigned long)XML_GetCurrentLineNumber(r->parser),
                   XML_ErrorString(XML_GetErrorCode(r->parser)));
}

static pl_rc archive_failed(struct archive *ar, pl_err *err)
{
    const char *why = archive_error_string(ar);
    return pl_fail(err, PL_FORMAT, "damaged file: %s", why ? why : "no reason given");
}

static pl_rc feed_all(struct reader *r, struct archive *ar, pl_err *err)
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
        rc = feed(r, chunk, (size_t)n, n == 0);
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

static void reader_done(struct reader *r)
{
    if (r->parser)
        XML_ParserFree(r->parser);
    pl_buf_done(&r->text);
}

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
    PL_CLEANUP(reader_done)
    struct reader r = {.h = h, .err = err, .parser = XML_ParserCreate(NULL)};

    if (!ar || !r.parser)
        return pl_fail(err, PL_NOMEM, "out of memory");
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    pl_rc rc = open_stream(ar, fd, err);
    return rc == PL_OK ? feed_all(&r, ar, err) : rc;
}

pl_str pl_xml_attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return pl_str_c(attributes[1]);
    return (pl_str){"", 0};
}
