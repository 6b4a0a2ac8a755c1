/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/import.h"

#include "core/jail.h"
#include "core/rd.h"
#include "core/text.h"
#include "vuln/feeds.h"
#include "vuln/import_private.h"
#include "vuln/limits.h"
#include "vuln/version.h"

#include <stdarg.h>

static const pl_jail_limits limits = {
    .ms = 1800 * 1000, .cpu_s = 1800, .memory = (size_t)1 << 30, .output = (size_t)8 << 30};

void pl_import_say(struct pl_importer *i, const char *fmt, ...)
{
    char line[1024];
    PL_AUTO_BUF pl_buf safe = {0};
    va_list ap;

    if (!i->im->say)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    pl_text_visible(&safe, pl_str_c(line), PL_TEXT_ALL);
    pl_buf_ch(&safe, '\0');
    if (pl_buf_ok(&safe))
        i->im->say(i->im->arg, safe.p);
}

static void take_bad(struct pl_importer *i, pl_rd *r)
{
    pl_str text = pl_rd_lstr(r);

    pl_db_add_malformed(i->build, 1);
    i->n_bad++;
    if (i->n_bad <= PL_VULN_BAD_NAMED)
        pl_import_say(i, "%s: %.*s: left out", i->name, PL_F(pl_str_sub(text, 0, 512)));
    else if (i->n_bad == PL_VULN_BAD_NAMED + 1)
        pl_import_say(i, "further malformed records are counted, not named");
}

static bool is_cve(pl_str s)
{
    return pl_cve_of(s).n && pl_cve_of(s).n == s.n && s.n <= PL_VULN_ID_MAX;
}

static pl_rc lied(pl_err *err)
{
    return pl_fail(err, PL_WORKER, "worker sent a malformed frame");
}

static pl_rc take_kev(struct pl_importer *i, pl_rd *r, pl_err *err)
{
    pl_rc rc = PL_OK;

    while (rc == PL_OK && r->n) {
        pl_str cve = pl_rd_lstr(r), due = pl_rd_lstr(r);
        if (!pl_rd_ok(r) || !is_cve(cve) || (due.n && !pl_is_date(due)))
            return lied(err);
        rc = pl_db_add_kev(i->build, cve, due, err);
    }
    return rc;
}

static pl_rc take_epss(struct pl_importer *i, pl_rd *r, pl_err *err)
{
    pl_rc rc = PL_OK;

    while (rc == PL_OK && r->n) {
        pl_str cve = pl_rd_lstr(r);
        uint32_t ppm = pl_rd_u32le(r);
        if (!pl_rd_ok(r) || !is_cve(cve) || ppm > PL_PPM)
            return lied(err);
        rc = pl_db_add_epss(i->build, cve, ppm, err);
    }
    return rc;
}

static pl_rc take_feed(struct pl_importer *i, pl_rd *r, pl_err *err)
{
    pl_str version = pl_rd_lstr(r);
    uint64_t date_us = pl_rd_u64le(r);

    if (!pl_rd_done(r) || version.n > PL_VULN_NAME_MAX || date_us > INT64_MAX ||
        (version.n && !pl_osv_is_word(version, PL_VULN_NAME_MAX)))
        return lied(err);
    return pl_db_add_feed(i->build, pl_str_c(pl_feed_form_word(i->form)), i->im->label, version,
                          (int64_t)date_us, err);
}

static pl_rc take_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct pl_importer *i = arg;
    pl_rd r = pl_rd_of(payload.p, payload.n);

    switch (type) {
    case PL_FRAME_RECORDS:
        return pl_db_add_records(i->build, &r, i->im->label, err);
    case PL_FRAME_BAD:
        take_bad(i, &r);
        return pl_rd_done(&r) ? PL_OK : lied(err);
    case PL_FRAME_KEV:
        return take_kev(i, &r, err);
    case PL_FRAME_EPSS:
        return take_epss(i, &r, err);
    case PL_FRAME_FEED:
        return take_feed(i, &r, err);
    default:
        return lied(err);
    }
}

