/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/policy.h"

static pl_rc take_word(pl_policy *p, pl_str word, pl_err *err)
{
    pl_severity s;

    if (pl_str_eq(word, PL_S("kev"))) {
        p->on_kev = true;
    } else if (pl_str_eq(word, PL_S("unknown"))) {
        p->on_unknown = true;
    } else if (pl_severity_parse(word, &s)) {
        /* The mildest severity named is the threshold. */
        if (!p->has_severity || s < p->severity)
            p->severity = s;
        p->has_severity = true;
    } else {
        return pl_fail(
            err, PL_USAGE,
            "--fail-on: \"%.*s\" is none of info, low, medium, high, critical, kev, unknown",
            PL_F(word));
    }
    return PL_OK;
}

pl_rc pl_policy_parse(const char *text, bool allow_incomplete, pl_policy *ret, pl_err *err)
{
    pl_policy p = {.is_set = text != NULL, .allow_incomplete = allow_incomplete};
    pl_str rest = pl_str_c(text);
    pl_str word;

    if (text && rest.n == 0)
        return pl_fail(err, PL_USAGE, "--fail-on needs a word, such as high");
    while (pl_str_cut(&rest, ',', &word)) {
        pl_rc rc = take_word(&p, pl_str_trim(word), err);
        if (rc)
            return rc;
    }
    *ret = p;
    return PL_OK;
}

static bool hits(const pl_policy *p, const pl_finding *f)
{
    if (f->left_out)
        return false;
    if (f->verdict == PL_UNKNOWN)
        return p->on_unknown;
    if (f->verdict != PL_FAIL)
        return false;
    if (p->on_kev && f->vuln && f->vuln->kev)
        return true;
    if (!p->has_severity)
        return false;
    return f->severity == PL_UNKNOWN_SEVERITY ? p->severity <= PL_HIGH : f->severity >= p->severity;
}

/* Nobody knows whether it is critical, where only that was asked for. */
static bool is_unrated_above(const pl_policy *p, const pl_finding *f)
{
    return p->has_severity && p->severity > PL_HIGH && f->severity == PL_UNKNOWN_SEVERITY;
}

/*
 * An unknown that leaves a hole in what the policy asks about. Controls whose part does not exist
 * yet and parameters that nobody has set are known blanks, the same at every run. Who asks for
 * exploited vulnerabilities must know of each whether it is one.
 */
static bool blinds(const pl_policy *p, const pl_finding *f)
{
    if (f->verdict == PL_FAIL)
        return !f->left_out && ((p->on_kev && f->vuln && !f->vuln->kev && f->vuln->kev_gap) ||
                                is_unrated_above(p, f));
    if (f->verdict != PL_UNKNOWN ||
        (f->reason && pl_str_starts(pl_str_c(f->reason), PL_S("needs:"))))
        return false;
    return !p->has_severity || f->severity >= p->severity;
}

pl_policy_result pl_policy_apply(const pl_policy *p, const pl_assessment *a)
{
    pl_policy_result r = {0};

    if (!p->is_set)
        return r;
    for (size_t i = 0; i < a->n_findings; i++) {
        r.n_hits += hits(p, a->findings[i]);
        r.n_blind += blinds(p, a->findings[i]);
    }
    r.n_blind += a->n_gaps;
    if (!a->advisories.present)
        r.n_blind++;
    r.status = r.n_hits ? 1 : (r.n_blind && !p->allow_incomplete ? 3 : 0);
    return r;
}
