/* SPDX-License-Identifier: Apache-2.0 */
/* The worker "osv": what is common to its forms, and the forms that hold OSV records. */
#include "core/rd.h"
#include "vuln/feeds.h"
#include "vuln/import.h"
#include "vuln/limits.h"
#include "vuln/line_rd.h"
#include "vuln/osv.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

static const pl_str forms[] = {
#define X(sym, word) [PL_FEED_##sym] = {(word), sizeof(word) - 1},
    PL_FEED_FORM_LIST(X)
#undef X
};

const char *pl_feed_form_word(pl_feed_form f)
{
    return forms[f].p;
}

pl_rc pl_feed_flush(pl_feed_out *out, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (!pl_buf_ok(&out->buf))
        return pl_fail(err, PL_NOMEM, "out of memory");
    if (out->buf.n)
        rc = pl_jail_send(out->fd, out->type, pl_buf_view(&out->buf), err);
    pl_buf_reset(&out->buf);
    return rc;
}

pl_rc pl_feed_sent(pl_feed_out *out, uint32_t type, pl_err *err)
{
    out->type = type;
    return out->buf.n >= PL_VULN_FRAME_FILL ? pl_feed_flush(out, err) : PL_OK;
}

pl_rc pl_feed_bad(pl_feed_out *out, const char *where, const char *why, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_rc rc = pl_feed_flush(out, err);
    if (rc != PL_OK)
        return rc;
    pl_buf_fmt(&text, "%s: %s", where, why);
    pl_buf_lstr(&out->buf, pl_buf_view(&text));
    out->type = PL_FRAME_BAD;
    return pl_feed_flush(out, err);
}

/* A record that cannot be used is told; only what ends the worker is an error here. */
static pl_rc take_record(pl_str json, const char *where, pl_arena *a, pl_feed_out *out, pl_err *err)
{
    pl_osv_record rec;
    pl_err why = {0};

    pl_arena_reset(a);
    if (pl_osv_parse(json, a, &rec, &why) != PL_OK)
        return pl_feed_bad(out, where, why.text, err);
    pl_osv_encode(&rec, &out->buf);
    return pl_feed_sent(out, PL_FRAME_RECORDS, err);
}

static pl_arena *record_arena(void)
{
    return pl_arena_new((size_t)8 * PL_VULN_RECORD_MAX);
}

pl_rc pl_feed_lines(struct pl_feed_in *in, pl_feed_out *out, pl_err *err)
{
    PL_AUTO_LINE_RD pl_line_rd lines = {.in = in, .max = PL_VULN_RECORD_MAX};
    PL_AUTO_ARENA pl_arena *a = record_arena();
    char where[64];
    bool is_too_long;
    pl_str line;
    pl_rc rc;

    if (!a)
        return pl_fail(err, PL_NOMEM, "out of memory");
    while ((rc = pl_line_rd_next(&lines, &line, &is_too_long, err)) == PL_OK && line.p) {
        (void)snprintf(where, sizeof(where), "line %zu", lines.no);
        if (is_too_long)
            rc = pl_feed_bad(out, where, "record too large", err);
        else if (pl_str_trim(line).n)
            rc = take_record(line, where, a, out, err);
        if (rc != PL_OK)
            return rc;
    }
    return rc;
}

pl_rc pl_feed_pack(int fd, pl_feed_out *out, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = record_arena();
    PL_AUTO_BUF pl_buf all = {0};
    char where[512];

    if (!a)
        return pl_fail(err, PL_NOMEM, "out of memory");
    pl_rc rc = pl_read_all(fd, (size_t)2 * PL_VULN_PACK_MAX, &all, err);
    pl_rd r = pl_rd_of(all.p, all.n);
    while (rc == PL_OK && r.n) {
        pl_str name = pl_rd_lstr(&r);
        pl_str text = pl_rd_lstr(&r);
        if (!pl_rd_ok(&r))
            return pl_fail(err, PL_FORMAT, "cut off in the middle");
        (void)snprintf(where, sizeof(where), "%.*s", PL_F(pl_str_sub(name, 0, 500)));
        rc = take_record(text, where, a, out, err);
    }
    return rc;
}

struct zip_in {
    int fd;
    char buf[64 << 10];
};

static la_ssize_t read_zip(struct archive *ar, void *arg, const void **ret)
{
    struct zip_in *in = arg;
    ssize_t n;

    do
        n = read(in->fd, in->buf, sizeof(in->buf));
    while (n < 0 && errno == EINTR);
    if (n < 0)
        archive_set_error(ar, errno, "read");
    *ret = in->buf;
    return n;
}

static pl_rc zip_error(struct archive *ar, pl_err *err)
{
    const char *why = archive_error_string(ar);
    return pl_fail(err, PL_FORMAT, "damaged zip file: %s", why ? why : "no reason given");
}

