/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker's forms for CISA's catalog of known exploited vulnerabilities (JSON,
 * cisa.gov/known-exploited-vulnerabilities-catalog) and FIRST's exploit prediction scores (CSV,
 * first.org/epss: a comment line, a heading, then CVE,probability,percentile).
 */
#include "core/clock.h"
#include "core/json_rd.h"
#include "vuln/char.h"
#include "vuln/feeds.h"
#include "vuln/limits.h"
#include "vuln/line_rd.h"
#include "vuln/osv.h"

#include <string.h>

static pl_rc send_feed(pl_feed_out *out, pl_str version, int64_t date_us, pl_err *err)
{
    pl_rc rc = pl_feed_flush(out, err);

    if (rc != PL_OK)
        return rc;
    pl_buf_lstr(&out->buf, pl_str_sub(version, 0, PL_VULN_NAME_MAX));
    pl_buf_u64le(&out->buf, (uint64_t)(date_us > 0 ? date_us : 0));
    out->type = PL_FRAME_FEED;
    return pl_feed_flush(out, err);
}

static pl_rc read_whole(pl_feed_in *in, pl_buf *ret, pl_err *err)
{
    size_t got;
    pl_rc rc;
    char chunk[32 << 10];

    while ((rc = pl_feed_in_read(in, chunk, sizeof(chunk), &got, err)) == PL_OK && got)
        pl_buf_add(ret, chunk, got);
    if (rc == PL_OK && !pl_buf_ok(ret))
        return pl_fail(err, PL_LIMIT, "larger than %zu bytes", ret->max);
    return rc;
}

static pl_rc take_kev_row(pl_json_rd *r, pl_feed_out *out, pl_err *err)
{
    pl_str key, cve = {0}, due = {0};

    if (!pl_json_enter_object(r))
        return PL_OK;
    while (pl_json_key(r, &key)) {
        if (pl_str_eq(key, PL_S("cveID")))
            (void)pl_json_raw(r, &cve);
        else if (pl_str_eq(key, PL_S("dueDate")))
            (void)pl_json_raw(r, &due);
        else
            pl_json_skip(r);
    }
    if (r->is_bad)
        return PL_OK;
    if (!pl_cve_of(cve).n || pl_cve_of(cve).n != cve.n)
        return pl_feed_bad(out, "a row of vulnerabilities", "no CVE id", err);
    pl_buf_lstr(&out->buf, cve);
    pl_buf_lstr(&out->buf, pl_is_date(due) ? due : (pl_str){"", 0});
    return pl_feed_sent(out, PL_FRAME_KEV, err);
}

static pl_rc take_kev_rows(pl_json_rd *r, pl_feed_out *out, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (!pl_json_enter_array(r))
        return pl_fail(err, PL_FORMAT, "vulnerabilities is not a list");
    while (rc == PL_OK && pl_json_item(r))
        rc = take_kev_row(r, out, err);
    return rc;
}

pl_rc pl_feed_kev(pl_feed_in *in, pl_feed_out *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {.max = PL_VULN_PACK_MAX};
    pl_str key, version = {"", 0}, date = {"", 0};
    bool has_rows = false;
    int64_t date_us = 0;

    pl_rc rc = read_whole(in, &text, err);
    if (rc != PL_OK)
        return rc;
    pl_json_rd r = pl_json_rd_of(pl_buf_view(&text));
    if (!pl_json_enter_object(&r))
        return pl_fail(err, PL_FORMAT, "not a JSON object");
    while (rc == PL_OK && pl_json_key(&r, &key)) {
        if (pl_str_eq(key, PL_S("catalogVersion"))) {
            (void)pl_json_raw(&r, &version);
        } else if (pl_str_eq(key, PL_S("dateReleased"))) {
            (void)pl_json_raw(&r, &date);
        } else if (pl_str_eq(key, PL_S("vulnerabilities"))) {
            has_rows = true;
            rc = take_kev_rows(&r, out, err);
        } else {
            pl_json_skip(&r);
        }
    }
    if (rc != PL_OK)
        return rc;
    if (!pl_json_done(&r))
        return pl_fail(err, PL_FORMAT, "byte %zu: %s", (size_t)(r.p - r.start), r.why);
    if (!has_rows)
        return pl_fail(err, PL_FORMAT, "not a catalog of known exploited vulnerabilities");
    (void)pl_time_parse(date, &date_us);
    return send_feed(out, version, date_us, err);
}

