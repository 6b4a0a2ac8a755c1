/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from an assessment: tallies a check, populations, areas, the worst. Requirements
 * are in derive_requirements.c. */
#include "model/derive.h"

#include <string.h>

#include "core/hash.h"

size_t pl_tally_unknown(const pl_tally *t)
{
    return t->unknown + t->attest + t->missing;
}

size_t pl_tally_total(const pl_tally *t)
{
    return t->pass + t->fail + t->not_applicable + t->waived + t->attested + pl_tally_unknown(t);
}

void pl_tally_merge(pl_tally *to, const pl_tally *t)
{
    to->pass += t->pass;
    to->fail += t->fail;
    to->not_applicable += t->not_applicable;
    to->waived += t->waived;
    to->attested += t->attested;
    to->unknown += t->unknown;
    to->attest += t->attest;
    to->missing += t->missing;
}

void *pl_derive_alloc(pl_derive *d, size_t n, size_t size)
{
    void *p = d->failed ? NULL : pl_arena_calloc(d->arena, n ? n : 1, size);

    if (!p)
        d->failed = true;
    return p;
}

/* An unknown severity stands between low and medium: nobody has said that it is harmless. */
int pl_severity_rank(pl_severity s)
{
    static const int rank[] = {
        [PL_INFO] = 0,   [PL_LOW] = 1,  [PL_UNKNOWN_SEVERITY] = 2,
        [PL_MEDIUM] = 3, [PL_HIGH] = 4, [PL_CRITICAL] = 5,
    };
    return rank[s];
}

/* --- checks --- */

static bool has_word(pl_str words, pl_str word)
{
    pl_str head;

    while (pl_str_cut(&words, ' ', &head))
        if (pl_str_eq(head, word))
            return true;
    return false;
}

static const pl_gap *gap_of_kind(const pl_assessment *a, pl_str kind)
{
    for (size_t i = 0; i < a->n_gaps; i++)
        if (has_word(a->gaps[i].kind, kind))
            return &a->gaps[i];
    return NULL;
}

static bool is_excluded(const pl_assessment *a, pl_str needs)
{
    for (size_t i = 0; i < a->n_exclusions; i++)
        if (a->exclusions[i].needs.n && pl_str_eq(a->exclusions[i].needs, needs))
            return true;
    return false;
}

/* Where a check that cannot be evaluated yet is counted. */
static size_t *slot_of_needs(const pl_assessment *a, const pl_check *c, pl_tally *t)
{
    if (pl_str_eq(c->needs, PL_S("attest")))
        return &t->attest;
    return is_excluded(a, c->needs) ? &t->not_applicable : &t->missing;
}

static size_t *slot_of(const pl_assessment *a, const pl_finding *f, pl_tally *t)
{
    switch (f->verdict) {
    case PL_PASS:
        return &t->pass;
    case PL_FAIL:
        return &t->fail;
    case PL_NOT_APPLICABLE:
        return &t->not_applicable;
    case PL_WAIVED:
        return &t->waived;
    case PL_ATTESTED:
        return &t->attested;
    case PL_UNKNOWN:
    default:
        /* A statement that ran out is no known blank any more. */
        return f->check && f->check->needs.n && !f->statement ? slot_of_needs(a, f->check, t)
                                                              : &t->unknown;
    }
}

/* In this order findings and checks are shown. */
int pl_verdict_rank(pl_verdict v)
{
    static const int rank[] = {[PL_FAIL] = 0,     [PL_UNKNOWN] = 1, [PL_WAIVED] = 2,
                               [PL_ATTESTED] = 3, [PL_PASS] = 4,    [PL_NOT_APPLICABLE] = 5};
    return rank[v];
}

typedef struct ordered {
    const pl_finding *f;
    size_t at;
} ordered;

