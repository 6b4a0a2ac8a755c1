/* SPDX-License-Identifier: Apache-2.0 */
/* Cover, counts by area, the worst, counts by framework. */
#include "report/page.h"
#include "report/told.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/text.h"

/* --- cover --- */

static void fact(pl_page *p, const char *term, const char *code, pl_str value)
{
    pl_html_el(&p->h, "dt", NULL, term);
    pl_html_open(&p->h, "dd", NULL);
    pl_html_open(&p->h, code, NULL);
    pl_html_text(&p->h, value.n ? value : PL_S("unknown"), PL_REPORT_VALUE_COLUMNS);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

static void fact_time(pl_page *p, const char *term, int64_t us)
{
    char text[PL_TIME_TEXT] = "unknown";

    if (us)
        pl_time_print(us, text);
    fact(p, term, "span", pl_str_c(text));
}

static void fact_advisories(pl_page *p)
{
    const pl_advisory_state *adv = &p->a->advisories;
    enum { DAY_S = 86400 };

    if (!adv->present) {
        fact(p, "Advisories", "span", PL_S("none installed: vulnerabilities are unknown"));
        return;
    }
    pl_html_el(&p->h, "dt", NULL, "Advisories");
    pl_html_open(&p->h, "dd", NULL);
    pl_html_el_text(&p->h, "code", NULL, adv->digest, PL_REPORT_VALUE_COLUMNS);
    if (adv->imported_us) {
        char text[PL_TIME_TEXT];
        pl_time_print(adv->imported_us, text);
        long long days = (p->a->generated_us - adv->imported_us) / 1000000 / DAY_S;
        pl_html_fmt(&p->h, " imported %.10s", text);
        if (days)
            pl_html_fmt(&p->h, ", %lld day%s before", days, days == 1 ? "" : "s");
    }
    pl_html_close(&p->h);
}

static void fact_ledger(pl_page *p)
{
    const pl_log_reference *l = &p->a->ledger;

    pl_html_el(&p->h, "dt", NULL, "Evidence log");
    pl_html_open(&p->h, "dd", NULL);
    if (!l->recorded) {
        pl_html_c(&p->h,
                  "not recorded: this report has no evidence behind it that can be verified");
    } else {
        pl_html_el_text(&p->h, "code", NULL, l->origin, PL_REPORT_VALUE_COLUMNS);
        pl_html_fmt(&p->h, " at %lld entries, root ", (long long)l->size);
        pl_html_el_text(&p->h, "code", NULL, l->root, PL_REPORT_VALUE_COLUMNS);
    }
    pl_html_close(&p->h);
}

static void fact_scope(pl_page *p)
{
    pl_html_el(&p->h, "dt", NULL, "Scope");
    pl_html_open(&p->h, "dd", NULL);
    for (size_t i = 0; i < p->d->n_populations; i++) {
        const pl_population *pop = &p->d->populations[i];
        const char *word = pl_word_kind(pop->kind, pop->n);
        pl_html_fmt(&p->h, "%s%zu ", i ? ", " : "", pop->n);
        if (word)
            pl_html_c(&p->h, word);
        else
            pl_html_text(&p->h, pop->kind, PL_REPORT_NAME_COLUMNS);
    }
    if (p->d->n_populations == 0)
        pl_html_c(&p->h, "nothing could be read");
    pl_html_close(&p->h);
}

static size_t failed_subjects(const pl_page *p)
{
    size_t n = 0;

    for (size_t s = 0; s < p->a->n_subjects; s++)
        for (size_t i = 0; i < p->a->n_findings; i++)
            if (p->a->findings[i]->subject == p->a->subjects[s].subject &&
                p->a->findings[i]->verdict == PL_FAIL) {
                n++;
                break;
            }
    return n;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* The whole report in three sentences. */
static void lede(pl_page *p)
{
    pl_check_count c = pl_count_checks(p->d);
    pl_vuln_count v = pl_count_vulns(p->a, NULL);
    size_t judged = c.fail + c.pass, on = failed_subjects(p);

    pl_html_open(&p->h, "p", "class", "lede", NULL);
    if (judged == 0)
        pl_html_c(&p->h, "Nothing could be judged.");
    else if (c.fail == 0 && v.total == 0)
        pl_html_fmt(&p->h, "A clean result: all %zu checks that could be judged passed.", judged);
    else
        pl_html_fmt(&p->h, "%zu of %zu checks that could be judged failed, on %zu subject%s.",
                    c.fail, judged, on, plural(on));
    if (v.total)
        pl_html_fmt(&p->h, " %zu known vulnerabilit%s found, %zu with a fixed version.", v.total,
                    v.total == 1 ? "y was" : "ies were", v.fixable);
    if (c.unknown)
        pl_html_fmt(&p->h,
                    " %zu check%s could not be decided: what is unknown never counts as a "
                    "pass.",
                    c.unknown, plural(c.unknown));
    pl_html_close(&p->h);
}

static void fact_content(pl_page *p)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_content_told(p->a, &text);
    if (text.n)
        fact(p, "Changed content", "span", pl_buf_view(&text));
    if (p->a->profile)
        fact(p, "Profile", "code", p->a->profile->id);
}

void pl_page_cover(pl_page *p)
{
    const pl_assessment *a = p->a;

    pl_html_open(&p->h, "header", "class", "cover", NULL);
    pl_html_open(&p->h, "p", "class", "kicker", NULL);
    pl_html_c(&p->h, pl_str_eq(a->verb, PL_S("scan")) ? "Image scan" : "Container audit");
    pl_html_close(&p->h);
    pl_html_el_text(&p->h, "h1", NULL, a->system.n ? a->system : PL_S("unnamed system"),
                    PL_REPORT_NAME_COLUMNS);
    lede(p);
    pl_html_open(&p->h, "dl", "class", "facts", NULL);
    fact_time(p, "Generated", a->generated_us);
    fact_scope(p);
    fact(p, "Plimsoll version", "span", a->tool_version);
    fact(p, "Program", "code", a->tool_build);
    fact(p, "Rule set", "code", pl_str_c(a->content->digest));
    fact_content(p);
    fact_advisories(p);
    fact_ledger(p);
    fact(p, "Sandbox of parsers", "span", a->sandbox);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

/* --- counts by area --- */

static void tile(pl_page *p, const char *klass, size_t n, const char *words)
{
    pl_html_open(&p->h, "li", "class", klass, NULL);
    pl_html_open(&p->h, "strong", NULL);
    pl_html_fmt(&p->h, "%zu", n);
    pl_html_close(&p->h);
    pl_html_c(&p->h, " ");
    pl_html_el(&p->h, "span", NULL, words);
    pl_html_close(&p->h);
}

static void tiles(pl_page *p)
{
    pl_check_count c = pl_count_checks(p->d);
    pl_vuln_count v = pl_count_vulns(p->a, NULL);

    pl_html_open(&p->h, "ul", "class", "tiles", NULL);
    tile(p, c.fail ? "t-fail" : "t-zero", c.fail, c.fail == 1 ? "check failed" : "checks failed");
    tile(p, "t-pass", c.pass, c.pass == 1 ? "check passed" : "checks passed");
    tile(p, c.unknown ? "t-unknown" : "t-zero", c.unknown, "undecided");
    if (p->a->advisories.present || v.total)
        tile(p, v.total ? "t-fail" : "t-zero", v.total,
             v.total == 1 ? "vulnerability" : "vulnerabilities");
    else
        tile(p, "t-unknown", 0, "vulnerabilities known: no advisories");
    pl_html_close(&p->h);
}

static void area_row(pl_page *p, const pl_area_result *r)
{
    const char *name = pl_word_area(r->area);
    const pl_tally *t = &r->tally;
    const pl_bar parts[] = {{"b-fail", t->fail},
                            {"b-unknown", pl_tally_unknown(t)},
                            {"b-waived", t->waived + t->attested},
                            {"b-pass", t->pass}};
    char label[128];

    (void)snprintf(label, sizeof(label), "%zu failed, %zu unknown, %zu passed", t->fail,
                   pl_tally_unknown(t), t->pass);
    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", NULL);
    if (name)
        pl_html_c(&p->h, name);
    else
        pl_html_text(&p->h, r->area, PL_REPORT_NAME_COLUMNS);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", "class", "wide", NULL);
    pl_page_bar(p, parts, PL_COUNT(parts), label);
    pl_html_close(&p->h);
    pl_page_cell_count(p, t->fail, "n-fail", "failed");
    pl_page_cell_count(p, pl_tally_unknown(t), "n-unknown", "unknown");
    pl_page_cell_count(p, t->pass, "n-pass", "passed");
    pl_page_cell_count(p, t->not_applicable, NULL, "not applicable");
    pl_html_close(&p->h);
}

static void blank_areas(pl_page *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->d->n_areas; i++) {
        const pl_area_result *r = &p->d->areas[i];
        const char *name = pl_word_area(r->area);
        if (!pl_area_is_blank(r))
            continue;
        if (n++ == 0) {
            pl_html_open(&p->h, "p", "class", "note", NULL);
            pl_html_c(&p->h, "Controls of these areas stand in the report and are not judged by "
                             "this audit: ");
        } else {
            pl_html_c(&p->h, ", ");
        }
        pl_html_c(&p->h, name ? name : "others");
        pl_html_fmt(&p->h, " (%zu)", r->n_checks);
    }
    if (n) {
        pl_html_c(&p->h, ". They count as unknown.");
        pl_html_close(&p->h);
    }
}

void pl_page_summary(pl_page *p)
{
    pl_page_section(p, "summary", "Summary");
    tiles(p);
    pl_page_table(p, "areas", "Verdicts by area: one for each check and subject", "Area",
                  "Share of failed, unknown and passed", "#Fail|b-fail", "#Unknown|b-unknown",
                  "#Pass|b-pass", "#Not applicable", NULL);
    for (size_t i = 0; i < p->d->n_areas; i++)
        if (!pl_area_is_blank(&p->d->areas[i]))
            area_row(p, &p->d->areas[i]);
    pl_page_table_end(p);
    blank_areas(p);
    pl_html_close(&p->h);
}

/* --- the worst --- */

static void worst_check(pl_page *p, const pl_finding *f)
{
    const pl_check_result *r = &p->d->checks[f->check - p->a->content->checks];
    enum { NAMES = 4 };

    pl_html_open(&p->h, "h3", NULL);
    pl_page_check_link(p, f->check);
    pl_html_c(&p->h, " ");
    pl_html_text(&p->h, f->check->title, PL_REPORT_VALUE_COLUMNS);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "p", "class", "who", NULL);
    pl_page_severity(p, f->severity);
    pl_html_c(&p->h, " fails for ");
    for (size_t i = 0; i < r->tally.fail && i < NAMES; i++) {
        pl_html_c(&p->h, i ? ", " : "");
        pl_page_subject(p, r->findings[i]->subject);
    }
    pl_page_and_more(p, NAMES, r->tally.fail);
    pl_html_c(&p->h, "; for the ");
    pl_page_owners(p, r);
    pl_html_close(&p->h);
    pl_html_el_text(&p->h, "p", NULL, f->check->remedy, PL_REPORT_TEXT_COLUMNS);
}

