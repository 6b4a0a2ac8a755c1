/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other tools said, as runs of their own: the driver is the tool, and the properties say from
 * which document the results were recorded. They are no results of ours, so nobody who reads our
 * run counts them.
 */
#include "report/sarif.h"

#include "core/clock.h"
#include "core/json_put.h"
#include "report/json_tables.h"

static const struct {
    pl_str outcome;
    const char *kind;
} kinds[] = {
    {{"fail", 4}, "fail"},
    {{"suppressed", 10}, "fail"},
    {{"not-applicable", 14}, "notApplicable"},
    {{"pass", 4}, "pass"},
};

static const char *kind_of(pl_str outcome)
{
    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        if (pl_str_eq(outcome, kinds[i].outcome))
            return kinds[i].kind;
    return "open";
}

static const char *level_of(const pl_ingested_row *r, const char *kind)
{
    pl_severity severity = PL_UNKNOWN_SEVERITY;

    (void)pl_severity_parse(r->severity, &severity);
    return pl_str_eq(pl_str_c(kind), PL_S("fail")) ? pl_sarif_level(severity) : "none";
}

/* "app/x.py:12" is line 12 of app/x.py. */
static void put_place(pl_jw *w, pl_str where)
{
    uint64_t line = 0;
    size_t colon = where.n;

    while (colon && where.p[colon - 1] != ':')
        colon--;
    if (colon < 2 || !pl_str_u64(pl_str_sub(where, colon, where.n), &line) || line > INT32_MAX)
        line = 0;
    pl_sarif_place(w, line ? pl_str_sub(where, 0, colon - 1) : where, (int64_t)line, 0);
}

static void put_result(pl_jw *w, const pl_ingested_row *r)
{
    const char *kind = kind_of(r->outcome);

    pl_jw_object(w);
    pl_jput_some(w, "ruleId", r->rule);
    pl_jput_c(w, "kind", kind);
    pl_jput_c(w, "level", level_of(r, kind));
    pl_sarif_message(w, "message", r->title.n ? r->title : r->rule);
    pl_jopen_array(w, "locations");
    if (r->where.n) {
        pl_jw_object(w);
        put_place(w, r->where);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    if (pl_str_eq(r->outcome, PL_S("suppressed"))) {
        pl_jopen_array(w, "suppressions");
        pl_jw_object(w);
        pl_jput_c(w, "kind", "external");
        pl_jw_end(w);
        pl_jw_end(w);
    }
    pl_jopen_object(w, "properties");
    pl_jput(w, &pl_jt_ingested_row, r);
    pl_jw_end(w);
    pl_jw_end(w);
}

static void put_tool(pl_jw *w, const pl_ingested *v)
{
    pl_jopen_object(w, "tool");
    pl_jopen_object(w, "driver");
    pl_jput_str(w, "name", v->tool.n ? v->tool : PL_S("a tool without a name"));
    pl_jput_some(w, "version", v->version);
    pl_jw_end(w);
    pl_jw_end(w);
}

/* Its time only when its document says it: what is claimed stands in the properties. */
static void put_invocation(pl_jw *w, const pl_ingested *v)
{
    char ended[PL_TIME_TEXT];

    pl_jopen_array(w, "invocations");
    pl_jw_object(w);
    pl_jput_bool(w, "executionSuccessful", !pl_ingested_is(v, PL_INGESTED_INCOMPLETE));
    if (v->ran_us && !v->is_ran_claimed) {
        pl_time_print(v->ran_us, ended);
        pl_jput_c(w, "endTimeUtc", ended);
    }
    pl_jw_end(w);
    pl_jw_end(w);
}

static void put_run(pl_jw *w, const pl_ingested *v)
{
    char number[PL_EVIDENCE_NUMBER];
    PL_AUTO_BUF pl_buf id = {0};

    pl_evidence_number(v->number, number);
    pl_buf_fmt(&id, "plimsoll-ingested/%s/", number);
    pl_jw_object(w);
    put_tool(w, v);
    pl_jopen_object(w, "automationDetails");
    pl_jput_str(w, "id", pl_buf_view(&id));
    pl_jw_end(w);
    put_invocation(w, v);
    pl_jopen_array(w, "results");
    for (size_t i = 0; i < v->n_rows; i++)
        put_result(w, &v->rows[i]);
    pl_jw_end(w);
    pl_jopen_object(w, "properties");
    pl_jput_c(w, "kind", "ingested");
    pl_jput_c(w, "evidence", number);
    pl_jput(w, &pl_jt_ingested, v);
    pl_jw_end(w);
    pl_jw_end(w);
}

void pl_sarif_tools(pl_jw *w, const pl_assessment *a)
{
    for (size_t i = 0; i < a->n_ingested; i++)
        put_run(w, &a->ingested[i]);
}
