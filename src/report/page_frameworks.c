/* SPDX-License-Identifier: Apache-2.0 */
/* Every requirement in scope: what supports it, what speaks against it, and the blanks. */
#include "report/page.h"

#include "core/clock.h"

static void failed_check(pl_page *p, const pl_check_result *r)
{
    enum { NAMES = 3 };

    pl_html_open(&p->h, "li", "class", "v-fail", NULL);
    pl_page_check_link(p, r->check);
    pl_html_c(&p->h, " ");
    pl_html_text(&p->h, r->check->title, PL_REPORT_NAME_COLUMNS);
    pl_html_open(&p->h, "span", "class", "help", NULL);
    for (size_t i = 0; i < r->tally.fail && i < NAMES; i++) {
        pl_html_c(&p->h, i ? ", " : "");
        pl_page_subject(p, r->findings[i]->subject);
        pl_html_c(&p->h, " ");
        pl_page_evidence_number(p, r->findings[i]->ledger_index);
    }
    pl_page_and_more(p, NAMES, r->tally.fail);
    pl_html_c(&p->h, "; ");
    pl_page_owners(p, r);
    pl_html_close(&p->h);
    pl_html_el_text(&p->h, "span", "help fix", r->check->remedy, PL_REPORT_REMEDY_COLUMNS);
    pl_html_close(&p->h);
}

typedef bool (*belongs)(const pl_check_result *r);

static bool is_passed(const pl_check_result *r)
{
    return r->verdict == PL_PASS;
}

static bool is_waived(const pl_check_result *r)
{
    return r->verdict == PL_WAIVED;
}

static bool is_attested(const pl_check_result *r)
{
    return r->verdict == PL_ATTESTED;
}

static bool is_undecided(const pl_check_result *r)
{
    return r->verdict == PL_UNKNOWN && r->tally.unknown > 0;
}

static bool is_unjudged(const pl_check_result *r)
{
    return r->verdict == PL_UNKNOWN && r->tally.unknown == 0 && r->tally.missing > 0;
}

static bool is_attest(const pl_check_result *r)
{
    return r->verdict == PL_UNKNOWN && r->tally.unknown == 0 && r->tally.missing == 0;
}

static bool is_not_applicable(const pl_check_result *r)
{
    return r->verdict == PL_NOT_APPLICABLE;
}

static const struct {
    belongs has;
    const char *klass, *words;
} groups[] = {
    {is_undecided, "v-unknown", "Undecided: "},
    {is_waived, "v-waived", "Accepted risk: "},
    {is_attested, "v-attested", "Attested by a person: "},
    {is_passed, "v-pass", "Passed: "},
    {is_attest, "v-attest", "A person signs: "},
    {is_unjudged, "v-missing", "Not judged yet: "},
    {is_not_applicable, "v-na", "Not applicable: "},
};

/* Of the statements that a verdict rests on, the one that ends first; NULL: it rests on none. */
static const pl_statement *first_to_end(const pl_check_result *r)
{
    const pl_statement *first = NULL;

    for (size_t i = 0; i < r->n; i++) {
        const pl_statement *s = r->findings[i]->statement;
        if (r->findings[i]->verdict == r->verdict && s &&
            (!first || (s->until_us && (!first->until_us || s->until_us < first->until_us))))
            first = s;
    }
    return first;
}

/* Who answers for it, how long, and where that is on record. */
static void signed_until(pl_page *p, const pl_check_result *r)
{
    const pl_statement *s = first_to_end(r);
    char when[PL_TIME_TEXT] = "";

    if (!s)
        return;
    pl_str who = s->approver.n ? s->approver : s->by;
    pl_html_c(&p->h, " (");
    if (who.n) {
        pl_html_text(&p->h, who, PL_REPORT_NAME_COLUMNS);
        pl_html_c(&p->h, ", ");
    }
    if (s->until_us)
        pl_time_print(s->until_us - 1, when);
    pl_html_fmt(&p->h, s->until_us ? "until %.10s" : "without end%.10s", when);
    if (s->number >= 0) {
        pl_html_c(&p->h, ", ");
        pl_page_evidence_number(p, s->number);
    }
    pl_html_c(&p->h, ")");
}

static void group_of_checks(pl_page *p, const pl_requirement_result *r, size_t g)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++) {
        if (!groups[g].has(r->checks[i]))
            continue;
        if (n++ == 0) {
            pl_html_open(&p->h, "li", "class", groups[g].klass, NULL);
            pl_html_c(&p->h, groups[g].words);
        } else {
            pl_html_c(&p->h, ", ");
        }
        if (groups[g].has == is_passed)
            pl_page_check_link(p, r->checks[i]->check);
        else
            pl_html_text(&p->h, r->checks[i]->check->id, PL_REPORT_NAME_COLUMNS);
        if (groups[g].has == is_waived || groups[g].has == is_attested)
            signed_until(p, r->checks[i]);
    }
    if (n)
        pl_html_close(&p->h);
}

/* Why it is as it is, in the words of whoever decided. */
static void decisions(pl_page *p, pl_str framework, pl_str id)
{
    for (size_t i = 0; i < p->a->n_decisions; i++) {
        const pl_decision *d = &p->a->decisions[i];
        for (size_t k = 0; k < d->n_requirements; k++) {
            if (!pl_str_eq(d->requirements[k].framework, framework) ||
                !pl_str_eq(d->requirements[k].id, id))
                continue;
            pl_html_open(&p->h, "span", "class", "help", NULL);
            pl_html_c(&p->h, "decided ");
            pl_html_text(&p->h, d->date, PL_REPORT_NAME_COLUMNS);
            pl_html_c(&p->h, ": ");
            pl_html_text(&p->h, d->what, PL_REPORT_VALUE_COLUMNS);
            pl_html_c(&p->h, " (");
            pl_html_text(&p->h, d->file, PL_REPORT_NAME_COLUMNS);
            pl_html_c(&p->h, ")");
            pl_html_close(&p->h);
        }
    }
}

