/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of the page, and the parts that its sections share. */
#include "report/page.h"
#include "report/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "report/style.h"

void pl_page_section(pl_page *p, const char *id, const char *words)
{
    char heading[PL_HTML_ID];

    (void)snprintf(heading, sizeof(heading), "%s-title", id);
    pl_html_open(&p->h, "section", "id", id, "aria-labelledby", heading, NULL);
    pl_html_open(&p->h, "h2", "id", heading, NULL);
    pl_html_c(&p->h, words);
    pl_html_close(&p->h);
}

/* "#Words|swatch": numeric, with a square of that class's colour in front of the words. */
static void column(pl_page *p, const char *heading)
{
    bool is_number = heading[0] == '#';
    pl_str words = pl_str_c(heading + is_number), head;
    char klass[64];

    (void)pl_str_cut(&words, '|', &head);
    pl_html_open(&p->h, "th", "scope", "col", "class", is_number ? "num" : NULL, NULL);
    if (words.n) {
        (void)snprintf(klass, sizeof(klass), "swatch %.*s", PL_F(words));
        pl_html_open(&p->h, "span", "class", klass, "aria-hidden", "true", NULL);
        pl_html_close(&p->h);
    }
    pl_html_text(&p->h, head, PL_REPORT_NAME_COLUMNS);
    pl_html_close(&p->h);
}

void pl_page_table(pl_page *p, const char *klass, const char *caption, ...)
{
    va_list args;
    const char *heading;

    pl_html_open(&p->h, "div", "class", "scroll", "tabindex", "0", "role", "group", "aria-label",
                 caption, NULL);
    pl_html_open(&p->h, "table", "class", klass, NULL);
    pl_html_el(&p->h, "caption", NULL, caption);
    pl_html_open(&p->h, "thead", NULL);
    pl_html_open(&p->h, "tr", NULL);
    va_start(args, caption);
    while ((heading = va_arg(args, const char *))) {
        column(p, heading);
    }
    va_end(args);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
    pl_html_open(&p->h, "tbody", NULL);
}

void pl_page_table_end(pl_page *p)
{
    pl_html_close(&p->h);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}

void pl_page_cell_count(pl_page *p, size_t n, const char *klass, const char *label)
{
    char all[80];

    (void)snprintf(all, sizeof(all), "num%s%s", n ? " " : " zero", n && klass ? klass : "");
    pl_html_open(&p->h, "td", "class", all, "data-label", label, NULL);
    pl_html_fmt(&p->h, "%zu", n);
    pl_html_close(&p->h);
}

static void chip(pl_page *p, const char *prefix, const char *code, const char *words)
{
    char klass[64];

    (void)snprintf(klass, sizeof(klass), "chip %s%s", prefix, code);
    pl_html_el(&p->h, "span", klass, words);
}

void pl_page_severity(pl_page *p, pl_severity s)
{
    chip(p, "sev-", pl_severity_word(s),
         s == PL_UNKNOWN_SEVERITY ? "unrated" : pl_severity_word(s));
}

void pl_page_support(pl_page *p, pl_support s)
{
    chip(p, "s-", pl_support_word(s), pl_support_text(s));
}

void pl_page_subject(pl_page *p, const pl_subject *s)
{
    PL_AUTO_BUF pl_buf name = {0};

    pl_word_name(s, &name);
    pl_html_el_text(&p->h, "bdi", "subject", pl_buf_view(&name), PL_REPORT_NAME_COLUMNS);
}

void pl_page_owner(pl_page *p, pl_str owner)
{
    const char *words = pl_word_owner(owner);

    if (words)
        pl_html_c(&p->h, words);
    else
        pl_html_text(&p->h, owner.n ? owner : PL_S("nobody named"), PL_REPORT_NAME_COLUMNS);
}

static bool is_before(const pl_check_result *r, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (r->findings[k]->verdict == PL_FAIL &&
            pl_str_eq(r->findings[k]->owner, r->findings[i]->owner))
            return true;
    return false;
}

void pl_page_owners(pl_page *p, const pl_check_result *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n && r->findings[i]->verdict == PL_FAIL; i++) {
        if (is_before(r, i))
            continue;
        pl_html_c(&p->h, n++ ? " and the " : "");
        pl_page_owner(p, r->findings[i]->owner);
    }
    if (!n)
        pl_page_owner(p, r->check->owner);
}

void pl_page_check_link(pl_page *p, const pl_check *c)
{
    pl_html_link(&p->h, "c-", c->id);
}

void pl_page_evidence_number(pl_page *p, int64_t ledger_index)
{
    char number[PL_EVIDENCE_NUMBER];

    pl_evidence_number(ledger_index, number);
    if (ledger_index < 0)
        pl_html_el(&p->h, "span", "none", number);
    else
        pl_html_link(&p->h, "", pl_str_c(number));
}

void pl_page_evidence_of(pl_page *p, const pl_finding *f)
{
    pl_page_evidence_number(p, f->ledger_index);
    for (size_t i = 0; i < p->a->n_items; i++) {
        const pl_evidence_item *e = &p->a->items[i];
        if (e->ledger_index < 0 || e->ledger_index == f->ledger_index ||
            !pl_str_eq(e->subject_key, f->subject->key))
            continue;
        pl_html_c(&p->h, " ");
        pl_page_evidence_number(p, e->ledger_index);
    }
}

void pl_page_and_more(pl_page *p, size_t shown, size_t total)
{
    if (total > shown)
        pl_html_fmt(&p->h, " and %zu more", total - shown);
}