/* The entry's bytes; the buffer is bad when they are more than a record may have. */
static pl_rc read_entry(struct archive *ar, pl_buf *text, pl_err *err)
{
    char chunk[16 << 10];

    pl_buf_reset(text);
    for (;;) {
        la_ssize_t n = archive_read_data(ar, chunk, sizeof(chunk));
        if (n < 0)
            return zip_error(ar, err);
        if (n == 0)
            return PL_OK;
        pl_buf_add(text, chunk, (size_t)n);
    }
}

static pl_rc take_entry(struct archive *ar, const char *name, pl_arena *a, pl_buf *text,
                        pl_feed_out *out, pl_err *err)
{
    pl_rc rc = read_entry(ar, text, err);
    if (rc != PL_OK)
        return rc;
    if (pl_buf_ok(text))
        return take_record(pl_buf_view(text), name, a, out, err);
    *text = (pl_buf){.p = text->p, .room = text->room, .max = text->max};
    return pl_feed_bad(out, name, "record too large", err);
}

static void free_archive(struct archive *ar)
{
    (void)archive_read_free(ar);
}

PL_DEFINE_CLEANUP(auto_archive_, struct archive *, free_archive, NULL)

static pl_rc take_entries(struct archive *ar, pl_feed_out *out, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = record_arena();
    PL_AUTO_BUF pl_buf text = {.max = PL_VULN_RECORD_MAX};
    struct archive_entry *entry;
    size_t total = 0;
    int rc;

    if (!a)
        return pl_fail(err, PL_NOMEM, "out of memory");
    while ((rc = archive_read_next_header(ar, &entry)) == ARCHIVE_OK || rc == ARCHIVE_WARN) {
        const char *name = archive_entry_pathname(entry);
        if (!name || !pl_str_ends(pl_str_c(name), PL_S(".json")))
            continue;
        pl_rc taken = take_entry(ar, name, a, &text, out, err);
        if (taken != PL_OK)
            return taken;
        total += text.n;
        if (total > PL_VULN_UNPACKED_MAX)
            return pl_fail(err, PL_LIMIT, "unpacks to more than the limit");
    }
    return rc == ARCHIVE_EOF ? PL_OK : zip_error(ar, err);
}

pl_rc pl_feed_zip(int fd, pl_feed_out *out, pl_err *err)
{
    PL_CLEANUP(auto_archive_) struct archive *ar = archive_read_new();
    PL_AUTO_FREE struct zip_in *in = calloc(1, sizeof(*in));

    if (!ar || !in)
        return pl_fail(err, PL_NOMEM, "out of memory");
    in->fd = fd;
    (void)archive_read_support_format_zip_streamable(ar);
    if (archive_read_open(ar, in, NULL, read_zip, NULL) != ARCHIVE_OK)
        return zip_error(ar, err);
    return take_entries(ar, out, err);
}

static pl_rc run_stream(int fd, pl_feed_form form, pl_feed_out *out, pl_err *err)
{
    PL_AUTO_FEED_IN pl_feed_in *in = pl_feed_in_new(fd, PL_VULN_UNPACKED_MAX);

    if (!in)
        return pl_fail(err, PL_NOMEM, "out of memory");
    if (form == PL_FEED_KEV)
        return pl_feed_kev(in, out, err);
    if (form == PL_FEED_EPSS)
        return pl_feed_epss(in, out, err);
    return pl_feed_lines(in, out, err);
}

bool pl_feed_needs_archive(pl_str form)
{
    return pl_str_eq(form, forms[PL_FEED_ZIP]) || pl_str_eq(form, forms[PL_FEED_OVAL]) ||
           pl_str_eq(form, forms[PL_FEED_UPDATEINFO]);
}

static pl_rc run_form(int fd, pl_feed_form form, pl_feed_out *out, pl_err *err)
{
    if (form == PL_FEED_ZIP)
        return pl_feed_zip(fd, out, err);
    if (form == PL_FEED_OVAL)
        return pl_feed_oval(fd, out, err);
    if (form == PL_FEED_UPDATEINFO)
        return pl_feed_updateinfo(fd, out, err);
    if (form == PL_FEED_PACK)
        return pl_feed_pack(fd, out, err);
    return run_stream(fd, form, out, err);
}

pl_rc pl_osv_worker(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    pl_feed_out out = {.fd = out_fd, .buf = {.max = PL_VULN_FRAME_MAX}};

    for (size_t i = 0; i < PL_COUNT(forms); i++) {
        if (!pl_str_eq(forms[i], args))
            continue;
        pl_rc rc = run_form(in_fd, (pl_feed_form)i, &out, err);
        if (rc == PL_OK)
            rc = pl_feed_flush(&out, err);
        pl_buf_done(&out.buf);
        return rc;
    }
    return pl_fail(err, PL_USAGE, "unknown form %.*s", PL_F(args));
}