static int by_check_then_verdict(const void *pa, const void *pb)
{
    const ordered *a = pa, *b = pb;

    if (a->f->check != b->f->check)
        return a->f->check < b->f->check ? -1 : 1;
    int order = pl_verdict_rank(a->f->verdict) - pl_verdict_rank(b->f->verdict);
    if (order == 0)
        order = pl_severity_rank(b->f->severity) - pl_severity_rank(a->f->severity);
    if (order == 0)
        order = a->at < b->at ? -1 : 1;
    return order;
}

/* The findings of checks, sorted by check; *ret_n of them. */
static const pl_finding **sorted_by_check(pl_derive *d, size_t *ret_n)
{
    const pl_assessment *a = d->a;
    ordered *rows = pl_derive_alloc(d, a->n_findings, sizeof(*rows));
    const pl_finding **out = pl_derive_alloc(d, a->n_findings, sizeof(pl_finding *));
    size_t n = 0;

    if (!rows || !out)
        return NULL;
    for (size_t i = 0; i < a->n_findings; i++)
        if (a->findings[i]->check)
            rows[n++] = (ordered){a->findings[i], i};
    qsort(rows, n, sizeof(*rows), by_check_then_verdict);
    for (size_t i = 0; i < n; i++)
        out[i] = rows[i].f;
    *ret_n = n;
    return out;
}

/* A check that gave no verdict at all: nothing of its kind was there, or nobody could look. */
static void tally_silent(const pl_assessment *a, pl_check_result *r)
{
    const pl_gap *gap = gap_of_kind(a, r->check->kind);

    if (r->check->needs.n) {
        (*slot_of_needs(a, r->check, &r->tally))++;
        r->reason = r->check->needs;
    } else if (gap) {
        r->tally.unknown++;
        r->reason = gap->reason;
    } else {
        r->tally.not_applicable++;
        r->reason = PL_S("no-subject");
    }
}

static pl_verdict verdict_of(const pl_tally *t)
{
    if (t->fail)
        return PL_FAIL;
    if (pl_tally_unknown(t))
        return PL_UNKNOWN;
    if (t->waived)
        return PL_WAIVED;
    if (t->attested)
        return PL_ATTESTED;
    return t->pass ? PL_PASS : PL_NOT_APPLICABLE;
}

static void summarize(const pl_assessment *a, pl_check_result *r)
{
    const pl_gap *gap = gap_of_kind(a, r->check->kind);

    for (size_t i = 0; i < r->n; i++)
        (*slot_of(a, r->findings[i], &r->tally))++;
    if (r->n == 0)
        tally_silent(a, r);
    else if (gap && r->check->needs.n == 0)
        r->tally.unknown++;
    r->verdict = verdict_of(&r->tally);
    r->severity = r->check->severity;
    if (r->n && r->findings[0]->verdict == PL_FAIL)
        r->severity = r->findings[0]->severity;
    for (size_t i = 0; i < r->n && r->reason.n == 0; i++)
        if (r->findings[i]->verdict == r->verdict && r->findings[i]->reason)
            r->reason = pl_str_c(r->findings[i]->reason);
    if (r->reason.n == 0 && r->verdict == PL_UNKNOWN && gap)
        r->reason = gap->reason;
}

static void derive_checks(pl_derive *d)
{
    const pl_content *c = d->a->content;
    pl_check_result *rows = pl_derive_alloc(d, c->n_checks, sizeof(*rows));
    size_t n = 0;
    const pl_finding **sorted = sorted_by_check(d, &n);

    if (!rows || !sorted)
        return;
    for (size_t i = 0; i < c->n_checks; i++) {
        rows[i].check = &c->checks[i];
        rows[i].findings = sorted;
    }
    for (size_t at = 0; at < n;) {
        size_t end = at + 1;
        while (end < n && sorted[end]->check == sorted[at]->check)
            end++;
        pl_check_result *r = &rows[sorted[at]->check - c->checks];
        r->findings = &sorted[at];
        r->n = end - at;
        at = end;
    }
    for (size_t i = 0; i < c->n_checks; i++)
        summarize(d->a, &rows[i]);
    d->ret->checks = rows;
    d->ret->n_checks = c->n_checks;
}

