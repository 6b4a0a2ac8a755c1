/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that failed, each with its subjects, evidence and remedy; and those that passed. */
#include "report/elements.h"
#include "report/page.h"

#include <string.h>

#include "core/clock.h"
#include "core/text.h"

/* Evidence of several elements comes one after the other: a field that stands in the group already
 * starts the next one. */
static bool starts_group(const pl_finding *f, size_t from, size_t at)
{
    for (size_t i = from; i < at; i++)
        if (strcmp(f->evidence[i].field, f->evidence[at].field) == 0)
            return true;
    return at == from;
}

static void value(pl_page *p, const pl_evidence *e)
{
    pl_html_el(&p->h, "code", NULL, e->field);
    pl_html_c(&p->h, " = ");
    pl_html_el_text(&p->h, "bdi", NULL, e->value.n ? e->value : PL_S("\"\""),
                    PL_REPORT_VALUE_COLUMNS);
}

/* Rows up to the last element that the page shows. */
static size_t shown_rows(const pl_finding *f, size_t *ret_hidden)
{
    size_t at = 0, n = 0, rows = f->n_evidence;
    pl_element e;

    *ret_hidden = pl_elements_hidden(f);
    while (pl_element_next(f, &at, &e))
        if (++n == PL_REPORT_PAGE_PLACES)
            rows = at;
    if (n <= PL_REPORT_PAGE_PLACES)
        return f->n_evidence - (*ret_hidden != 0);
    *ret_hidden += n - PL_REPORT_PAGE_PLACES;
    return rows;
}

static void values(pl_page *p, const pl_finding *f)
{
    size_t hidden = 0, n = shown_rows(f, &hidden);

    if (f->element.n) {
        pl_html_el_text(&p->h, "bdi", "element", f->element, PL_REPORT_NAME_COLUMNS);
        pl_html_c(&p->h, f->n_evidence ? ": " : "");
    }
    for (size_t i = 0, from = 0; i < n; i++) {
        if (!starts_group(f, from, i)) {
            pl_html_void(&p->h, "br", NULL);
        } else {
            if (i)
                pl_html_close(&p->h);
            from = i;
            pl_html_open(&p->h, "span", "class", "value", NULL);
        }
        value(p, &f->evidence[i]);
    }
    if (n)
        pl_html_close(&p->h);
    if (hidden) {
        pl_html_open(&p->h, "span", "class", "help", NULL);
        pl_html_fmt(&p->h, "and %zu more; the JSON report names them", hidden);
        pl_html_close(&p->h);
    }
    if (f->element.n == 0 && f->n_evidence == 0)
        pl_html_el(&p->h, "span", "none", "see the recorded evidence");
}

static void since(pl_page *p, const pl_finding *f)
{
    char when[PL_TIME_TEXT];

    if (f->first_seen_us == 0)
        return;
    pl_time_print(f->first_seen_us, when);
    pl_html_open(&p->h, "span", "class", "help", NULL);
    pl_html_fmt(&p->h, "since %.10s", when);
    pl_html_close(&p->h);
}

