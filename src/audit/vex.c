/* SPDX-License-Identifier: Apache-2.0 */
/* VEX documents and the ignore file: read before anything else, applied to each vulnerability. */
#include "audit/run_private.h"

#include "core/clock.h"

static pl_rc read_one(pl_run *r, const char *path, bool is_ignore_file, pl_err *err)
{
    size_t before = r->vex.n;
    pl_rc rc = pl_vex_read(path, is_ignore_file, r->arena, &r->vex, err);

    if (rc == PL_OK)
        pl_run_say(r, "%s: %zu statements", path, r->vex.n - before);
    return rc;
}

/* Entries whose day has passed hold no more; each is told once a run. */
static void tell_expired(const pl_run *r)
{
    char until[PL_TIME_TEXT];
    int64_t now_us = pl_now_us(r->o.clock);

    for (size_t i = 0; i < r->vex.n; i++) {
        const pl_vex_statement *s = &r->vex.v[i];
        if (pl_vex_status_at(s, now_us) != PL_VEX_EXPIRED)
            continue;
        pl_time_print(s->until_us - 1, until);
        pl_run_say(r, "%.*s: %.*s was ignored until %.10s, it counts again", PL_F(s->source),
                   PL_F(s->id), until);
    }
}

/* A document that was named and is not there, or is none, is as wrong as an unknown option. */
static bool is_callers_mistake(pl_rc rc)
{
    return rc == PL_NOTFOUND || rc == PL_FORMAT || rc == PL_UNSUPPORTED || rc == PL_LIMIT ||
           rc == PL_DENIED || rc == PL_SYS;
}

pl_rc pl_run_read_vex(pl_run *r, pl_err *err)
{
    const pl_vex_sources *from = &r->o.vex;
    pl_rc rc = PL_OK;
    pl_err why = {0};

    for (size_t i = 0; i < from->n_files && rc == PL_OK; i++)
        rc = read_one(r, from->files[i], false, err);
    if (rc == PL_OK && from->ignore_file) {
        rc = read_one(r, from->ignore_file, true, &why);
        if (rc == PL_NOTFOUND && from->ignore_file_is_usual)
            rc = PL_OK;
        else if (rc != PL_OK)
            *err = why;
    }
    if (rc != PL_OK && is_callers_mistake(rc)) {
        rc = PL_USAGE;
        if (err)
            err->rc = PL_USAGE;
    }
    if (rc == PL_OK && r->vex.n_unclear)
        pl_run_say(r, "VEX: %u statements name no product that can be told and are left out",
                   r->vex.n_unclear);
    tell_expired(r);
    return rc;
}

void pl_run_apply_vex(const pl_run *r, const pl_subject *s, pl_vuln_facts *facts)
{
    int64_t now_us = pl_now_us(r->o.clock);
    const pl_vex_statement *said = pl_vex_find(&r->vex, facts, s, now_us);

    if (!said)
        return;
    pl_vex_status status = pl_vex_status_at(said, now_us);
    facts->vex_status = pl_str_c(pl_vex_status_word(status));
    facts->vex_reason = said->reason;
    facts->vex_source = said->source;
    facts->vex_by = said->approver;
    facts->vex_until_us = said->until_us;
    facts->is_settled = pl_vex_settles(status);
}
