/* SPDX-License-Identifier: Apache-2.0 */
#include "report/told.h"

#include "core/attr.h"
#include "core/clock.h"

#include <string.h>

void pl_told_name(const pl_statement *s, pl_buf *out)
{
    if (s->number >= 0)
        pl_buf_fmt(out, "%s #%lld", s->kind ? s->kind : "statement", (long long)s->number);
    else
        pl_buf_fmt(out, "%.*s", PL_F(s->scope));
}

static void part(pl_buf *out, const char *before, pl_str text)
{
    if (text.n == 0)
        return;
    pl_buf_c(out, before);
    pl_buf_str(out, text);
}

/* A day is enough for what ends at midnight: its last one. */
static void say_until(const pl_statement *s, pl_buf *out)
{
    char until[PL_TIME_TEXT];

    if (s->until_us == 0)
        return;
    bool is_day = s->until_us % (INT64_C(86400) * 1000000) == 0;
    pl_time_print(is_day ? s->until_us - 1 : s->until_us, until);
    pl_buf_fmt(out, " until %.*s", is_day ? 10 : 16, until);
}

void pl_told_text(const pl_statement *s, pl_buf *out)
{
    pl_told_name(s, out);
    part(out, " by ", s->by);
    part(out, ", approved by ", s->approver);
    say_until(s, out);
    if (!pl_statement_has_state(s, PL_STATEMENT_IN_FORCE))
        pl_buf_fmt(out, ", %s", s->state ? s->state : "of no known state");
    part(out, ": ", s->text);
    part(out, "; in its place: ", s->compensating);
    part(out, "; ", s->why);
}

bool pl_told_is_broken(const pl_statement *s)
{
    static const pl_statement_state broken[] = {PL_STATEMENT_EXPIRED, PL_STATEMENT_LAPSED,
                                                PL_STATEMENT_UNMATCHED, PL_STATEMENT_OVERRUN};

    for (size_t i = 0; i < PL_COUNT(broken); i++)
        if (pl_statement_has_state(s, broken[i]))
            return true;
    return false;
}

void pl_told_count(const pl_assessment *a, pl_buf *out)
{
    static const struct {
        pl_statement_kind kind;
        const char *one, *many;
    } kinds[] = {
        {PL_STATEMENT_WAIVER, "waiver", "waivers"},
        {PL_STATEMENT_IGNORE, "ignored vulnerability", "ignored vulnerabilities"},
        {PL_STATEMENT_WINDOW, "window", "windows"},
        {PL_STATEMENT_ATTESTATION, "attestation", "attestations"},
    };

    for (size_t k = 0; k < PL_COUNT(kinds); k++) {
        size_t n = 0, n_broken = 0;
        for (size_t i = 0; i < a->n_statements; i++) {
            if (!pl_statement_is(&a->statements[i], kinds[k].kind))
                continue;
            n++;
            n_broken += pl_told_is_broken(&a->statements[i]);
        }
        if (n)
            pl_buf_fmt(out, "%s%zu %s", out->n ? ", " : "", n,
                       n == 1 ? kinds[k].one : kinds[k].many);
        if (n_broken)
            pl_buf_fmt(out, " (%zu not in force)", n_broken);
    }
}

void pl_told_tools(const pl_assessment *a, pl_buf *out)
{
    size_t n_off = 0;
    int64_t failed = 0;

    for (size_t i = 0; i < a->n_ingested; i++) {
        failed += a->ingested[i].fail;
        n_off += !pl_ingested_is(&a->ingested[i], PL_INGESTED_SUPPORTING);
    }
    if (a->n_ingested == 0)
        return;
    pl_buf_fmt(out, "%zu %s of other tools, %lld results failed", a->n_ingested,
               a->n_ingested == 1 ? "run" : "runs", (long long)failed);
    if (n_off)
        pl_buf_fmt(out, " (%zu not counted)", n_off);
}

void pl_content_told(const pl_assessment *a, pl_buf *out)
{
    const pl_content *c = a->content;
    size_t n_changed = 0;

    for (size_t i = 0; i < c->n_changes; i++)
        n_changed += pl_str_eq(c->changes[i].how, PL_S("changed"));
    if (c->n_changes)
        pl_buf_fmt(out, "%zu of its items are changed and %zu added", n_changed,
                   c->n_changes - n_changed);
    for (size_t i = 0; i < c->n_changes; i++)
        pl_buf_fmt(out, "%s%.*s by %.*s", i ? ", " : ": ", PL_F(c->changes[i].what),
                   PL_F(c->changes[i].where));
}
