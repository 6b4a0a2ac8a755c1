/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known against the programs of the engine stack: the host's findings, by the package that
 * owns each program. A program that no package owns was not matched with anything.
 */
#include "audit/run_private.h"

#include "engine/running.h"
#include "host/kinds.h"
#include "vuln/fields.h"

struct known {
    pl_str *ids; /* with a fix; room for all findings of the host */
    size_t n;
    int64_t days; /* of the oldest critical one; -1: none */
    const char *undecided;
};

static void take_fixable(const pl_record *v, struct known *k)
{
    const pl_value *severity = pl_get(v, PL_F_VULN_SEVERITY);
    const pl_value *days = pl_get(v, PL_F_VULN_PUBLISHED_DAYS);

    k->ids[k->n++] = pl_record_text(v, PL_F_VULN_ID);
    if (severity->state != PL_PRESENT) {
        k->undecided = severity->reason;
        return;
    }
    if (!pl_str_eq(severity->u.s, PL_S("critical")))
        return;
    if (days->state != PL_PRESENT)
        k->undecided = days->reason;
    else if (days->u.i > k->days)
        k->days = days->u.i;
}

/* An element whose package nobody could read stands for packages that were not matched. */
static void take_finding(const pl_record *v, pl_str package, struct known *k)
{
    const pl_value *of = pl_get(v, PL_F_VULN_PACKAGE);

    if (of->state == PL_UNREADABLE)
        k->undecided = of->reason;
    else if (of->state == PL_PRESENT && pl_str_eq(of->u.s, package) &&
             pl_record_true(v, PL_F_VULN_HAS_FIX))
        take_fixable(v, k);
}

static void set_known(pl_record *program, const struct known *k)
{
    pl_set_strs(program, PL_F_ENGINE_PROGRAM_FIXABLE, k->ids, k->n);
    if (k->days >= 0)
        pl_set_int(program, PL_F_ENGINE_PROGRAM_CRITICAL_DAYS, k->days);
    else
        pl_set_absent(program, PL_F_ENGINE_PROGRAM_CRITICAL_DAYS);
    if (k->undecided)
        pl_set_unreadable(program, PL_F_ENGINE_PROGRAM_UNDECIDED, k->undecided);
    else
        pl_set_absent(program, PL_F_ENGINE_PROGRAM_UNDECIDED);
}

static void set_unread(pl_record *program, const char *reason)
{
    pl_set_unreadable(program, PL_F_ENGINE_PROGRAM_FIXABLE, reason);
    pl_set_unreadable(program, PL_F_ENGINE_PROGRAM_CRITICAL_DAYS, reason);
    pl_set_unreadable(program, PL_F_ENGINE_PROGRAM_UNDECIDED, reason);
}

static pl_rc fill_program(pl_run *r, pl_record *program, const pl_value *findings, pl_err *err)
{
    const pl_value *package = pl_get(program, PL_F_ENGINE_PROGRAM_PACKAGE);
    size_t n = findings->state == PL_PRESENT ? findings->n : 0;
    struct known k = {.ids = pl_arena_calloc(r->arena, n + 1, sizeof(pl_str)), .days = -1};

    if (!k.ids)
        return pl_fail(err, PL_LIMIT, "vulnerabilities of the engine stack");
    if (package->state == PL_UNREADABLE || findings->state == PL_UNREADABLE) {
        set_unread(program, package->state == PL_UNREADABLE ? package->reason : findings->reason);
        return PL_OK;
    }
    if (package->state == PL_ABSENT)
        k.undecided = "needs:scanner";
    for (size_t i = 0; package->state == PL_PRESENT && i < n; i++)
        take_finding(findings->u.recs[i], package->u.s, &k);
    set_known(program, &k);
    return PL_OK;
}

pl_rc pl_run_fill_programs(pl_run *r, const pl_record *host, pl_err *err)
{
    const pl_value *programs = pl_get(host, PL_F_HOST_ENGINE_PROGRAMS);
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && programs->state == PL_PRESENT && i < programs->n; i++)
        rc = fill_program(r, programs->u.recs[i], pl_get(host, PL_F_HOST_FINDINGS), err);
    return rc;
}
