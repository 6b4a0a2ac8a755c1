/* SPDX-License-Identifier: Apache-2.0 */
/* What people signed: statements with their state, what is waived by them, decisions, changes. */
#include "report/page.h"
#include "report/told.h"

#include "core/clock.h"

static void cell_text(pl_page *p, pl_str text)
{
    pl_html_open(&p->h, "td", NULL);
    pl_html_text(&p->h, text, PL_REPORT_TEXT_COLUMNS);
    pl_html_close(&p->h);
}

static void cell_day(pl_page *p, int64_t us, bool is_end)
{
    char when[PL_TIME_TEXT] = "";

    if (us)
        pl_time_print(is_end ? us - 1 : us, when);
    pl_html_open(&p->h, "td", NULL);
    pl_html_fmt(&p->h, "%.16s", us ? when : "no end");
    pl_html_close(&p->h);
}

static void line(pl_page *p, const char *before, pl_str text)
{
    if (text.n == 0)
        return;
    pl_html_open(&p->h, "span", "class", "help", NULL);
    pl_html_c(&p->h, before);
    pl_html_text(&p->h, text, PL_REPORT_TEXT_COLUMNS);
    pl_html_close(&p->h);
}

/* ---- statements ---- */

static void file_line(pl_page *p, const pl_statement_file *f)
{
    pl_html_open(&p->h, "span", "class", "help", NULL);
    pl_html_c(&p->h, "file ");
    pl_html_text(&p->h, f->name, PL_REPORT_NAME_COLUMNS);
    pl_html_fmt(&p->h, ", %lld bytes, SHA-256 ", (long long)f->bytes);
    pl_html_el_text(&p->h, "code", NULL, f->sha256, PL_REPORT_NAME_COLUMNS);
    pl_html_close(&p->h);
}

static void list_line(pl_page *p, const char *before, const pl_str *v, size_t n)
{
    if (n == 0)
        return;
    pl_html_open(&p->h, "span", "class", "help", NULL);
    pl_html_c(&p->h, before);
    for (size_t i = 0; i < n; i++) {
        pl_html_c(&p->h, i ? ", " : "");
        pl_html_text(&p->h, v[i], PL_REPORT_NAME_COLUMNS);
    }
    pl_html_close(&p->h);
}

static void requirement_lines(pl_page *p, const pl_statement *s)
{
    if (s->n_requirements == 0)
        return;
    pl_html_open(&p->h, "span", "class", "help", NULL);
    pl_html_c(&p->h, "only for ");
    for (size_t i = 0; i < s->n_requirements; i++) {
        pl_html_c(&p->h, i ? ", " : "");
        pl_html_text(&p->h, s->requirements[i].framework, PL_REPORT_NAME_COLUMNS);
        pl_html_c(&p->h, " ");
        pl_html_text(&p->h, s->requirements[i].id, PL_REPORT_NAME_COLUMNS);
    }
    pl_html_close(&p->h);
}