static pl_jail_job job_of(struct pl_importer *i, const char *name, pl_feed_form form)
{
    i->name = name;
    i->form = form;
    return (pl_jail_job){.kind = PL_OSV_WORKER,
                         .args = pl_str_c(pl_feed_form_word(form)),
                         .in_fd = -1,
                         .limits = &limits,
                         .frame = take_frame,
                         .frame_arg = i};
}

pl_rc pl_import_file(struct pl_importer *i, int fd, const char *name, pl_feed_form form,
                     pl_err *err)
{
    pl_jail_job job = job_of(i, name, form);

    i->result->n_files++;
    job.in_fd = fd;
    pl_import_say(i, "%s: reading", name);
    pl_rc rc = pl_jail_run(&job, err);
    return rc == PL_OK ? rc : pl_wrap(err, rc, "%s", name);
}

pl_rc pl_import_packed(struct pl_importer *i, pl_err *err)
{
    pl_jail_job job = job_of(i, "loose files", PL_FEED_PACK);
    pl_rc rc = PL_OK;

    if (!pl_buf_ok(&i->pack))
        return pl_fail(err, PL_NOMEM, "out of memory");
    if (i->pack.n)
        rc = pl_jail_run_bytes(&job, pl_buf_view(&i->pack), err);
    pl_buf_reset(&i->pack);
    return rc == PL_OK ? rc : pl_wrap(err, rc, "loose .json files");
}

static pl_rc store(struct pl_importer *i, pl_err *err)
{
    PL_AUTO_BUF pl_buf bytes = {0};

    if (!i->result->n_files)
        return pl_fail(err, PL_NOTFOUND, "no OSV, KEV or EPSS files there");
    pl_rc rc = pl_db_finish(i->build, pl_now_us(i->im->clock), &bytes, &i->result->counts, err);
    if (rc == PL_OK && !i->result->counts.records && !i->result->counts.kev &&
        !i->result->counts.epss)
        rc = pl_fail(err, PL_FORMAT, "none of its %u files holds a usable record",
                     i->result->n_files);
    if (rc == PL_OK)
        rc = pl_db_store(i->im->dir, pl_buf_view(&bytes), err);
    i->result->bytes = bytes.n;
    return rc;
}

static void importer_done(struct pl_importer *i)
{
    pl_db_build_free(i->build);
    pl_buf_done(&i->pack);
}

static pl_rc check_only(pl_str list, pl_err *err)
{
    pl_str one;

    while (pl_str_cut(&list, ',', &one))
        if (!pl_version_order_find(pl_str_trim(one)))
            return pl_fail(err, PL_USAGE, "ecosystem %.*s: unknown; a name of OSV is expected",
                           PL_F(one));
    return PL_OK;
}

pl_rc pl_advisories_import(const pl_import *im, pl_import_result *ret, pl_err *err)
{
    pl_import_result result = {0};
    PL_CLEANUP(importer_done)
    struct pl_importer i = {.im = im, .result = &result, .build = pl_db_build_new()};

    if (!i.build)
        return pl_fail(err, PL_NOMEM, "out of memory");
    if (check_only(im->only, err) != PL_OK)
        return PL_USAGE;
    pl_db_build_only(i.build, im->only);
    i.pack.max = (size_t)2 * PL_VULN_PACK_MAX;
    bool is_address = pl_str_has(pl_str_c(im->source), PL_S("://"));
    pl_rc rc =
        is_address ? pl_import_fetch(&i, im->source, err) : pl_import_walk(&i, im->source, err);
    if (rc == PL_OK)
        rc = pl_import_packed(&i, err);
    if (rc == PL_OK)
        rc = store(&i, err);
    if (rc != PL_OK)
        return pl_wrap(err, rc, "import from %s", im->source);
    *ret = result;
    return PL_OK;
}
