/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/osv_range.h"

#include "core/json_rd.h"
#include "vuln/limits.h"

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

bool pl_osv_is_line(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (is_control(s.p[i]))
            return false;
    return pl_json_is_utf8(s);
}

bool pl_osv_is_word(pl_str s, size_t max)
{
    return s.n && s.n <= max && s.p[0] != ' ' && s.p[s.n - 1] != ' ' && pl_osv_is_line(s);
}

pl_str pl_osv_one_line(pl_arena *a, pl_str s)
{
    char *p = s.n ? pl_arena_calloc(a, s.n, 1) : NULL;

    for (size_t i = 0; p && i < s.n; i++) {
        p[i] = s.p[i];
        if (is_control(p[i]))
            p[i] = ' ';
    }
    return p ? (pl_str){p, s.n} : (pl_str){"", 0};
}

static bool is_first(const struct pl_osv_event *e)
{
    return e->kind == PL_OSV_EVENT_INTRODUCED && pl_str_eq(e->version, PL_S("0"));
}

static bool comes_before(const struct pl_osv_event *x, const struct pl_osv_event *y,
                         pl_version_order order)
{
    if (is_first(x) || is_first(y))
        return is_first(x) && !is_first(y);
    return order(x->version, y->version) == PL_ORDER_LESS;
}

/* Stable, and quick on what is nearly always sorted already. */
static void sort_events(struct pl_osv_event *e, size_t n, pl_version_order order)
{
    for (size_t i = 1; i < n; i++) {
        struct pl_osv_event x = e[i];
        size_t k = i;
        for (; k > 0 && comes_before(&x, &e[k - 1], order); k--)
            e[k] = e[k - 1];
        e[k] = x;
    }
}

static bool has_version(const struct pl_osv_event *e, pl_version_order order)
{
    return is_first(e) || order(e->version, e->version) != PL_ORDER_UNDEFINED;
}

/* NULL: every version of the range has an order. */
static const struct pl_osv_event *find_bad(const struct pl_osv_range *range, pl_version_order order)
{
    for (size_t i = 0; i < range->n; i++)
        if (!has_version(&range->events[i], order))
            return &range->events[i];
    return NULL;
}

/* One range gives at most one interval for every event. */
static void add_intervals(const struct pl_osv_range *range, pl_osv_affected *ret)
{
    bool is_open = false;

    for (size_t i = 0; i < range->n; i++) {
        const struct pl_osv_event *e = &range->events[i];
        if (e->kind == PL_OSV_EVENT_INTRODUCED && !is_open) {
            pl_str lo = is_first(e) ? (pl_str){"", 0} : e->version;
            ret->intervals[ret->n_intervals++] = (pl_osv_interval){.lo = lo};
            is_open = true;
        } else if (e->kind != PL_OSV_EVENT_INTRODUCED && is_open) {
            pl_osv_interval *iv = &ret->intervals[ret->n_intervals - 1];
            iv->hi = e->version;
            iv->end = e->kind == PL_OSV_EVENT_FIXED ? PL_OSV_FIXED : PL_OSV_LAST;
            is_open = false;
        }
    }
}

bool pl_osv_in_interval(const pl_osv_interval *iv, pl_str version, pl_version_order order)
{
    pl_order lo = iv->lo.n ? order(version, iv->lo) : PL_ORDER_EQUAL;
    if (lo == PL_ORDER_UNDEFINED || lo == PL_ORDER_LESS)
        return false;
    if (iv->end == PL_OSV_OPEN)
        return order(version, version) != PL_ORDER_UNDEFINED;
    pl_order hi = order(version, iv->hi);
    return hi == PL_ORDER_LESS || (hi == PL_ORDER_EQUAL && iv->end == PL_OSV_LAST);
}

static bool is_covered(const pl_osv_affected *aff, pl_str version, pl_version_order order)
{
    for (size_t i = 0; i < aff->n_intervals; i++)
        if (pl_osv_in_interval(&aff->intervals[i], version, order))
            return true;
    return false;
}

pl_rc pl_osv_intervals(const struct pl_osv_ranges *in, pl_version_order order, pl_arena *a,
                       pl_osv_affected *ret, pl_err *err)
{
    size_t n_events = 0;

    for (size_t i = 0; i < in->n; i++) {
        const struct pl_osv_event *bad = find_bad(&in->ranges[i], order);
        n_events += in->ranges[i].n;
        if (bad && !in->n_versions)
            return pl_fail(err, PL_FORMAT, "%.*s is not a version", PL_F(bad->version));
    }
    ret->intervals = pl_arena_calloc(a, n_events, sizeof(*ret->intervals));
    ret->versions = pl_arena_calloc(a, in->n_versions, sizeof(*ret->versions));
    if (!ret->intervals || !ret->versions)
        return pl_fail(err, PL_LIMIT, "record too large");
    for (size_t i = 0; i < in->n; i++) {
        /* the versions that are listed one by one say the same in full */
        if (find_bad(&in->ranges[i], order))
            continue;
        sort_events(in->ranges[i].events, in->ranges[i].n, order);
        add_intervals(&in->ranges[i], ret);
    }
    for (size_t i = 0; i < in->n_versions; i++)
        if (!is_covered(ret, in->versions[i], order))
            ret->versions[ret->n_versions++] = in->versions[i];
    return PL_OK;
}
