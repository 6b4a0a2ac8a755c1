/* SPDX-License-Identifier: Apache-2.0 */
/* Known vulnerabilities, by image. */
#include "report/page.h"

#include <stdlib.h>

static void package_cell(pl_page *p, const pl_finding *f)
{
    const pl_vuln_facts *v = f->vuln;

    pl_html_open(&p->h, "td", NULL);
    pl_html_el_text(&p->h, "bdi", NULL, v->package, PL_REPORT_NAME_COLUMNS);
    if (v->source.n && !pl_str_eq(v->source, v->package)) {
        pl_html_open(&p->h, "span", "class", "help", NULL);
        pl_html_c(&p->h, "source ");
        pl_html_text(&p->h, v->source, PL_REPORT_NAME_COLUMNS);
        pl_html_close(&p->h);
    }
    pl_html_open(&p->h, "span", "class", "help", NULL);
    pl_page_owner(p, f->owner);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

static void version_cell(pl_page *p, const char *label, pl_str version)
{
    pl_html_open(&p->h, "td", "class", "version", "data-label", label, NULL);
    pl_html_text(&p->h, version, PL_REPORT_NAME_COLUMNS);
    pl_html_close(&p->h);
}

static void vuln_row(pl_page *p, const pl_finding *f)
{
    const pl_vuln_facts *v = f->vuln;

    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", NULL);
    pl_html_text(&p->h, v->advisory, PL_REPORT_NAME_COLUMNS);
    if (v->kev) {
        pl_html_c(&p->h, " ");
        pl_html_el(&p->h, "span", "chip kev", "exploited");
    }
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    pl_page_severity(p, f->severity);
    if (v->vex_status.n) {
        pl_html_c(&p->h, " ");
        pl_html_text(&p->h, v->vex_status, PL_REPORT_NAME_COLUMNS);
        pl_html_c(&p->h, ": ");
        pl_html_text(&p->h, v->vex_reason, PL_REPORT_NAME_COLUMNS);
        pl_html_c(&p->h, " (");
        pl_html_text(&p->h, v->vex_source, PL_REPORT_NAME_COLUMNS);
        pl_html_c(&p->h, ")");
    }
    pl_html_close(&p->h);
    package_cell(p, f);
    version_cell(p, "installed", v->version);
    if (v->fixed_version.n)
        version_cell(p, "fixed in", v->fixed_version);
    else
        pl_html_el(&p->h, "td", "version none", "no fix yet");
    pl_html_open(&p->h, "td", "class", "num", "data-label", "EPSS", NULL);
    if (v->epss_ppm >= 1000)
        pl_html_fmt(&p->h, "%d.%d%%", v->epss_ppm / 10000, v->epss_ppm / 1000 % 10);
    else if (v->epss_ppm >= 0)
        pl_html_c(&p->h, "<0.1%");
    else
        pl_html_c(&p->h, "\xe2\x80\x93");
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", "class", "numbers", NULL);
    pl_page_evidence_number(p, f->ledger_index);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

static void counts(pl_page *p, const pl_vuln_count *v)
{
    static const pl_severity order[] = {PL_CRITICAL, PL_HIGH, PL_MEDIUM,
                                        PL_LOW,      PL_INFO, PL_UNKNOWN_SEVERITY};

    pl_html_open(&p->h, "p", "class", "who", NULL);
    for (size_t i = 0; i < PL_COUNT(order); i++) {
        if (v->by_severity[order[i]] == 0)
            continue;
        pl_page_severity(p, order[i]);
        pl_html_fmt(&p->h, " %zu ", v->by_severity[order[i]]);
    }
    pl_html_fmt(&p->h, "\xe2\x80\x93 %zu in all, %zu with a fixed version", v->total, v->fixable);
    if (v->kev)
        pl_html_fmt(&p->h, "; %zu known to be exploited", v->kev);
    if (v->waived)
        pl_html_fmt(&p->h, "; %zu more do not count, by VEX or ignore file", v->waived);
    if (v->kev_unknown)
        pl_html_fmt(&p->h, "; exploitation of %zu not known: no current KEV catalog is installed",
                    v->kev_unknown);
    pl_html_close(&p->h);
}

static void vulns_of(pl_page *p, const pl_subject *s, const pl_finding **rows)
{
    pl_vuln_count v = pl_count_vulns(p->a, s);
    size_t n = pl_collect_vulns(p->a, s, rows);

    pl_html_open(&p->h, "article", "class", "image", NULL);
    pl_html_open(&p->h, "h3", NULL);
    pl_page_subject(p, s);
    pl_html_close(&p->h);
    counts(p, &v);
    pl_page_table(p, "vulns", "Known vulnerabilities, most urgent first", "Advisory", "Severity",
                  "Package", "Installed", "Fixed in", "#EPSS", "Evidence", NULL);
    for (size_t i = 0; i < n && i < PL_REPORT_VULN_ROWS; i++)
        vuln_row(p, rows[i]);
    pl_page_table_end(p);
    if (n > PL_REPORT_VULN_ROWS) {
        pl_html_open(&p->h, "p", "class", "note", NULL);
        pl_html_fmt(&p->h, "%zu more are in the JSON report.", n - PL_REPORT_VULN_ROWS);
        pl_html_close(&p->h);
    }
    pl_html_close(&p->h);
}

/* Images whose vulnerabilities could not be judged. */
static void unjudged(pl_page *p)
{
    for (size_t i = 0; i < p->a->n_findings; i++) {
        const pl_finding *f = p->a->findings[i];
        if (!f->vuln || f->verdict != PL_UNKNOWN)
            continue;
        pl_html_open(&p->h, "p", "class", "note", NULL);
        pl_page_subject(p, f->subject);
        pl_html_c(&p->h, ": unknown, ");
        pl_html_c(&p->h, pl_word_reason(pl_str_c(f->reason))->means);
        pl_html_c(&p->h, ".");
        pl_html_close(&p->h);
    }
}

static void no_feed(pl_page *p)
{
    pl_html_open(&p->h, "p", "class", "note", NULL);
    pl_html_c(&p->h, "Vulnerabilities were not judged: no advisories are installed. ");
    pl_html_el(&p->h, "code", NULL, "plimsoll db update");
    pl_html_c(&p->h, " gets them");
    if (p->a->advisories.how_to_get.n) {
        pl_html_c(&p->h, " (");
        pl_html_text(&p->h, p->a->advisories.how_to_get, PL_REPORT_VALUE_COLUMNS);
        pl_html_c(&p->h, ")");
    }
    pl_html_c(&p->h, "; then repeat the audit.");
    pl_html_close(&p->h);
}

static void left_out(pl_page *p)
{
    PL_AUTO_BUF pl_buf text = {0};

    if (!p->a->filters.n)
        return;
    pl_left_out_text(p->a, &text);
    pl_html_open(&p->h, "p", "class", "note", NULL);
    pl_html_c(&p->h, "Left out of the lists here: ");
    pl_html_text(&p->h, pl_buf_view(&text), PL_REPORT_TEXT_COLUMNS);
    pl_html_c(&p->h, ".");
    pl_html_close(&p->h);
}

void pl_page_vulnerabilities(pl_page *p)
{
    pl_vuln_count all = pl_count_vulns(p->a, NULL);
    PL_AUTO_FREE void *rows = malloc((p->a->n_findings + 1) * sizeof(pl_finding *));

    pl_page_section(p, "vulnerabilities", "Vulnerabilities");
    if (!p->a->advisories.present)
        no_feed(p);
    else if (all.total == 0)
        pl_html_el(&p->h, "p", "note clean",
                   "No known vulnerability was found in the packages that were read, by the "
                   "advisories named on the first page.");
    left_out(p);
    unjudged(p);
    for (size_t i = 0; rows && i < p->a->n_subjects; i++)
        if (pl_count_vulns(p->a, p->a->subjects[i].subject).total)
            vulns_of(p, p->a->subjects[i].subject, rows);
    if (!rows)
        p->h.out->bad = true;
    pl_html_close(&p->h);
}