/* One thousand units wide, so that rounding does not show. */
void pl_page_bar(pl_page *p, const pl_bar *parts, size_t n, const char *label)
{
    enum { WIDE = 1000 };
    size_t total = 0, before = 0;

    for (size_t i = 0; i < n; i++)
        total += parts[i].n;
    pl_html_open(&p->h, "svg", "class", "bar", "viewBox", "0 0 1000 10", "preserveAspectRatio",
                 "none", "role", "img", "aria-label", label, NULL);
    for (size_t i = 0; i < n && total; i++) {
        char x[24], w[24];
        size_t from = before * WIDE / total;
        before += parts[i].n;
        (void)snprintf(x, sizeof(x), "%zu", from);
        (void)snprintf(w, sizeof(w), "%zu", before * WIDE / total - from);
        if (parts[i].n == 0)
            continue;
        pl_html_open(&p->h, "rect", "class", parts[i].klass, "x", x, "y", "0", "width", w, "height",
                     "10", NULL);
        pl_html_close(&p->h);
    }
    pl_html_close(&p->h);
}

/* --- frame --- */

/* The mark on a ship's hull: a ring and the line through it. */
static void write_mark(pl_html *h)
{
    pl_html_open(h, "svg", "class", "mark", "viewBox", "0 0 36 24", "aria-hidden", "true", NULL);
    pl_html_open(h, "circle", "cx", "18", "cy", "12", "r", "9.5", NULL);
    pl_html_close(h);
    pl_html_open(h, "path", "d", "M2 12H34", NULL);
    pl_html_close(h);
    pl_html_close(h);
}

static void write_head(pl_page *p)
{
    pl_html *h = &p->h;

    pl_html_open(h, "head", NULL);
    pl_html_void(h, "meta", "charset", "utf-8", NULL);
    pl_html_void(h, "meta", "http-equiv", "Content-Security-Policy", "content",
                 "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                 "form-action 'none'",
                 NULL);
    pl_html_void(h, "meta", "name", "viewport", "content", "width=device-width, initial-scale=1",
                 NULL);
    pl_html_void(h, "meta", "name", "referrer", "content", "no-referrer", NULL);
    pl_html_void(h, "meta", "name", "color-scheme", "content", "light dark", NULL);
    pl_html_open(h, "title", NULL);
    pl_html_c(h, "Plimsoll report: ");
    pl_html_text(h, p->a->system, PL_REPORT_NAME_COLUMNS);
    pl_html_close(h);
    pl_html_open(h, "style", NULL);
    pl_buf_c(h->out, pl_report_style_css); /* ours, and the only text that is not escaped */
    pl_html_close(h);
    pl_html_close(h);
}

static const struct {
    const char *id, *words;
} sections[] = {
    {"summary", "Summary"},           {"worst", "Act first on"},
    {"frameworks", "Frameworks"},     {"scope", "Scope"},
    {"findings", "Findings"},         {"vulnerabilities", "Vulnerabilities"},
    {"unknown", "Unknown"},           {"said", "Signed by people"},
    {"tools", "Other tools"},         {"requirements", "Requirements"},
    {"passed", "Passed checks"},      {"evidence", "Evidence index"},
    {"verify", "Verify it yourself"}, {"limits", "Limits"},
};

static void write_nav(pl_page *p)
{
    pl_html *h = &p->h;

    pl_html_open(h, "nav", "aria-label", "Contents", NULL);
    pl_html_open(h, "p", "class", "brand", NULL);
    write_mark(h);
    pl_html_c(h, "Plimsoll");
    pl_html_close(h);
    pl_html_open(h, "ul", NULL);
    for (size_t i = 0; i < PL_COUNT(sections); i++) {
        char href[PL_HTML_ID];
        if (strcmp(sections[i].id, "worst") == 0 && p->d->n_worst == 0)
            continue;
        if (strcmp(sections[i].id, "tools") == 0 && p->a->n_ingested == 0)
            continue;
        (void)snprintf(href, sizeof(href), "#%s", sections[i].id);
        pl_html_open(h, "li", NULL);
        pl_html_open(h, "a", "href", href, NULL);
        pl_html_c(h, sections[i].words);
        pl_html_close(h);
        pl_html_close(h);
    }
    pl_html_close(h);
    pl_html_close(h);
}

static void write_main(pl_page *p)
{
    pl_html_open(&p->h, "main", "id", "top", NULL);
    pl_page_cover(p);
    pl_page_summary(p);
    pl_page_worst(p);
    pl_page_framework_summary(p);
    pl_page_scope(p);
    pl_page_findings(p);
    pl_page_vulnerabilities(p);
    pl_page_unknown(p);
    pl_page_said(p);
    pl_page_tools(p);
    pl_page_frameworks(p);
    pl_page_passed(p);
    pl_page_evidence(p);
    pl_page_verify(p);
    pl_page_limits(p);
    pl_html_close(&p->h);
}

void pl_report_html(const pl_assessment *a, const pl_derived *d, pl_buf *out)
{
    pl_page p = {.h = {.out = out}, .a = a, .d = d};

    pl_buf_c(out, "<!DOCTYPE html>\n");
    pl_html_open(&p.h, "html", "lang", "en", NULL);
    write_head(&p);
    pl_html_open(&p.h, "body", NULL);
    pl_html_open(&p.h, "a", "class", "skip", "href", "#top", NULL);
    pl_html_c(&p.h, "Skip to the report");
    pl_html_close(&p.h);
    write_nav(&p);
    write_main(&p);
    pl_html_close(&p.h);
    pl_html_close(&p.h);
    pl_buf_ch(out, '\n');
}
