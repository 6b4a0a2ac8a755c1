/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record between worker and importer, little-endian: lstr id; u8 withdrawn; u64 modified,
 * published; lstr summary; list names; list aliases; u32 cvss + 1; u32 skipped; u32 count of
 * affected: lstr ecosystem, package, module, arch; u8 severity, state; u32 count of intervals: u8
 * end, lstr lo, hi; list versions. A list is a u32 count and that many lstr.
 */
#include "vuln/limits.h"
#include "vuln/osv.h"
#include "vuln/osv_range.h"

static void put_list(pl_buf *out, const pl_str *v, size_t n)
{
    pl_buf_u32le(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        pl_buf_lstr(out, v[i]);
}

static void put_affected(pl_buf *out, const pl_osv_affected *aff)
{
    pl_buf_lstr(out, aff->ecosystem);
    pl_buf_lstr(out, aff->package);
    pl_buf_lstr(out, aff->module);
    pl_buf_lstr(out, aff->arch);
    pl_buf_ch(out, (char)aff->severity);
    pl_buf_ch(out, (char)aff->state);
    pl_buf_u32le(out, (uint32_t)aff->n_intervals);
    for (size_t i = 0; i < aff->n_intervals; i++) {
        pl_buf_ch(out, (char)aff->intervals[i].end);
        pl_buf_lstr(out, aff->intervals[i].lo);
        pl_buf_lstr(out, aff->intervals[i].hi);
    }
    put_list(out, aff->versions, aff->n_versions);
}

void pl_osv_encode(const pl_osv_record *rec, pl_buf *out)
{
    pl_buf_lstr(out, rec->id);
    pl_buf_ch(out, (char)rec->is_withdrawn);
    pl_buf_u64le(out, (uint64_t)rec->modified_us);
    pl_buf_u64le(out, (uint64_t)rec->published_us);
    pl_buf_lstr(out, rec->summary);
    put_list(out, rec->names, rec->n_names);
    put_list(out, rec->aliases, rec->n_aliases);
    pl_buf_u32le(out, (uint32_t)(rec->cvss + 1));
    pl_buf_u32le(out, rec->n_skipped);
    pl_buf_u32le(out, (uint32_t)rec->n_affected);
    for (size_t i = 0; i < rec->n_affected; i++)
        put_affected(out, &rec->affected[i]);
}

struct decode {
    pl_rd *r;
    pl_arena *a;
    bool is_bad;  /* malformed */
    bool is_full; /* the arena is used up */
};

static bool going(const struct decode *d)
{
    return !d->is_bad && !d->is_full && pl_rd_ok(d->r);
}

static void check(struct decode *d, bool holds)
{
    if (!holds)
        d->is_bad = true;
}

static pl_str keep(struct decode *d, pl_str s)
{
    pl_str copy = pl_arena_str(d->a, s);
    if (!copy.p)
        d->is_full = true;
    return copy.p ? copy : (pl_str){"", 0};
}

static pl_str get_word(struct decode *d, size_t max, bool may_be_empty)
{
    pl_str s = pl_rd_lstr(d->r);
    if (!going(d) || (!s.n && may_be_empty))
        return (pl_str){"", 0};
    check(d, pl_osv_is_word(s, max));
    return going(d) ? keep(d, s) : (pl_str){"", 0};
}

/* How many follow: no more than max, and no more than the bytes left can hold. */
static size_t get_count(struct decode *d, size_t max, size_t least_bytes)
{
    size_t n = pl_rd_u32le(d->r);
    check(d, n <= max && n <= d->r->n / least_bytes);
    return going(d) ? n : 0;
}

static void *get_room(struct decode *d, size_t n, size_t size)
{
    void *p = pl_arena_calloc(d->a, n, size);
    if (!p)
        d->is_full = true;
    return p;
}

static pl_str *get_list(struct decode *d, size_t max_n, size_t max, size_t *ret_n)
{
    size_t n = get_count(d, max_n, 4);
    pl_str *v = get_room(d, n, sizeof(*v));

    *ret_n = v ? n : 0;
    for (size_t i = 0; v && i < n && going(d); i++)
        v[i] = get_word(d, max, false);
    return v;
}

static uint8_t get_enum(struct decode *d, uint8_t last)
{
    uint8_t v = pl_rd_u8(d->r);
    check(d, v <= last);
    return v <= last ? v : 0;
}

static void get_interval(struct decode *d, pl_osv_interval *iv)
{
    iv->end = (pl_osv_end)get_enum(d, PL_OSV_LAST);
    iv->lo = get_word(d, PL_VULN_VERSION_MAX, true);
    iv->hi = get_word(d, PL_VULN_VERSION_MAX, true);
    check(d, (iv->end == PL_OSV_OPEN) == (iv->hi.n == 0));
}

static void get_affected(struct decode *d, pl_osv_affected *aff)
{
    aff->ecosystem = get_word(d, PL_VULN_NAME_MAX, false);
    aff->package = get_word(d, PL_VULN_NAME_MAX, false);
    aff->module = get_word(d, PL_VULN_NAME_MAX, true);
    aff->arch = get_word(d, PL_VULN_NAME_MAX, true);
    aff->severity = (pl_severity)get_enum(d, PL_UNKNOWN_SEVERITY);
    aff->state = (pl_fix_state)get_enum(d, PL_FIX_END_OF_LIFE);
    size_t n = get_count(d, (size_t)PL_VULN_RANGES_MAX * PL_VULN_EVENTS_MAX, 9);
    aff->intervals = get_room(d, n, sizeof(*aff->intervals));
    aff->n_intervals = aff->intervals ? n : 0;
    for (size_t i = 0; i < aff->n_intervals && going(d); i++)
        get_interval(d, &aff->intervals[i]);
    aff->versions = get_list(d, PL_VULN_VERSIONS_MAX, PL_VULN_VERSION_MAX, &aff->n_versions);
}

static int64_t get_time(struct decode *d)
{
    uint64_t v = pl_rd_u64le(d->r);
    check(d, v <= INT64_MAX);
    return v <= INT64_MAX ? (int64_t)v : 0;
}

static void get_all_affected(struct decode *d, pl_osv_record *rec)
{
    size_t n = get_count(d, PL_VULN_AFFECTED_MAX, 22);

    rec->affected = get_room(d, n, sizeof(*rec->affected));
    rec->n_affected = rec->affected ? n : 0;
    for (size_t i = 0; i < rec->n_affected && going(d); i++)
        get_affected(d, &rec->affected[i]);
}

static pl_str get_summary(struct decode *d)
{
    pl_str s = pl_rd_lstr(d->r);
    if (!going(d) || !s.n)
        return (pl_str){"", 0};
    check(d, s.n <= PL_VULN_SUMMARY_MAX && pl_osv_is_line(s));
    return going(d) ? keep(d, s) : (pl_str){"", 0};
}

pl_rc pl_osv_decode(pl_rd *r, pl_arena *a, pl_osv_record *ret, pl_err *err)
{
    struct decode d = {.r = r, .a = a};
    pl_osv_record rec = {0};

    rec.id = get_word(&d, PL_VULN_ID_MAX, false);
    rec.is_withdrawn = get_enum(&d, 1);
    rec.modified_us = get_time(&d);
    rec.published_us = get_time(&d);
    rec.summary = get_summary(&d);
    rec.names = get_list(&d, PL_VULN_IDS_MAX + 1, PL_VULN_ID_MAX, &rec.n_names);
    rec.aliases = get_list(&d, PL_VULN_IDS_MAX + 1, PL_VULN_ID_MAX, &rec.n_aliases);
    uint32_t cvss = pl_rd_u32le(r);
    check(&d, cvss <= 101 && rec.n_names > 0);
    rec.cvss = (int32_t)cvss - 1;
    rec.n_skipped = pl_rd_u32le(r);
    get_all_affected(&d, &rec);
    if (d.is_full)
        return pl_fail(err, PL_LIMIT, "advisories larger than the memory for them");
    if (!going(&d))
        return pl_fail(err, PL_FORMAT, "worker sent a malformed record");
    *ret = rec;
    return PL_OK;
}