/* --- areas --- */

static pl_area_result *area_named(pl_area_result *areas, size_t *n, pl_str name)
{
    for (size_t i = 0; i < *n; i++)
        if (pl_str_eq(areas[i].area, name))
            return &areas[i];
    areas[*n].area = name;
    return &areas[(*n)++];
}

static void derive_areas(pl_derive *d)
{
    pl_area_result *areas = pl_derive_alloc(d, d->ret->n_checks + 1, sizeof(*areas));
    pl_area_result vuln = {.area = PL_S("VULN")};
    size_t n = 0;

    if (!areas)
        return;
    for (size_t i = 0; i < d->ret->n_checks; i++) {
        const pl_check_result *r = &d->ret->checks[i];
        pl_area_result *area = area_named(areas, &n, pl_check_area(r->check->id));
        area->n_checks++;
        pl_tally_merge(&area->tally, &r->tally);
    }
    for (size_t i = 0; i < d->a->n_findings; i++)
        if (!d->a->findings[i]->check)
            (*slot_of(d->a, d->a->findings[i], &vuln.tally))++;
    if (pl_tally_total(&vuln.tally))
        areas[n++] = vuln;
    for (size_t i = 0; i < n; i++)
        pl_tally_merge(&d->ret->total, &areas[i].tally);
    d->ret->areas = areas;
    d->ret->n_areas = n;
}

/* --- populations --- */

static int by_key(const void *pa, const void *pb)
{
    const pl_str *a = pa, *b = pb;

    return pl_str_cmp(*a, *b);
}

static void population_of(pl_derive *d, pl_str kind, pl_population *ret)
{
    pl_str *keys = pl_derive_alloc(d, d->a->n_subjects, sizeof(*keys));
    unsigned char hash[PL_SHA256];
    PL_AUTO_BUF pl_buf text = {0};

    if (!keys)
        return;
    ret->kind = kind;
    for (size_t i = 0; i < d->a->n_subjects; i++)
        if (pl_str_eq(d->a->subjects[i].subject->kind, kind))
            keys[ret->n++] = d->a->subjects[i].subject->key;
    qsort(keys, ret->n, sizeof(*keys), by_key);
    for (size_t i = 0; i < ret->n; i++) {
        pl_buf_str(&text, keys[i]);
        pl_buf_ch(&text, '\n');
    }
    pl_sha256_of(pl_buf_view(&text), hash);
    pl_hex(hash, sizeof(hash), ret->hash);
}

static void derive_populations(pl_derive *d)
{
    pl_population *rows = pl_derive_alloc(d, d->a->n_subjects, sizeof(*rows));
    size_t n = 0;

    for (size_t i = 0; rows && i < d->a->n_subjects; i++) {
        pl_str kind = d->a->subjects[i].subject->kind;
        size_t k = 0;
        while (k < n && !pl_str_eq(rows[k].kind, kind))
            k++;
        if (k == n)
            population_of(d, kind, &rows[n++]);
    }
    d->ret->populations = rows;
    d->ret->n_populations = n;
}

/* --- the worst --- */

typedef struct candidate {
    const pl_finding *f;
    size_t n_failed; /* of the check, or vulnerabilities of the subject */
    size_t at;
} candidate;

static bool is_kev(const pl_finding *f)
{
    return f->vuln && f->vuln->kev;
}

static int finding_order(const pl_finding *a, const pl_finding *b)
{
    int order = pl_severity_rank(b->severity) - pl_severity_rank(a->severity);

    return order ? order : (int)is_kev(b) - (int)is_kev(a);
}

static int by_badness(const void *pa, const void *pb)
{
    const candidate *a = pa, *b = pb;
    int order = finding_order(a->f, b->f);

    /* Of two that are equally severe, what is set wrong stands before what may be exploited. */
    if (order == 0)
        order = (b->f->check != NULL) - (a->f->check != NULL);
    if (order)
        return order;
    if (a->n_failed != b->n_failed)
        return a->n_failed > b->n_failed ? -1 : 1;
    return a->at < b->at ? -1 : 1;
}

