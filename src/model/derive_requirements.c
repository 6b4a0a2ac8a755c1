/* SPDX-License-Identifier: Apache-2.0 */
/* The status of each requirement, from the checks that the content maps to it. */
#include "model/derive.h"

#include <string.h>

/* One mapping of a check to a requirement. */
typedef struct edge {
    pl_str framework;
    pl_str id;
    const pl_check_result *check;
} edge;

static int by_requirement(const void *pa, const void *pb)
{
    const edge *a = pa, *b = pb;
    int order = pl_str_cmp(a->framework, b->framework);

    return order ? order : pl_str_cmp(a->id, b->id);
}

static int worst_check_first(const edge *a, const edge *b)
{
    int order = pl_verdict_rank(a->check->verdict) - pl_verdict_rank(b->check->verdict);

    if (order == 0)
        order = pl_severity_rank(b->check->severity) - pl_severity_rank(a->check->severity);
    if (order == 0 && a->check != b->check)
        order = a->check < b->check ? -1 : 1;
    return order;
}

static int by_requirement_then_badness(const void *pa, const void *pb)
{
    int order = by_requirement(pa, pb);

    return order ? order : worst_check_first(pa, pb);
}

static size_t count_edges(const pl_content *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_checks; i++)
        for (size_t m = 0; m < c->checks[i].n_controls; m++)
            n += c->checks[i].controls[m].n;
    return n;
}

static edge *sorted_edges(pl_derive *d, size_t *ret_n)
{
    size_t n = 0;
    edge *rows = pl_derive_alloc(d, count_edges(d->a->content), sizeof(*rows));

    for (size_t i = 0; rows && i < d->ret->n_checks; i++) {
        const pl_check_result *r = &d->ret->checks[i];
        for (size_t m = 0; m < r->check->n_controls; m++) {
            const pl_mapping *map = &r->check->controls[m];
            for (size_t k = 0; k < map->n; k++)
                rows[n++] = (edge){map->framework, map->ids[k], r};
        }
    }
    if (rows)
        qsort(rows, n, sizeof(*rows), by_requirement_then_badness);
    *ret_n = n;
    return rows;
}

static bool names(const pl_statement *s, const edge *e)
{
    for (size_t k = 0; k < s->n_requirements; k++)
        if (pl_str_eq(s->requirements[k].framework, e->framework) &&
            pl_str_eq(s->requirements[k].id, e->id))
            return true;
    return false;
}

/* Of a control that is attested in part: whether the newest statement that names the requirement
 * holds. Decisions about specifications are no statements about what the control bears on. */
static bool is_named(const pl_assessment *a, const edge *e)
{
    const pl_statement *newest = NULL;

    for (size_t i = 0; i < a->n_statements; i++) {
        const pl_statement *s = &a->statements[i];
        if (pl_statement_is(s, PL_STATEMENT_ATTESTATION) && !s->decision.n &&
            pl_str_eq(s->what, e->check->check->id) && names(s, e) &&
            (!newest || s->number > newest->number))
            newest = s;
    }
    return newest && pl_statement_has_state(newest, PL_STATEMENT_IN_FORCE);
}

static void tally_check(const pl_assessment *a, pl_tally *t, const edge *e)
{
    const pl_check_result *c = e->check;

    if (pl_str_eq(c->reason, PL_S("attestation-partial"))) {
        (*(is_named(a, e) ? &t->attested : &t->attest))++;
        return;
    }
    switch (c->verdict) {
    case PL_PASS:
        t->pass++;
        break;
    case PL_FAIL:
        t->fail++;
        break;
    case PL_NOT_APPLICABLE:
        t->not_applicable++;
        break;
    case PL_WAIVED:
        t->waived++;
        break;
    case PL_ATTESTED:
        t->attested++;
        break;
    case PL_UNKNOWN:
    default:
        if (c->tally.unknown)
            t->unknown++;
        else if (c->tally.missing)
            t->missing++;
        else
            t->attest++;
    }
}

/* What people say is no pass, so it makes nothing partly supported: an accepted failure is still
 * one, and what could not be judged is still unknown. */
static pl_support support_without_a_pass(const pl_tally *t)
{
    if (t->waived)
        return PL_SUPPORT_NOT_SUPPORTED;
    if (t->unknown || t->missing)
        return PL_SUPPORT_UNKNOWN;
    if (t->attest)
        return PL_SUPPORT_ATTESTATION;
    return t->attested ? PL_SUPPORT_ATTESTED : PL_SUPPORT_NOT_APPLICABLE;
}

