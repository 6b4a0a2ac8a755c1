/* SPDX-License-Identifier: Apache-2.0 */
/* What people said, read from the log before a run and laid over its findings. */
#include "audit/run_private.h"
#include "audit/statements.h"
#include "core/clock.h"
#include "govern/apply.h"

#include <string.h>

pl_rc pl_run_read_statements(pl_run *r, pl_err *err)
{
    PL_AUTO_LOG pl_log *log = NULL;

    r->govern.last_change = UINT64_MAX;
    pl_rc rc = pl_log_open_state(r->o.state_dir, &log, err);
    if (rc == PL_NOTFOUND) /* nothing has been published yet */
        return PL_OK;
    return rc ? rc : pl_statements_read(r->state, log, r->arena, &r->govern, err);
}

/* What does not hold any more is told each time. */
static void tell(const pl_run *r, const pl_statement *s)
{
    static const pl_statement_state told[] = {PL_STATEMENT_EXPIRED, PL_STATEMENT_LAPSED,
                                              PL_STATEMENT_UNMATCHED, PL_STATEMENT_OVERRUN};
    char until[PL_TIME_TEXT];

    for (size_t i = 0; i < PL_COUNT(told); i++) {
        if (!pl_statement_has_state(s, told[i]))
            continue;
        pl_time_print(s->until_us, until);
        pl_run_say(r, "%s #%lld (%.*s): %s%s%.16s%s%.*s", s->kind, (long long)s->number,
                   PL_F(s->what), s->state, s->until_us ? ", was to hold until " : "",
                   s->until_us ? until : "", s->why.n ? "; " : "", PL_F(s->why));
    }
}

pl_rc pl_run_apply_statements(pl_run *r, pl_err *err)
{
    const pl_govern_scope scope = {
        .findings = r->findings,
        .n_findings = r->n_findings,
        .subjects = r->subjects,
        .n_subjects = r->n_subjects,
        .is_audit = pl_str_eq(r->as.verb, PL_S("audit")),
        .now_us = r->as.started_us,
    };
    pl_rc rc =
        pl_govern_apply(&r->govern, &scope, r->arena, &r->as.statements, &r->as.n_statements, err);

    for (size_t i = 0; !rc && i < r->as.n_statements; i++)
        tell(r, &r->as.statements[i]);
    return rc;
}