static void worst_vuln(pl_page *p, const pl_finding *f)
{
    pl_vuln_count v = pl_count_vulns(p->a, f->subject);

    pl_html_open(&p->h, "h3", NULL);
    pl_html_fmt(&p->h, "%zu known vulnerabilities in ", v.total);
    pl_page_subject(p, f->subject);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "p", "class", "who", NULL);
    pl_page_severity(p, f->severity);
    pl_html_fmt(&p->h, " %zu critical, %zu high", v.by_severity[PL_CRITICAL],
                v.by_severity[PL_HIGH]);
    if (v.kev)
        pl_html_fmt(&p->h, ", %zu known to be exploited", v.kev);
    if (v.kev_unknown)
        pl_html_fmt(&p->h, ", exploitation of %zu unknown", v.kev_unknown);
    pl_html_c(&p->h, "; worst ");
    pl_html_text(&p->h, f->vuln->advisory, PL_REPORT_NAME_COLUMNS);
    pl_html_c(&p->h, " in ");
    pl_html_text(&p->h, f->vuln->package, PL_REPORT_NAME_COLUMNS);
    pl_html_c(&p->h, "; for the ");
    pl_page_owner(p, f->owner);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "p", NULL);
    pl_html_fmt(&p->h, "%s: %zu of them have a fixed version. The list is below.",
                pl_word_update(f->subject->kind), v.fixable);
    pl_html_close(&p->h);
}

