/* SPDX-License-Identifier: Apache-2.0 */
/* What other tools said: each run with its results, and what it bears on. No verdict of ours. */
#include "report/page.h"

#include "core/clock.h"
#include "report/limits.h"

static void line(pl_page *p, const char *before, pl_str text)
{
    if (text.n == 0)
        return;
    pl_html_open(&p->h, "span", "class", "help", NULL);
    pl_html_c(&p->h, before);
    pl_html_text(&p->h, text, PL_REPORT_TEXT_COLUMNS);
    pl_html_close(&p->h);
}

static void day_line(pl_page *p, const char *before, int64_t us, const char *behind)
{
    char when[PL_TIME_TEXT];

    if (us == 0)
        return;
    pl_time_print(us, when);
    pl_html_open(&p->h, "span", "class", "help", NULL);
    pl_html_c(&p->h, before);
    pl_html_fmt(&p->h, "%.16s", when);
    pl_html_c(&p->h, behind);
    pl_html_close(&p->h);
}

static void name(pl_page *p, const pl_ingested *v)
{
    pl_html_text(&p->h, v->tool.n ? v->tool : PL_S("a tool without a name"),
                 PL_REPORT_NAME_COLUMNS);
    pl_html_c(&p->h, " ");
    pl_html_text(&p->h, v->version.n ? v->version : PL_S("(version not said)"),
                 PL_REPORT_NAME_COLUMNS);
}

static void bearing(pl_page *p, const pl_ingested_control *c)
{
    pl_html_open(&p->h, "span", "class", "help", NULL);
    pl_html_el_text(&p->h, "b", NULL, c->control, PL_REPORT_NAME_COLUMNS);
    pl_html_fmt(&p->h, " %s: %lld failed, %lld passed, %lld other",
                c->is_by_row ? "by its number" : "by what was looked for", (long long)c->fail,
                (long long)c->pass, (long long)c->other);
    pl_html_close(&p->h);
}

static void run_row(pl_page *p, const pl_ingested *v)
{
    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", NULL);
    name(p, v);
    pl_html_c(&p->h, " ");
    pl_page_evidence_number(p, v->number);
    line(p, "about ", v->about);
    line(p, "file ", v->file);
    line(p, "SHA-256 ", v->sha256);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    pl_html_fmt(&p->h, "%lld failed, %lld passed", (long long)v->fail, (long long)v->pass);
    if (v->unknown + v->suppressed + v->not_applicable)
        pl_html_fmt(&p->h, ", %lld not decided, %lld suppressed, %lld not applicable",
                    (long long)v->unknown, (long long)v->suppressed, (long long)v->not_applicable);
    day_line(p, "ran ", v->ran_us, v->is_ran_claimed ? ", says who recorded it" : "");
    day_line(p, "recorded ", v->recorded_us, "");
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    pl_html_c(&p->h, v->state ? v->state : "");
    line(p, "", pl_str_c(pl_ingested_state_means(v->state)));
    line(p, "", v->why);
    for (size_t i = 0; i < v->n_problems_kept; i++)
        line(p, "not read: ", v->problems[i]);
    pl_page_and_more(p, v->n_problems_kept, (size_t)v->n_problems);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    for (size_t i = 0; i < v->n_controls; i++)
        bearing(p, &v->controls[i]);
    if (v->n_controls == 0)
        pl_html_el(&p->h, "span", "none", "no control of ours");
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

/* ---- results ---- */

static bool is_open(const pl_ingested_row *r)
{
    return !pl_str_eq(r->outcome, PL_S("pass")) && !pl_str_eq(r->outcome, PL_S("not-applicable"));
}

static void result_row(pl_page *p, const pl_ingested_row *r)
{
    pl_severity severity = PL_UNKNOWN_SEVERITY;

    (void)pl_severity_parse(r->severity, &severity);
    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", NULL);
    pl_html_text(&p->h, r->rule, PL_REPORT_NAME_COLUMNS);
    line(p, "", r->topic);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    pl_html_text(&p->h, r->outcome, PL_REPORT_NAME_COLUMNS);
    pl_html_c(&p->h, ", ");
    pl_page_severity(p, severity);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    pl_html_text(&p->h, r->title, PL_REPORT_VALUE_COLUMNS);
    line(p, "", r->where);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

static void results(pl_page *p, const pl_ingested *v)
{
    size_t n = 0, shown = 0, all = (size_t)(v->fail + v->unknown + v->suppressed);

    for (size_t i = 0; i < v->n_rows; i++)
        n += is_open(&v->rows[i]);
    if (n == 0)
        return;
    pl_html_open(&p->h, "details", NULL);
    pl_html_open(&p->h, "summary", NULL);
    pl_html_fmt(&p->h, "%zu results of ", all);
    name(p, v);
    pl_html_close(&p->h);
    pl_page_table(p, "passed", "Results that did not pass", "Rule", "Outcome", "What it says",
                  NULL);
    for (size_t i = 0; i < v->n_rows && shown < PL_REPORT_SUBJECT_ROWS; i++)
        if (is_open(&v->rows[i])) {
            result_row(p, &v->rows[i]);
            shown++;
        }
    pl_page_table_end(p);
    if (all > shown) {
        pl_html_open(&p->h, "p", "class", "note", NULL);
        pl_html_fmt(&p->h, "%zu more; the entry of the evidence log has all of them.", all - shown);
        pl_html_close(&p->h);
    }
    pl_html_close(&p->h);
}

void pl_page_tools(pl_page *p)
{
    const pl_assessment *a = p->a;

    if (a->n_ingested == 0)
        return;
    pl_page_section(p, "tools", "Other tools");
    pl_html_el(&p->h, "p", "note",
               "What other tools said, as it was recorded. It is their word: no check of ours "
               "passes or fails by it.");
    pl_page_table(p, "failed", "Runs of other tools", "Tool", "Results", "State", "Bears on", NULL);
    for (size_t i = 0; i < a->n_ingested; i++)
        run_row(p, &a->ingested[i]);
    pl_page_table_end(p);
    for (size_t i = 0; i < a->n_ingested; i++)
        results(p, &a->ingested[i]);
    pl_html_close(&p->h);
}

/* ---- beside requirements ---- */

static void beside(pl_page *p, const pl_ingested *v, const pl_ingested_control *c)
{
    pl_html_open(&p->h, "li", NULL);
    pl_html_text(&p->h, c->control, PL_REPORT_NAME_COLUMNS);
    pl_html_c(&p->h, ", evidence of another tool: ");
    name(p, v);
    pl_html_fmt(&p->h, ", %lld failed, %lld passed", (long long)c->fail, (long long)c->pass);
    if (!pl_ingested_is(v, PL_INGESTED_SUPPORTING)) {
        pl_html_c(&p->h, "; does not count: ");
        pl_html_c(&p->h, pl_ingested_state_means(v->state));
    }
    pl_html_c(&p->h, " ");
    pl_page_evidence_number(p, v->number);
    pl_html_close(&p->h);
}

void pl_page_tools_of(pl_page *p, pl_str control)
{
    for (size_t i = 0; i < p->a->n_ingested; i++) {
        const pl_ingested *v = &p->a->ingested[i];
        for (size_t k = 0; k < v->n_controls; k++)
            if (pl_str_eq(v->controls[k].control, control))
                beside(p, v, &v->controls[k]);
    }
}
