/* SPDX-License-Identifier: Apache-2.0 */
/* What people said, read from the log before a run and laid over its findings. */
#include "audit/run_private.h"
#include "audit/statements.h"
#include "core/clock.h"
#include "engine/fields.h"
#include "govern/apply.h"

#include <string.h>

pl_rc pl_run_read_statements(pl_run *r, pl_err *err)
{
    PL_AUTO_LOG pl_log *log = NULL;

    r->govern.last_change = UINT64_MAX;
    pl_rc rc = pl_log_open_state(r->o.state_dir, &log, err);
    if (rc == PL_NOTFOUND) /* nothing has been published yet */
        return PL_OK;
    if (!rc)
        rc = pl_statements_read(r->state, log, r->arena, &r->govern, err);
    return rc ? rc : pl_run_list_ingested(r, log, err);
}

/* Of several the worst word counts; one that was closed late counts for a month. */
static const char *window_of(const pl_run *r, pl_str key)
{
    const int64_t month_us = INT64_C(31) * 86400 * 1000000;
    const char *word = NULL;

    for (size_t i = 0; i < r->govern.n; i++) {
        const pl_govern_row *row = &r->govern.rows[i];
        if (!pl_statement_is(&row->s, PL_STATEMENT_WINDOW) || !pl_str_eq(row->s.what, key))
            continue;
        pl_statement_state state = pl_govern_state_at(row, r->as.started_us);
        bool is_old = row->s.ended_us && r->as.started_us - row->s.ended_us > month_us;
        if (state == PL_STATEMENT_OVERRUN && !is_old)
            return "overrun";
        if (state == PL_STATEMENT_IN_FORCE)
            word = "open";
    }
    return word;
}

void pl_run_fill_windows(pl_run *r)
{
    for (size_t i = 0; i < r->n_subjects; i++) {
        pl_subject *s = r->subjects[i];
        const char *word = s->rec->kind == &pl_kind_container ? window_of(r, s->key) : NULL;
        if (s->rec->kind != &pl_kind_container)
            continue;
        if (word)
            pl_set_str(s->rec, PL_F_CONTAINER_WINDOW, pl_str_c(word));
        else
            pl_set_absent(s->rec, PL_F_CONTAINER_WINDOW);
    }
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
        .content = r->as.content,
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