void pl_page_worst(pl_page *p)
{
    enum { WORST = 5 };

    if (p->d->n_worst == 0)
        return;
    pl_page_section(p, "worst", "Act first on");
    pl_html_open(&p->h, "ol", "class", "worst", NULL);
    for (size_t i = 0; i < p->d->n_worst && i < WORST; i++) {
        pl_html_open(&p->h, "li", NULL);
        if (p->d->worst[i]->check)
            worst_check(p, p->d->worst[i]);
        else
            worst_vuln(p, p->d->worst[i]);
        pl_html_close(&p->h);
    }
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

/* --- counts by framework --- */

static void framework_row(pl_page *p, const pl_framework_result *f)
{
    pl_bar parts[PL_SUPPORT_COUNT];
    char klass[PL_SUPPORT_COUNT][40];
    char label[160];

    for (int s = 0; s < PL_SUPPORT_COUNT; s++) {
        (void)snprintf(klass[s], sizeof(klass[s]), "bs-%s", pl_support_word((pl_support)s));
        parts[s] = (pl_bar){klass[s], f->count[s]};
    }
    (void)snprintf(label, sizeof(label), "%zu supported, %zu partly, %zu not, of %zu",
                   f->count[PL_SUPPORT_SUPPORTED], f->count[PL_SUPPORT_PARTLY],
                   f->count[PL_SUPPORT_NOT_SUPPORTED], f->total);
    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", NULL);
    char id[PL_HTML_ID];
    char href[PL_HTML_ID + 1];
    (void)snprintf(href, sizeof(href), "#%s", pl_html_id("fw-", f->framework->id, id));
    pl_html_open(&p->h, "a", "href", href, NULL);
    pl_html_text(&p->h, f->framework->name, PL_REPORT_NAME_COLUMNS);
    pl_html_close(&p->h);
    pl_page_bar(p, parts, PL_COUNT(parts), label);
    pl_html_close(&p->h);
    pl_page_cell_count(p, f->total, NULL, "in scope");
    for (int s = 0; s < PL_SUPPORT_COUNT; s++)
        pl_page_cell_count(p, f->count[s], klass[s], pl_support_text((pl_support)s));
    pl_html_close(&p->h);
}

void pl_page_framework_summary(pl_page *p)
{
    pl_page_section(p, "frameworks", "Frameworks");
    pl_html_el(&p->h, "p", "note",
               "What the evidence of this audit supports, for each requirement in scope. A check "
               "bears on a requirement and never proves it alone: policies, people and the parts "
               "of the system outside this audit are for the assessor to judge.");
    pl_page_table(p, "frameworks", "Requirements by what the evidence supports", "Framework",
                  "#In scope", "#Not supported|bs-not-supported", "#Partly|bs-partly-supported",
                  "#Unknown|bs-unknown", "#By attestation|bs-by-attestation",
                  "#Attested|bs-attested", "#Supported|bs-supported",
                  "#Not applicable|bs-not-applicable", "#Not covered|bs-not-covered", NULL);
    for (size_t i = 0; i < p->d->n_frameworks; i++)
        framework_row(p, &p->d->frameworks[i]);
    pl_page_table_end(p);
    pl_html_close(&p->h);
}