static void failed_row(pl_page *p, const pl_finding *f)
{
    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", NULL);
    pl_page_subject(p, f->subject);
    since(p, f);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    values(p, f);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", "class", "numbers", NULL);
    pl_page_evidence_of(p, f);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

static void failed_table(pl_page *p, const pl_check_result *r)
{
    char caption[64];
    size_t n = r->tally.fail;

    (void)snprintf(caption, sizeof(caption), "Failed %.*s", PL_F(pl_str_sub(r->check->id, 0, 20)));
    pl_page_table(p, "failed", caption, "Subject", "What was found", "Evidence", NULL);
    for (size_t i = 0; i < n && i < PL_REPORT_SUBJECT_ROWS; i++)
        failed_row(p, r->findings[i]);
    pl_page_table_end(p);
    if (n > PL_REPORT_SUBJECT_ROWS) {
        pl_html_open(&p->h, "p", "class", "note", NULL);
        pl_html_fmt(&p->h, "%zu more subjects fail this check; the JSON report lists them all.",
                    n - PL_REPORT_SUBJECT_ROWS);
        pl_html_close(&p->h);
    }
}

static void meta(pl_page *p, const pl_check_result *r)
{
    const pl_tally *t = &r->tally;
    size_t judged = t->fail + t->pass + t->waived + pl_tally_unknown(t);
    const char *kind = pl_word_kind(r->check->kind, judged);

    pl_html_open(&p->h, "p", "class", "who", NULL);
    pl_page_severity(p, r->severity);
    pl_html_fmt(&p->h, " fails for %zu of %zu ", t->fail, judged);
    pl_html_c(&p->h, kind ? kind : "subjects");
    if (pl_tally_unknown(t))
        pl_html_fmt(&p->h, ", unknown for %zu", pl_tally_unknown(t));
    pl_html_c(&p->h, "; for the ");
    pl_page_owners(p, r);
    pl_html_close(&p->h);
}

static void part(pl_page *p, const char *term, pl_str text)
{
    if (text.n == 0)
        return;
    pl_html_el(&p->h, "dt", NULL, term);
    pl_html_el_text(&p->h, "dd", NULL, text, PL_REPORT_TEXT_COLUMNS);
}

static void remedy(pl_page *p, const pl_check *c)
{
    pl_html_el(&p->h, "dt", NULL, "What to do");
    pl_html_open(&p->h, "dd", NULL);
    pl_html_text(&p->h, c->remedy, PL_REPORT_TEXT_COLUMNS);
    for (size_t i = 0; i < c->n_steps; i++) {
        pl_html_open(&p->h, "span", "class", "step", NULL);
        pl_html_text(&p->h, c->steps[i].key, PL_REPORT_NAME_COLUMNS);
        pl_html_c(&p->h, " ");
        pl_html_el_text(&p->h, "code", NULL, c->steps[i].value, PL_REPORT_VALUE_COLUMNS);
        pl_html_close(&p->h);
    }
    pl_html_close(&p->h);
}

static const pl_mapping *mapping_to(const pl_check *c, pl_str framework)
{
    for (size_t i = 0; i < c->n_controls; i++)
        if (pl_str_eq(c->controls[i].framework, framework))
            return &c->controls[i];
    return NULL;
}

static void bears_on(pl_page *p, const pl_check *c)
{
    pl_html_el(&p->h, "dt", NULL, "Bears on");
    pl_html_open(&p->h, "dd", "class", "bears", NULL);
    for (size_t i = 0; i < p->d->n_frameworks; i++) {
        const pl_framework *f = p->d->frameworks[i].framework;
        const pl_mapping *m = mapping_to(c, f->id);
        if (!m)
            continue;
        pl_html_open(&p->h, "span", NULL);
        pl_html_text(&p->h, f->name, PL_REPORT_NAME_COLUMNS);
        pl_html_c(&p->h, ": ");
        for (size_t k = 0; k < m->n; k++) {
            pl_html_c(&p->h, k ? ", " : "");
            pl_html_el_text(&p->h, "b", NULL, m->ids[k], PL_REPORT_NAME_COLUMNS);
        }
        pl_html_close(&p->h);
        pl_html_c(&p->h, " ");
    }
    pl_html_close(&p->h);
}

static void finding(pl_page *p, const pl_check_result *r)
{
    const pl_check *c = r->check;
    char id[PL_HTML_ID];

    pl_html_open(&p->h, "article", "class", "finding", "id", pl_html_id("c-", c->id, id), NULL);
    pl_html_open(&p->h, "h3", NULL);
    pl_html_el_text(&p->h, "span", "cid", c->id, PL_REPORT_NAME_COLUMNS);
    pl_html_c(&p->h, " ");
    pl_html_text(&p->h, c->title, PL_REPORT_VALUE_COLUMNS);
    pl_html_close(&p->h);
    meta(p, r);
    failed_table(p, r);
    pl_html_open(&p->h, "dl", "class", "parts", NULL);
    remedy(p, c);
    part(p, "Why it matters", c->rationale);
    part(p, "How it was judged", c->method);
    part(p, "Content", c->origin);
    bears_on(p, c);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

/* Worst first: the order of d->worst, which holds one finding for each failed check. */
void pl_page_findings(pl_page *p)
{
    size_t n = 0;

    pl_page_section(p, "findings", "Findings");
    for (size_t i = 0; i < p->d->n_worst; i++) {
        const pl_check *c = p->d->worst[i]->check;
        if (!c)
            continue;
        finding(p, &p->d->checks[c - p->a->content->checks]);
        n++;
    }
    if (n == 0)
        pl_html_el(&p->h, "p", "note clean",
                   "No check failed. Everything that was judged is as it should be; what was "
                   "judged stands under Passed checks, what could not be judged under Unknown.");
    pl_html_close(&p->h);
}

/* --- passed --- */

static void passed_row(pl_page *p, const pl_check_result *r)
{
    enum { NUMBERS = 6 };
    const char *kind = pl_word_kind(r->check->kind, r->tally.pass);
    size_t shown = 0;
    int64_t last = -1;

    pl_html_open(&p->h, "tr", NULL);
    char id[PL_HTML_ID];
    pl_html_open(&p->h, "th", "scope", "row", "id", pl_html_id("c-", r->check->id, id), NULL);
    pl_html_el_text(&p->h, "span", "cid", r->check->id, PL_REPORT_NAME_COLUMNS);
    pl_html_c(&p->h, " ");
    pl_html_text(&p->h, r->check->title, PL_REPORT_VALUE_COLUMNS);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    pl_html_fmt(&p->h, "%zu ", r->tally.pass);
    pl_html_c(&p->h, kind ? kind : "subjects");
    if (r->tally.not_applicable)
        pl_html_fmt(&p->h, ", %zu not applicable", r->tally.not_applicable);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", "class", "numbers", NULL);
    for (size_t i = 0; i < r->n && shown < NUMBERS; i++) {
        if (r->findings[i]->verdict != PL_PASS || r->findings[i]->ledger_index == last)
            continue;
        last = r->findings[i]->ledger_index;
        pl_html_c(&p->h, shown++ ? " " : "");
        pl_page_evidence_number(p, last);
    }
    if (r->tally.pass > NUMBERS)
        pl_page_and_more(p, NUMBERS, r->tally.pass);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

static bool did_pass(const pl_check_result *r)
{
    return r->verdict == PL_PASS;
}

static void not_applicable_row(pl_page *p, const pl_check_result *r)
{
    char id[PL_HTML_ID];

    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", "id", pl_html_id("c-", r->check->id, id), NULL);
    pl_html_el_text(&p->h, "span", "cid", r->check->id, PL_REPORT_NAME_COLUMNS);
    pl_html_c(&p->h, " ");
    pl_html_text(&p->h, r->check->title, PL_REPORT_VALUE_COLUMNS);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    pl_html_c(&p->h, r->reason.n ? pl_word_reason(r->reason)->means
                                 : "it does not apply to anything in scope");
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

void pl_page_passed(pl_page *p)
{
    pl_check_count c = pl_count_checks(p->d);

    pl_page_section(p, "passed", "Passed checks");
    if (c.pass == 0)
        pl_html_el(&p->h, "p", "note", "No check passed for everything in scope.");
    if (c.pass) {
        pl_page_table(p, "passed", "Checks that passed for everything they apply to", "Check",
                      "Population", "Evidence", NULL);
        for (size_t i = 0; i < p->d->n_checks; i++)
            if (did_pass(&p->d->checks[i]))
                passed_row(p, &p->d->checks[i]);
        pl_page_table_end(p);
    }
    if (c.not_applicable) {
        pl_html_open(&p->h, "details", NULL);
        pl_html_open(&p->h, "summary", NULL);
        pl_html_fmt(&p->h, "%zu checks that do not apply here", c.not_applicable);
        pl_html_close(&p->h);
        pl_page_table(p, "passed", "Checks that do not apply to anything in scope", "Check", "Why",
                      NULL);
        for (size_t i = 0; i < p->d->n_checks; i++)
            if (p->d->checks[i].verdict == PL_NOT_APPLICABLE)
                not_applicable_row(p, &p->d->checks[i]);
        pl_page_table_end(p);
        pl_html_close(&p->h);
    }
    pl_html_close(&p->h);
}
