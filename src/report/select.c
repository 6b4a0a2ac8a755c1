/* SPDX-License-Identifier: Apache-2.0 */
#include "report/select.h"

#include <stdlib.h>

static bool is_counted(const pl_finding *f, const pl_subject *s)
{
    return f->vuln && f->verdict == PL_FAIL && (!s || f->subject == s);
}

static bool is_waived(const pl_finding *f, const pl_subject *s)
{
    return f->vuln && f->verdict == PL_WAIVED && (!s || f->subject == s);
}

pl_vuln_count pl_count_vulns(const pl_assessment *a, const pl_subject *s)
{
    pl_vuln_count c = {0};

    for (size_t i = 0; i < a->n_findings; i++) {
        const pl_finding *f = a->findings[i];
        c.waived += is_waived(f, s);
        if (!is_counted(f, s))
            continue;
        c.total++;
        c.by_severity[f->severity]++;
        c.fixable += f->vuln->fixed_version.n > 0;
        c.kev += f->vuln->kev;
        c.kev_unknown += !f->vuln->kev && f->vuln->kev_gap;
    }
    return c;
}

pl_left_out pl_count_left_out(const pl_assessment *a)
{
    pl_left_out c = {0};

    for (size_t i = 0; i < a->n_findings; i++) {
        pl_str why = pl_str_c(a->findings[i]->left_out);
        c.total += why.n > 0;
        c.unfixed += pl_str_eq(why, PL_S(PL_LEFT_OUT_UNFIXED));
        c.owner += pl_str_eq(why, PL_S(PL_LEFT_OUT_OWNER));
        c.known += pl_str_eq(why, PL_S(PL_LEFT_OUT_KNOWN));
    }
    return c;
}

void pl_left_out_text(const pl_assessment *a, pl_buf *out)
{
    pl_left_out c = pl_count_left_out(a);
    const char *sep = "";

    if (!a->filters.n)
        return;
    pl_buf_fmt(out, "%zu findings (", c.total);
    if (c.unfixed || !c.total)
        pl_buf_fmt(out, "%zu without a fix", c.unfixed), sep = ", ";
    if (c.owner)
        pl_buf_fmt(out, "%s%zu of other owners", sep, c.owner), sep = ", ";
    if (c.known)
        pl_buf_fmt(out, "%s%zu known before", sep, c.known);
    pl_buf_fmt(out, ") by %.*s; the JSON report has them", PL_F(a->filters));
}

static pl_str source_of(const pl_vuln_facts *v)
{
    return v->source.n ? v->source : v->package;
}

static int by_urgency(const void *pa, const void *pb)
{
    const pl_finding *a = *(const pl_finding *const *)pa, *b = *(const pl_finding *const *)pb;
    int order = (int)(a->verdict == PL_WAIVED) - (int)(b->verdict == PL_WAIVED);

    if (order == 0)
        order = (int)b->vuln->kev - (int)a->vuln->kev;
    if (order == 0)
        order = pl_severity_rank(b->severity) - pl_severity_rank(a->severity);
    if (order == 0)
        order = pl_str_cmp(source_of(a->vuln), source_of(b->vuln));
    if (order == 0)
        order = pl_str_cmp(a->vuln->advisory, b->vuln->advisory);
    return order ? order : pl_str_cmp(a->vuln->package, b->vuln->package);
}

size_t pl_collect_vulns(const pl_assessment *a, const pl_subject *s, const pl_finding **out)
{
    size_t n = 0;

    for (size_t i = 0; i < a->n_findings; i++)
        if ((is_counted(a->findings[i], s) && !a->findings[i]->left_out) ||
            is_waived(a->findings[i], s))
            out[n++] = a->findings[i];
    qsort(out, n, sizeof(*out), by_urgency);
    return n;
}

pl_check_count pl_count_checks(const pl_derived *d)
{
    pl_check_count c = {0};

    for (size_t i = 0; i < d->n_checks; i++) {
        const pl_check_result *r = &d->checks[i];
        if (r->verdict == PL_FAIL)
            c.fail++;
        else if (r->verdict == PL_PASS)
            c.pass++;
        else if (r->verdict == PL_WAIVED)
            c.waived++;
        else if (r->verdict == PL_ATTESTED)
            c.attested++;
        else if (r->verdict == PL_NOT_APPLICABLE)
            c.not_applicable++;
        else if (r->tally.unknown)
            c.unknown++;
        else if (pl_str_eq(r->check->needs, PL_S("attest")))
            c.to_attest++;
        else
            c.waiting++;
    }
    return c;
}

bool pl_area_is_blank(const pl_area_result *r)
{
    return r->tally.pass + r->tally.fail + r->tally.unknown + r->tally.waived + r->tally.attested ==
           0;
}

pl_str pl_unknown_reason(const pl_check_result *r, bool *ret_is_part)
{
    *ret_is_part = r->tally.unknown == 0;
    return *ret_is_part ? r->check->needs : r->reason;
}

bool pl_is_unknown_for(const pl_check_result *r, pl_str reason, bool is_part)
{
    bool part = false;

    if (r->verdict != PL_UNKNOWN)
        return false;
    pl_str own = pl_unknown_reason(r, &part);
    return part == is_part && pl_str_eq(own, reason);
}

size_t pl_count_unknown(const pl_derived *d, size_t from, pl_str reason, bool is_part)
{
    size_t n = 0;

    for (size_t i = from; i < d->n_checks; i++)
        n += pl_is_unknown_for(&d->checks[i], reason, is_part);
    return n;
}

bool pl_is_first_unknown(const pl_derived *d, size_t at)
{
    bool is_part = false;
    pl_str reason = pl_unknown_reason(&d->checks[at], &is_part);

    for (size_t i = 0; i < at; i++)
        if (pl_is_unknown_for(&d->checks[i], reason, is_part))
            return false;
    return true;
}

const pl_check_result *pl_result_of(const pl_assessment *a, const pl_derived *d,
                                    const pl_check *check)
{
    return &d->checks[check - a->content->checks];
}