/* "0.11484" in millionths, cut behind the sixth digit. */
static bool parse_ppm(pl_str s, uint32_t *ret)
{
    enum { DIGITS = 6 };
    pl_str rest = s, whole;
    uint64_t units, v = 0;

    (void)pl_str_cut(&rest, '.', &whole);
    if (!pl_str_u64(whole, &units) || units > 1)
        return false;
    for (size_t i = 0; i < rest.n; i++)
        if (!pl_is_digit(rest.p[i]))
            return false;
    for (size_t i = 0; i < DIGITS; i++)
        v = 10 * v + (i < rest.n ? (uint64_t)(rest.p[i] - '0') : 0);
    v += units * PL_PPM;
    *ret = (uint32_t)v;
    return v <= PL_PPM;
}

/* "#model_version:v2025.03.14,score_date:2025-07-13T00:00:00+0000" */
static pl_rc take_comment(pl_str line, pl_feed_out *out, pl_err *err)
{
    pl_str part, name, date = {"", 0}, rest = pl_str_sub(line, 1, line.n);
    char iso[] = "0000-00-00T00:00:00Z";
    int64_t date_us = 0;

    while (pl_str_cut(&rest, ',', &part)) {
        pl_str value = part;
        (void)pl_str_cut(&value, ':', &name);
        if (pl_str_eq(name, PL_S("score_date")))
            date = pl_str_sub(value, 0, 10);
    }
    if (pl_is_date(date)) {
        memcpy(iso, date.p, date.n);
        (void)pl_time_parse(pl_str_c(iso), &date_us);
    }
    return send_feed(out, pl_is_date(date) ? date : (pl_str){"", 0}, date_us, err);
}

static pl_rc take_score(pl_str line, size_t no, pl_feed_out *out, pl_err *err)
{
    pl_str rest = line, cve, probability;
    char where[64];
    uint32_t ppm;

    (void)pl_str_cut(&rest, ',', &cve);
    (void)pl_str_cut(&rest, ',', &probability);
    (void)snprintf(where, sizeof(where), "line %zu", no);
    if (!pl_cve_of(cve).n || pl_cve_of(cve).n != cve.n || !parse_ppm(probability, &ppm))
        return pl_feed_bad(out, where, "not a CVE and its probability", err);
    pl_buf_lstr(&out->buf, cve);
    pl_buf_u32le(&out->buf, ppm);
    return pl_feed_sent(out, PL_FRAME_EPSS, err);
}

pl_rc pl_feed_epss(pl_feed_in *in, pl_feed_out *out, pl_err *err)
{
    enum { LINE_MAX_BYTES = 4096 };
    PL_AUTO_LINE_RD pl_line_rd lines = {.in = in, .max = LINE_MAX_BYTES};
    bool is_too_long, has_heading = false;
    pl_str line;
    pl_rc rc;

    while ((rc = pl_line_rd_next(&lines, &line, &is_too_long, err)) == PL_OK && line.p) {
        line = pl_str_trim(line);
        if (pl_str_starts(line, PL_S("#")))
            rc = take_comment(line, out, err);
        else if (pl_str_starts(line, PL_S("cve,epss")))
            has_heading = true;
        else if (!has_heading)
            return pl_fail(err, PL_FORMAT, "line %zu: heading cve,epss expected", lines.no);
        else if (line.n || is_too_long)
            rc = take_score(line, lines.no, out, err);
        if (rc != PL_OK)
            return rc;
    }
    if (rc == PL_OK && !has_heading)
        return pl_fail(err, PL_FORMAT, "heading cve,epss expected");
    return rc;
}
