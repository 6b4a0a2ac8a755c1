/* SPDX-License-Identifier: Apache-2.0 */
/* What was looked at, what was left out, and what is unknown and why. */
#include "report/page.h"

#include <string.h>

/* --- scope --- */

static void population_row(pl_page *p, const pl_population *pop)
{
    const char *word = pl_word_kind(pop->kind, 2);

    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", NULL);
    if (word)
        pl_html_c(&p->h, word);
    else
        pl_html_text(&p->h, pop->kind, PL_REPORT_NAME_COLUMNS);
    pl_html_close(&p->h);
    pl_page_cell_count(p, pop->n, NULL, NULL);
    pl_html_open(&p->h, "td", "class", "hash", NULL);
    pl_html_el(&p->h, "code", NULL, pop->hash);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

static void populations(pl_page *p)
{
    pl_page_table(p, "populations", "Populations: what an assessor draws samples from", "Kind",
                  "#Count", "SHA-256 of the sorted identities, one a line", NULL);
    for (size_t i = 0; i < p->d->n_populations; i++)
        population_row(p, &p->d->populations[i]);
    pl_page_table_end(p);
}

static void subject_row(pl_page *p, const pl_scope_subject *s)
{
    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", NULL);
    pl_page_subject(p, s->subject);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", "class", "hash", NULL);
    pl_html_el_text(&p->h, "code", NULL, s->subject->key, PL_REPORT_NAME_COLUMNS);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    for (size_t i = 0; i < s->n_attrs; i++) {
        pl_html_c(&p->h, i ? "; " : "");
        pl_html_text(&p->h, s->attrs[i].name, PL_REPORT_NAME_COLUMNS);
        pl_html_c(&p->h, " ");
        pl_html_el_text(&p->h, "bdi", NULL, s->attrs[i].value, PL_REPORT_NAME_COLUMNS);
    }
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

static void subjects_of_kind(pl_page *p, const pl_population *pop)
{
    enum { OPEN_UP_TO = 12 };
    const char *word = pl_word_kind(pop->kind, pop->n);

    pl_html_open(&p->h, "details", pop->n <= OPEN_UP_TO ? "open" : NULL, "", NULL);
    pl_html_open(&p->h, "summary", NULL);
    pl_html_fmt(&p->h, "%zu ", pop->n);
    if (word)
        pl_html_c(&p->h, word);
    else
        pl_html_text(&p->h, pop->kind, PL_REPORT_NAME_COLUMNS);
    pl_html_close(&p->h);
    pl_page_table(p, "subjects", "Subjects in scope", "Name", "Identity", "What it is", NULL);
    for (size_t i = 0; i < p->a->n_subjects; i++)
        if (pl_str_eq(p->a->subjects[i].subject->kind, pop->kind))
            subject_row(p, &p->a->subjects[i]);
    pl_page_table_end(p);
    pl_html_close(&p->h);
}

static void exclusions(pl_page *p)
{
    if (p->a->n_exclusions == 0)
        return;
    pl_html_el(&p->h, "h3", NULL, "Left out on purpose");
    pl_html_open(&p->h, "ul", NULL);
    for (size_t i = 0; i < p->a->n_exclusions; i++) {
        pl_html_open(&p->h, "li", NULL);
        pl_html_text(&p->h, p->a->exclusions[i].what, PL_REPORT_NAME_COLUMNS);
        pl_html_c(&p->h, ": ");
        pl_html_text(&p->h, p->a->exclusions[i].reason, PL_REPORT_VALUE_COLUMNS);
        pl_html_close(&p->h);
    }
    pl_html_close(&p->h);
}

static void engines(pl_page *p)
{
    if (p->a->n_engines == 0)
        return;
    pl_page_table(p, "engines", "Where an engine was looked for, in this order", "By", "Address",
                  "Outcome", NULL);
    for (size_t i = 0; i < p->a->n_engines; i++) {
        const pl_engine_attempt *e = &p->a->engines[i];
        pl_html_open(&p->h, "tr", NULL);
        pl_html_open(&p->h, "th", "scope", "row", NULL);
        pl_html_text(&p->h, e->how, PL_REPORT_NAME_COLUMNS);
        pl_html_close(&p->h);
        pl_html_open(&p->h, "td", NULL);
        pl_html_el_text(&p->h, "code", NULL, e->address, PL_REPORT_NAME_COLUMNS);
        pl_html_close(&p->h);
        pl_html_el_text(&p->h, "td", e->used ? "used" : NULL, e->outcome, PL_REPORT_VALUE_COLUMNS);
        pl_html_close(&p->h);
    }
    pl_page_table_end(p);
}

void pl_page_scope(pl_page *p)
{
    pl_page_section(p, "scope", "Scope");
    populations(p);
    for (size_t i = 0; i < p->d->n_populations; i++)
        subjects_of_kind(p, &p->d->populations[i]);
    exclusions(p);
    engines(p);
    pl_page_content(p);
    pl_html_close(&p->h);
}

/* --- unknown --- */

static void gaps(pl_page *p)
{
    if (p->a->n_gaps == 0)
        return;
    pl_page_table(p, "gaps", "What could not be read", "What", "Why", "Detail", NULL);
    for (size_t i = 0; i < p->a->n_gaps; i++) {
        const pl_gap *g = &p->a->gaps[i];
        pl_html_open(&p->h, "tr", NULL);
        pl_html_open(&p->h, "th", "scope", "row", NULL);
        pl_html_text(&p->h, g->what, PL_REPORT_NAME_COLUMNS);
        pl_html_close(&p->h);
        pl_html_open(&p->h, "td", NULL);
        pl_html_c(&p->h, pl_word_reason(g->reason)->means);
        pl_html_c(&p->h, " ");
        pl_html_el_text(&p->h, "code", NULL, g->reason, PL_REPORT_NAME_COLUMNS);
        pl_html_close(&p->h);
        pl_html_el_text(&p->h, "td", NULL, g->detail, PL_REPORT_VALUE_COLUMNS);
        pl_html_close(&p->h);
    }
    pl_page_table_end(p);
}

static void reason_words(pl_page *p, pl_str reason, bool is_part)
{
    const char *part = is_part ? pl_word_part(reason) : NULL;
    const pl_reason_words *words = pl_word_reason(reason);

    pl_html_open(&p->h, "th", "scope", "row", NULL);
    if (!is_part)
        pl_html_c(&p->h, words->means);
    else if (pl_str_eq(reason, PL_S("attest")))
        pl_html_c(&p->h, "a person has to sign a statement");
    else if (part)
        pl_html_c(&p->h, part);
    else
        pl_html_text(&p->h, reason, PL_REPORT_NAME_COLUMNS);
    pl_html_c(&p->h, " ");
    pl_html_open(&p->h, "code", NULL);
    pl_html_c(&p->h, is_part ? "needs:" : "");
    pl_html_text(&p->h, reason, PL_REPORT_NAME_COLUMNS);
    pl_html_close(&p->h);
    if (!is_part && words->help)
        pl_html_el(&p->h, "span", "help", words->help);
    if (!is_part && p->a->unprivileged && pl_str_eq(reason, PL_S("denied")))
        pl_html_el(&p->h, "span", "help", "Repeat the audit as root.");
    pl_html_close(&p->h);
}

static void unknown_row(pl_page *p, size_t at)
{
    bool is_part = false;
    pl_str reason = pl_unknown_reason(&p->d->checks[at], &is_part);
    size_t n = pl_count_unknown(p->d, at, reason, is_part);

    pl_html_open(&p->h, "tr", NULL);
    reason_words(p, reason, is_part);
    pl_page_cell_count(p, n, "n-unknown", NULL);
    pl_html_open(&p->h, "td", "class", "ids", NULL);
    for (size_t i = at; i < p->d->n_checks; i++) {
        if (!pl_is_unknown_for(&p->d->checks[i], reason, is_part))
            continue;
        pl_html_el_text(&p->h, "span", NULL, p->d->checks[i].check->id, PL_REPORT_NAME_COLUMNS);
        pl_html_c(&p->h, " ");
    }
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

static void unknown_table(pl_page *p, bool parts)
{
    pl_page_table(p, "unknowns",
                  parts ? "Controls that this audit does not judge, by what they need"
                        : "Checks that could not be decided this time",
                  parts ? "Needs" : "Why", "#Checks", "Which", NULL);
    for (size_t i = 0; i < p->d->n_checks; i++) {
        bool is_part = false;
        if (p->d->checks[i].verdict != PL_UNKNOWN)
            continue;
        (void)pl_unknown_reason(&p->d->checks[i], &is_part);
        if (is_part == parts && pl_is_first_unknown(p->d, i))
            unknown_row(p, i);
    }
    pl_page_table_end(p);
}

static void unset_policy(pl_page *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->a->content->n_lists; i++)
        n += p->a->content->lists[i].is_policy && p->a->content->lists[i].is_unset;
    if (n == 0)
        return;
    pl_page_table(p, "policy", "Policy parameters that nobody has set", "Parameter", "Meaning",
                  NULL);
    for (size_t i = 0; i < p->a->content->n_lists; i++) {
        const pl_list *l = &p->a->content->lists[i];
        if (!l->is_policy || !l->is_unset)
            continue;
        pl_html_open(&p->h, "tr", NULL);
        pl_html_open(&p->h, "th", "scope", "row", NULL);
        pl_html_el_text(&p->h, "code", NULL, l->name, PL_REPORT_NAME_COLUMNS);
        pl_html_close(&p->h);
        pl_html_el_text(&p->h, "td", NULL, l->help, PL_REPORT_VALUE_COLUMNS);
        pl_html_close(&p->h);
    }
    pl_page_table_end(p);
}

void pl_page_unknown(pl_page *p)
{
    pl_check_count c = pl_count_checks(p->d);

    pl_page_section(p, "unknown", "Unknown");
    if (c.unknown == 0 && p->a->n_gaps == 0)
        pl_html_el(&p->h, "p", "note", "Everything in scope could be read and decided.");
    gaps(p);
    if (c.unknown)
        unknown_table(p, false);
    if (c.to_attest || c.waiting)
        unknown_table(p, true);
    unset_policy(p);
    pl_html_close(&p->h);
}