static pl_support support_of(const pl_requirement_result *r)
{
    size_t passes = 0;

    /* A check that passes for one container and is unknown for another counts as an unknown check,
     * and still as some support. */
    for (size_t i = 0; i < r->n; i++)
        passes += r->checks[i]->tally.pass;
    if (r->n == 0)
        return PL_SUPPORT_NOT_COVERED;
    if (r->tally.fail)
        return PL_SUPPORT_NOT_SUPPORTED;
    if (passes) {
        if (pl_tally_unknown(&r->tally) || r->tally.waived)
            return PL_SUPPORT_PARTLY;
        return r->tally.attested ? PL_SUPPORT_ATTESTED : PL_SUPPORT_SUPPORTED;
    }
    return support_without_a_pass(&r->tally);
}

static bool has_baselines(const pl_framework *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->requirements[i].baselines.n)
            return true;
    return false;
}

static bool in_baseline(const pl_assessment *a, const pl_requirement *r)
{
    return a->baseline.n ? pl_str_has(r->baselines, a->baseline) : r->baselines.n > 0;
}

static bool in_profile(const pl_assessment *a, const pl_framework *f, const pl_requirement *r)
{
    const pl_profile_scope *s = a->profile ? pl_profile_scope_of(a->profile, f->id) : NULL;

    return !a->profile || (s && pl_profile_has(s, r));
}

/* The first edge of a requirement: rows are sorted. */
static size_t lower_bound(const edge *rows, size_t n, const edge *key)
{
    size_t lo = 0, hi = n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (by_requirement(&rows[mid], key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void derive_requirement(pl_derive *d, const edge *rows, size_t n_rows, const edge *key,
                               pl_requirement_result *ret)
{
    size_t at = lower_bound(rows, n_rows, key);
    size_t end = at;

    while (end < n_rows && by_requirement(&rows[end], key) == 0)
        end++;
    const pl_check_result **checks = pl_derive_alloc(d, end - at, sizeof(pl_check_result *));
    if (!checks)
        return;
    for (; at < end; at++) {
        /* A mapping that names the same requirement twice counts once. */
        if (ret->n && checks[ret->n - 1] == rows[at].check)
            continue;
        checks[ret->n++] = rows[at].check;
        tally_check(d->a, &ret->tally, &rows[at]);
    }
    ret->checks = checks;
    ret->support = support_of(ret);
}

static void derive_framework(pl_derive *d, const edge *rows, size_t n_rows, const pl_framework *f,
                             pl_framework_result *ret)
{
    bool with_baselines = has_baselines(f);
    pl_requirement_result *reqs = pl_derive_alloc(d, f->n, sizeof(*reqs));

    ret->framework = f;
    ret->requirements = reqs;
    ret->n = reqs ? f->n : 0;
    for (size_t i = 0; reqs && i < f->n; i++) {
        const pl_requirement *r = &f->requirements[i];
        reqs[i].requirement = r;
        derive_requirement(d, rows, n_rows, &(edge){f->id, r->id, NULL}, &reqs[i]);
        reqs[i].in_scope =
            !r->is_heading && in_profile(d->a, f, r) &&
            (d->a->profile || !with_baselines || in_baseline(d->a, r) || reqs[i].n > 0);
        if (reqs[i].in_scope) {
            ret->count[reqs[i].support]++;
            ret->total++;
        }
    }
}

/* The order in which most readers look for them; others follow as the content has them. */
static size_t place_of(pl_str id)
{
    static const char *const order[] = {
        "pci_dss_4_0_1",
        "hipaa",
        "hitrust_csf",
        "nist_800_53r5",
        "soc2",
        "iso27001_2022",
        "cfr_21_part_11",
        "nist_800_190",
        "cis_docker_1_6",
        "cis_kubernetes_1_12",
        "pci_containers_2022",
    };
    size_t i = 0;

    while (i < PL_COUNT(order) && !pl_str_eq(pl_str_c(order[i]), id))
        i++;
    return i;
}

static int by_place(const void *pa, const void *pb)
{
    const pl_framework_result *a = pa, *b = pb;
    size_t x = place_of(a->framework->id), y = place_of(b->framework->id);

    if (x != y)
        return x < y ? -1 : 1;
    return a->framework < b->framework ? -1 : 1;
}

void pl_derive_frameworks(pl_derive *d)
{
    const pl_assessment *a = d->a;
    size_t n = a->n_frameworks ? a->n_frameworks : a->content->n_frameworks;
    pl_framework_result *out = pl_derive_alloc(d, n, sizeof(*out));
    size_t n_rows = 0;
    edge *rows = sorted_edges(d, &n_rows);

    if (!out || !rows)
        return;
    for (size_t i = 0; i < n; i++)
        derive_framework(d, rows, n_rows,
                         a->n_frameworks ? a->frameworks[i] : &a->content->frameworks[i], &out[i]);
    if (a->n_frameworks == 0)
        qsort(out, n, sizeof(*out), by_place);
    d->ret->frameworks = out;
    d->ret->n_frameworks = n;
}