static const struct {
    const char *word, *says;
} effects[] = {
    {"strengthen", "Containers help here: "},
    {"weaken", "Containers make this harder: "},
    {"new", "New with containers: "},
    {"same", "Containers change little: "},
};

/* What containers do to it, and what an assessor will ask. */
static void effect(pl_page *p, const pl_requirement *q)
{
    const pl_effect *e = pl_content_effect(p->a->content, q->effect);

    if (!e)
        return;
    pl_html_open(&p->h, "span", "class", "help effect", NULL);
    for (size_t i = 0; i < PL_COUNT(effects); i++)
        if (pl_str_eq(e->containers, pl_str_c(effects[i].word)))
            pl_html_c(&p->h, effects[i].says);
    pl_html_text(&p->h, e->why, PL_REPORT_TEXT_COLUMNS);
    pl_html_c(&p->h, " Asked: ");
    pl_html_text(&p->h, e->ask, PL_REPORT_TEXT_COLUMNS);
    pl_html_close(&p->h);
}

static void requirement_row(pl_page *p, pl_str framework, const pl_requirement_result *r)
{
    const pl_requirement *q = r->requirement;

    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", NULL);
    pl_html_el_text(&p->h, "span", "rid", q->id, PL_REPORT_NAME_COLUMNS);
    pl_html_c(&p->h, " ");
    pl_html_text(&p->h, q->title, PL_REPORT_VALUE_COLUMNS);
    if (q->baselines.n) {
        pl_html_open(&p->h, "span", "class", "help", NULL);
        pl_html_c(&p->h, "FedRAMP ");
        pl_html_text(&p->h, q->baselines, PL_REPORT_NAME_COLUMNS);
        pl_html_close(&p->h);
    }
    effect(p, q);
    decisions(p, framework, q->id);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    pl_page_support(p, r->support);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    pl_html_open(&p->h, "ul", "class", "behind", NULL);
    for (size_t i = 0; i < r->n; i++)
        if (r->checks[i]->verdict == PL_FAIL)
            failed_check(p, r->checks[i]);
    for (size_t g = 0; g < PL_COUNT(groups); g++)
        group_of_checks(p, r, g);
    for (size_t i = 0; i < r->n; i++)
        pl_page_tools_of(p, r->checks[i]->check->id);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

static bool is_shown(const pl_requirement_result *r)
{
    return r->in_scope && r->support != PL_SUPPORT_NOT_COVERED;
}

static void section_row(pl_page *p, pl_str section)
{
    pl_html_open(&p->h, "tr", "class", "group", NULL);
    pl_html_open(&p->h, "th", "scope", "colgroup", "colspan", "3", NULL);
    pl_html_text(&p->h, section, PL_REPORT_NAME_COLUMNS);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

static void requirement_table(pl_page *p, const pl_framework_result *f)
{
    pl_str section = {0};

    pl_page_table(p, "requirements", "Requirements that checks bear on", "Requirement",
                  "The evidence", "Checks, subjects, evidence, owner", NULL);
    for (size_t i = 0; i < f->n; i++) {
        const pl_requirement_result *r = &f->requirements[i];
        if (!is_shown(r))
            continue;
        if (r->requirement->section.n && !pl_str_eq(r->requirement->section, section)) {
            section = r->requirement->section;
            section_row(p, section);
        }
        requirement_row(p, f->framework->id, r);
    }
    pl_page_table_end(p);
}

static void blanks(pl_page *p, const pl_framework_result *f)
{
    size_t n = f->count[PL_SUPPORT_NOT_COVERED];

    if (n == 0)
        return;
    pl_html_open(&p->h, "h4", NULL);
    pl_html_fmt(&p->h, "Blanks to fill in: %zu requirements that no check covers", n);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "ul", "class", "blanks", NULL);
    for (size_t i = 0; i < f->n; i++) {
        const pl_requirement *q = f->requirements[i].requirement;
        if (!f->requirements[i].in_scope || f->requirements[i].support != PL_SUPPORT_NOT_COVERED)
            continue;
        pl_html_open(&p->h, "li", NULL);
        pl_html_el_text(&p->h, "span", "rid", q->id, PL_REPORT_NAME_COLUMNS);
        pl_html_c(&p->h, " ");
        pl_html_text(&p->h, q->title, PL_REPORT_VALUE_COLUMNS);
        pl_html_close(&p->h);
    }
    pl_html_close(&p->h);
}

static void framework(pl_page *p, const pl_framework_result *f)
{
    char id[PL_HTML_ID];

    pl_html_open(&p->h, "article", "class", "framework", "id",
                 pl_html_id("fw-", f->framework->id, id), NULL);
    pl_html_el_text(&p->h, "h3", NULL, f->framework->name, PL_REPORT_NAME_COLUMNS);
    pl_html_el_text(&p->h, "p", "note", f->framework->note, PL_REPORT_TEXT_COLUMNS);
    if (f->total > f->count[PL_SUPPORT_NOT_COVERED])
        requirement_table(p, f);
    blanks(p, f);
    pl_html_close(&p->h);
}

void pl_page_frameworks(pl_page *p)
{
    pl_page_section(p, "requirements", "Requirements");
    for (size_t i = 0; i < p->d->n_frameworks; i++)
        framework(p, &p->d->frameworks[i]);
    pl_html_close(&p->h);
}