/* Failed ones come first. NULL: a filter left all of them out. */
static const pl_finding *first_counted(const pl_check_result *r)
{
    for (size_t i = 0; i < r->n && r->findings[i]->verdict == PL_FAIL; i++)
        if (!r->findings[i]->left_out)
            return r->findings[i];
    return NULL;
}

static size_t worst_checks(const pl_derive *d, candidate *out)
{
    size_t n = 0;

    for (size_t i = 0; i < d->ret->n_checks; i++) {
        const pl_check_result *r = &d->ret->checks[i];
        const pl_finding *f = r->verdict == PL_FAIL ? first_counted(r) : NULL;
        if (f)
            out[n++] = (candidate){f, r->tally.fail, i};
    }
    return n;
}

static size_t worst_vulns(const pl_derive *d, candidate *out)
{
    size_t n = 0;

    for (size_t i = 0; i < d->a->n_findings; i++) {
        const pl_finding *f = d->a->findings[i];
        size_t k = 0;
        if (f->check || f->verdict != PL_FAIL || f->left_out)
            continue;
        while (k < n && out[k].f->subject != f->subject)
            k++;
        if (k == n)
            out[n++] = (candidate){f, 0, d->ret->n_checks + i};
        if (finding_order(f, out[k].f) < 0)
            out[k].f = f;
        out[k].n_failed++;
    }
    return n;
}

static void derive_worst(pl_derive *d)
{
    size_t room = d->ret->n_checks + d->a->n_subjects + 1;
    candidate *rows = pl_derive_alloc(d, room, sizeof(*rows));
    const pl_finding **worst = pl_derive_alloc(d, room, sizeof(pl_finding *));
    size_t n;

    if (!rows || !worst)
        return;
    n = worst_checks(d, rows);
    n += worst_vulns(d, rows + n);
    qsort(rows, n, sizeof(*rows), by_badness);
    for (size_t i = 0; i < n; i++)
        worst[i] = rows[i].f;
    d->ret->worst = worst;
    d->ret->n_worst = n;
}

/* Every finding's check must be one of the content and its subject one of the scope: the derived
 * tables are indexed by them. */
static pl_rc check_references(const pl_assessment *a, pl_err *err)
{
    const pl_check *first = a->content->checks;

    for (size_t i = 0; i < a->n_findings; i++) {
        const pl_finding *f = a->findings[i];
        bool is_known = false;
        if (f->check && (f->check < first || f->check >= first + a->content->n_checks))
            return pl_fail(err, PL_FORMAT, "finding %s: its check is not in the content", f->id);
        if (!f->check && !f->vuln)
            return pl_fail(err, PL_FORMAT, "finding %s: neither check nor vulnerability", f->id);
        for (size_t k = 0; k < a->n_subjects && !is_known; k++)
            is_known = a->subjects[k].subject == f->subject;
        if (!is_known)
            return pl_fail(err, PL_FORMAT, "finding %s: its subject is not in scope", f->id);
    }
    return PL_OK;
}

pl_rc pl_assessment_derive(const pl_assessment *a, pl_arena *arena, pl_derived *ret, pl_err *err)
{
    pl_derived derived = {0};
    pl_derive d = {.a = a, .arena = arena, .ret = &derived};

    pl_rc rc = check_references(a, err);
    if (rc != PL_OK)
        return rc;
    derive_checks(&d);
    if (!d.failed)
        derive_areas(&d);
    if (!d.failed)
        derive_populations(&d);
    if (!d.failed)
        derive_worst(&d);
    if (!d.failed)
        pl_derive_frameworks(&d);
    if (d.failed)
        return pl_fail(err, PL_LIMIT, "assessment: the memory for tallies is used up");
    *ret = derived;
    return PL_OK;
}