static void statement_row(pl_page *p, const pl_statement *s)
{
    PL_AUTO_BUF pl_buf name = {0};

    pl_told_name(s, &name);
    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", NULL);
    pl_html_text(&p->h, pl_buf_view(&name), PL_REPORT_NAME_COLUMNS);
    pl_html_c(&p->h, " ");
    if (s->number >= 0)
        pl_page_evidence_number(p, s->number);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    pl_html_el_text(&p->h, "b", NULL, s->what, PL_REPORT_NAME_COLUMNS);
    line(p, "", s->title);
    line(p, "only ", s->number >= 0 ? s->scope : (pl_str){0});
    requirement_lines(p, s);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    pl_html_text(&p->h, s->text, PL_REPORT_TEXT_COLUMNS);
    line(p, "by ", s->by);
    line(p, "approved by ", s->approver);
    line(p, "decision: ", s->decision);
    line(p, "in its place: ", s->compensating);
    for (size_t i = 0; i < s->n_files; i++)
        file_line(p, &s->files[i]);
    list_line(p, "written: ", s->written, s->n_written);
    list_line(p, "running at the end: ", s->executed, s->n_executed);
    pl_html_close(&p->h);
    cell_day(p, s->until_us, true);
    pl_html_open(&p->h, "td", NULL);
    pl_html_c(&p->h, s->state ? s->state : "");
    line(p, "", s->why);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

static void statements(pl_page *p)
{
    pl_html_el(&p->h, "p", "note",
               "None of these was signed with a key of the person's: the log shows which user "
               "recorded it and when, and that nothing was changed since.");
    pl_page_table(p, "failed", "Attestations, waivers and windows", "Statement", "About", "Said",
                  "Holds until", "State", NULL);
    for (size_t i = 0; i < p->a->n_statements; i++)
        statement_row(p, &p->a->statements[i]);
    pl_page_table_end(p);
}

/* ---- what is waived ---- */

static void waived_row(pl_page *p, const pl_finding *f)
{
    PL_AUTO_BUF pl_buf name = {0};

    if (f->statement)
        pl_told_name(f->statement, &name);
    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", NULL);
    pl_html_text(&p->h, f->check ? f->check->id : f->vuln->advisory, PL_REPORT_NAME_COLUMNS);
    line(p, "", f->check ? f->check->title : f->vuln->package);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    pl_page_subject(p, f->subject);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    pl_html_fmt(&p->h, "%s, ", pl_verdict_word(pl_finding_judged(f)));
    pl_page_severity(p, f->severity);
    pl_html_close(&p->h);
    cell_text(p, pl_buf_view(&name));
    pl_html_open(&p->h, "td", NULL);
    pl_page_evidence_number(p, f->ledger_index);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

/* Vulnerabilities stand in their own list, each with who settles it. */
static void waived(pl_page *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->a->n_findings; i++)
        n += p->a->findings[i]->verdict == PL_WAIVED && p->a->findings[i]->check;
    if (n == 0)
        return;
    pl_page_table(p, "failed", "Findings that are waived", "Check", "Subject", "Judged",
                  "Waived by", "Evidence", NULL);
    for (size_t i = 0; i < p->a->n_findings; i++)
        if (p->a->findings[i]->verdict == PL_WAIVED && p->a->findings[i]->check)
            waived_row(p, p->a->findings[i]);
    pl_page_table_end(p);
}

/* ---- decisions and changes ---- */

static void decision_row(pl_page *p, const pl_decision *d)
{
    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", NULL);
    pl_html_text(&p->h, d->file, PL_REPORT_NAME_COLUMNS);
    line(p, "", d->date);
    line(p, "", d->author);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    pl_html_text(&p->h, d->what, PL_REPORT_TEXT_COLUMNS);
    line(p, "because ", d->why);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    for (size_t i = 0; i < d->n_requirements; i++) {
        pl_html_c(&p->h, i ? ", " : "");
        pl_html_text(&p->h, d->requirements[i].framework, PL_REPORT_NAME_COLUMNS);
        pl_html_c(&p->h, " ");
        pl_html_el_text(&p->h, "b", NULL, d->requirements[i].id, PL_REPORT_NAME_COLUMNS);
    }
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

/* The entry may be of an audit before this one, of which the index says nothing. */
static void entry_of_change(pl_page *p, int64_t number)
{
    char text[PL_EVIDENCE_NUMBER];

    pl_evidence_number(number, text);
    pl_html_open(&p->h, "td", NULL);
    pl_html_c(&p->h, text);
    pl_html_close(&p->h);
}

static void change_row(pl_page *p, const pl_change *c)
{
    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", NULL);
    pl_html_text(&p->h, c->name, PL_REPORT_NAME_COLUMNS);
    pl_html_close(&p->h);
    cell_text(p, c->was.n ? c->was : PL_S("(nothing)"));
    cell_text(p, c->is.n ? c->is : PL_S("(nothing)"));
    cell_day(p, c->seen_us, false);
    pl_html_open(&p->h, "td", NULL);
    if (c->decision.n)
        pl_html_text(&p->h, c->decision, PL_REPORT_NAME_COLUMNS);
    else
        pl_html_el(&p->h, "b", NULL, "unexplained change");
    pl_html_close(&p->h);
    entry_of_change(p, c->number);
    pl_html_close(&p->h);
}

void pl_page_said(pl_page *p)
{
    const pl_assessment *a = p->a;

    pl_page_section(p, "said", "Signed by people");
    if (a->n_statements + a->n_decisions + a->n_changes == 0)
        pl_html_el(&p->h, "p", "note",
                   "No attestation, waiver, troubleshooting window or design decision is on "
                   "record, and no setting changed since the audit before.");
    if (a->n_statements)
        statements(p);
    waived(p);
    if (a->n_changes) {
        pl_page_table(p, "failed", "Changes of settings between audits", "Setting", "Was", "Is",
                      "Seen", "Decision", "Evidence", NULL);
        for (size_t i = 0; i < a->n_changes; i++)
            change_row(p, &a->changes[i]);
        pl_page_table_end(p);
    }
    if (a->n_decisions) {
        pl_page_table(p, "failed", "Design decisions", "Decision", "What and why", "Requirements",
                      NULL);
        for (size_t i = 0; i < a->n_decisions; i++)
            decision_row(p, &a->decisions[i]);
        pl_page_table_end(p);
    }
    pl_html_close(&p->h);
}
