/* SPDX-License-Identifier: Apache-2.0 */
/* The table of a scan: vulnerabilities, failed checks, totals. */
#include "report/exchange.h"
#include "report/lines.h"
#include "report/select.h"
#include "report/words.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"

enum { COLUMNS = 9, CELL_MAX = 48, CELL_BYTES = 192, GAP = 2 };

typedef struct table {
    pl_lines l;
    size_t width[COLUMNS];
} table;

static void widen(table *t, size_t column, pl_str s)
{
    size_t w = pl_text_width(pl_str_sub(s, 0, CELL_BYTES));

    w = w < CELL_MAX ? w : CELL_MAX;
    if (w > t->width[column])
        t->width[column] = w;
}

static void cell(table *t, size_t column, pl_ink ink, pl_str s)
{
    pl_line_cell(&t->l, ink, s, t->width[column]);
    pl_line_cell(&t->l, PL_INK_PLAIN, PL_S(""), GAP);
}

static const pl_str vuln_heads[COLUMNS] = {{"PACKAGE", 7},  {"INSTALLED", 9}, {"FIXED", 5},
                                           {"SEVERITY", 8}, {"ADVISORY", 8},  {"KEV", 3},
                                           {"OWNER", 5},    {"LAYER", 5},     {"PATH", 4}};
enum { SEVERITY = 3, KEV = 5 };

enum { LAYER_SHOWN = 12 }; /* digits of its digest */

static void vuln_cells(const pl_finding *f, pl_str ret[COLUMNS])
{
    ret[0] = f->vuln->package;
    ret[1] = f->vuln->version;
    ret[2] = f->vuln->fixed_version;
    ret[3] =
        f->verdict == PL_WAIVED ? f->vuln->vex_status : pl_str_c(pl_severity_word(f->severity));
    ret[4] = f->vuln->advisory;
    ret[KEV] = f->vuln->kev ? PL_S("KEV") : PL_S("");
    ret[6] = f->owner;
    ret[7] = pl_str_sub(f->vuln->layer, sizeof("sha256:") - 1, LAYER_SHOWN);
    ret[8] = f->vuln->path;
}

static void heads(table *t, const pl_str names[COLUMNS])
{
    for (size_t c = 0; c < COLUMNS; c++)
        cell(t, c, PL_INK_DIM, names[c]);
    pl_line_end(&t->l);
}

static pl_ink ink_of(const pl_finding *f, size_t column)
{
    if (column == SEVERITY)
        return pl_ink_of(f->severity);
    return column == KEV ? PL_INK_BAD : PL_INK_PLAIN;
}

static void vulns_of(table *t, const pl_assessment *a, const pl_subject *s, const pl_finding **rows)
{
    size_t n = pl_collect_vulns(a, s, rows);
    pl_str cells[COLUMNS];

    if (n == 0)
        return;
    memset(t->width, 0, sizeof(t->width));
    pl_line_text(&t->l, PL_INK_BOLD, s->name.n ? s->name : s->key);
    pl_line_end(&t->l);
    for (size_t c = 0; c < COLUMNS; c++)
        widen(t, c, vuln_heads[c]);
    for (size_t i = 0; i < n; i++) {
        vuln_cells(rows[i], cells);
        for (size_t c = 0; c < COLUMNS; c++)
            widen(t, c, cells[c]);
    }
    heads(t, vuln_heads);
    for (size_t i = 0; i < n; i++) {
        vuln_cells(rows[i], cells);
        for (size_t c = 0; c < COLUMNS; c++)
            cell(t, c, ink_of(rows[i], c), cells[c]);
        if (rows[i]->verdict == PL_WAIVED) {
            pl_line_text(&t->l, PL_INK_DIM, rows[i]->vuln->vex_reason);
            pl_line_c(&t->l, PL_INK_DIM, ", says ");
            pl_line_text(&t->l, PL_INK_DIM, rows[i]->vuln->vex_source);
        }
        pl_line_end(&t->l);
    }
    pl_line_end(&t->l);
}

/* Who fails it; needless where there is one subject alone. */
static void who_fails(table *t, const pl_check_result *r)
{
    enum { NAMES = 6, NAME = 64 };
    size_t n = 0;

    for (size_t i = 0; i < r->n && n < NAMES; i++) {
        PL_AUTO_BUF pl_buf whole = {0}, name = {0};
        const pl_subject *s = r->findings[i]->subject;
        bool is_again = i > 0 && r->findings[i - 1]->subject == s;
        if (r->findings[i]->verdict != PL_FAIL || is_again)
            continue;
        pl_word_name(s, &whole);
        pl_text_visible(&name, pl_buf_view(&whole), NAME);
        pl_line_c(&t->l, PL_INK_DIM, n++ ? ", " : ": ");
        pl_line_text(&t->l, PL_INK_PLAIN, pl_buf_view(&name));
        if (r->findings[i]->line)
            pl_line_fmt(&t->l, PL_INK_DIM, " %lld:%lld", (long long)r->findings[i]->line,
                        (long long)r->findings[i]->column);
    }
    if (n == NAMES && r->tally.fail > NAMES)
        pl_line_fmt(&t->l, PL_INK_DIM, ", +%zu more", r->tally.fail - NAMES);
}

/* Of the findings of one check; "several" where subjects differ. */
static pl_str owner_of(const pl_check_result *r)
{
    pl_str owner = {"", 0};

    for (size_t i = 0; i < r->n; i++) {
        if (r->findings[i]->verdict != PL_FAIL)
            continue;
        if (owner.n && !pl_str_eq(owner, r->findings[i]->owner))
            return PL_S("several");
        owner = r->findings[i]->owner;
    }
    return owner;
}

/* Where the elements behind it are not all of one. */
static void who_mends(table *t, const pl_finding *f)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_finding_owners(f, &text);
    pl_line_text(&t->l, PL_INK_DIM, pl_buf_view(&text));
}

/* What would tell whose the layers are. */
static void open_owners(table *t, const pl_assessment *a)
{
    for (size_t i = 0; i < a->n_subjects; i++)
        for (size_t k = 0; k < a->subjects[i].n_attrs; k++) {
            if (!pl_str_eq(a->subjects[i].attrs[k].name, PL_S("owner")))
                continue;
            pl_line_c(&t->l, PL_INK_WARN, "Owner ");
            pl_line_text(&t->l, PL_INK_PLAIN, a->subjects[i].attrs[k].value);
            pl_line_end(&t->l);
        }
}

static void checks(table *t, const pl_assessment *a, const pl_derived *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_worst; i++) {
        const pl_finding *f = d->worst[i];
        if (!f->check)
            continue;
        if (n++ == 0) {
            pl_line_c(&t->l, PL_INK_DIM, "CHECK     SEVERITY  OWNER         FAILED");
            pl_line_end(&t->l);
        }
        pl_line_cell(&t->l, PL_INK_BOLD, f->check->id, 10);
        pl_line_cell(&t->l, pl_ink_of(f->severity), pl_str_c(pl_severity_word(f->severity)), 10);
        pl_line_cell(&t->l, PL_INK_PLAIN, owner_of(pl_result_of(a, d, f->check)), 14);
        pl_line_text(&t->l, PL_INK_PLAIN, f->check->title);
        who_mends(t, f);
        if (a->n_subjects > 1 || f->line)
            who_fails(t, pl_result_of(a, d, f->check));
        pl_line_end(&t->l);
    }
    if (n)
        pl_line_end(&t->l);
}

/* "Packages: 120 (88 deb, 30 npm, 2 pypi)", the types in the order in which they come. */
static void package_total(table *t, const pl_assessment *a)
{
    enum { TYPES = 24 };
    struct {
        pl_str type;
        size_t n;
    } seen[TYPES];
    size_t n = 0;

    for (size_t i = 0; i < a->n_packages; i++) {
        size_t k = 0;
        while (k < n && !pl_str_eq(seen[k].type, a->packages[i].type))
            k++;
        if (k == TYPES)
            k--; /* the rest counts with the last */
        else if (k == n)
            seen[n++].type = a->packages[i].type, seen[k].n = 0;
        seen[k].n++;
    }
    if (n == 0)
        return;
    pl_line_fmt(&t->l, PL_INK_PLAIN, "Packages: %zu", a->n_packages);
    for (size_t k = 0; k < n; k++) {
        pl_line_fmt(&t->l, PL_INK_PLAIN, "%s%zu ", k ? ", " : " (", seen[k].n);
        pl_line_text(&t->l, PL_INK_PLAIN, seen[k].type);
    }
    pl_line_c(&t->l, PL_INK_PLAIN, ")");
    pl_line_end(&t->l);
}

/* Runtimes and servers that get no more security updates. */
static void out_of_support(table *t, const pl_assessment *a)
{
    char today[PL_TIME_TEXT];
    size_t n = 0;

    pl_time_print(a->generated_us, today);
    for (size_t i = 0; i < a->n_packages; i++) {
        const pl_scope_package *p = &a->packages[i];
        bool is_past =
            p->support_end.n && pl_str_cmp(p->support_end, pl_str_sub(pl_str_c(today), 0, 10)) < 0;
        if (!is_past && !pl_str_eq(p->support, PL_S("ended")))
            continue;
        pl_line_c(&t->l, PL_INK_WARN, n++ ? ", " : "Out of support: ");
        pl_line_text(&t->l, PL_INK_PLAIN, p->name);
        pl_line_c(&t->l, PL_INK_PLAIN, " ");
        pl_line_text(&t->l, PL_INK_PLAIN, p->version);
        if (p->support_end.n) {
            pl_line_c(&t->l, PL_INK_PLAIN, " since ");
            pl_line_text(&t->l, PL_INK_PLAIN, p->support_end);
        }
    }
    if (n)
        pl_line_end(&t->l);
}

/* Whether there is anything in scope that packages are installed in. */
static bool may_have_packages(const pl_assessment *a)
{
    for (size_t i = 0; i < a->n_subjects; i++)
        if (pl_str_eq(a->subjects[i].subject->kind, PL_S("image")) ||
            pl_str_eq(a->subjects[i].subject->kind, PL_S("host")))
            return true;
    return a->n_subjects == 0;
}

static void vuln_total(table *t, const pl_assessment *a)
{
    pl_vuln_count v = pl_count_vulns(a, NULL);

    if (!a->advisories.present && v.total == 0) {
        pl_line_c(&t->l, PL_INK_WARN, "Vulnerabilities: unknown, no advisories are installed");
        pl_line_c(&t->l, PL_INK_PLAIN, "; plimsoll db update gets them");
        if (a->advisories.how_to_get.n) {
            pl_line_c(&t->l, PL_INK_PLAIN, " (");
            pl_line_text(&t->l, PL_INK_PLAIN, a->advisories.how_to_get);
            pl_line_c(&t->l, PL_INK_PLAIN, ")");
        }
    } else if (v.total == 0 && a->n_gaps) {
        pl_line_c(&t->l, PL_INK_WARN, "Vulnerabilities: none known in what could be read");
    } else if (v.total == 0) {
        pl_line_c(&t->l, PL_INK_GOOD, "Vulnerabilities: none known");
    } else {
        pl_line_fmt(&t->l, PL_INK_PLAIN,
                    "Vulnerabilities: %zu (%zu critical, %zu high, %zu medium, %zu low, %zu "
                    "unrated), %zu fixable, ",
                    v.total, v.by_severity[PL_CRITICAL], v.by_severity[PL_HIGH],
                    v.by_severity[PL_MEDIUM], v.by_severity[PL_LOW] + v.by_severity[PL_INFO],
                    v.by_severity[PL_UNKNOWN_SEVERITY], v.fixable);
        pl_line_exploited(&t->l, &v);
    }
    pl_line_end(&t->l);
}

static void left_out(table *t, const pl_assessment *a)
{
    PL_AUTO_BUF pl_buf text = {0};

    if (!a->filters.n)
        return;
    pl_left_out_text(a, &text);
    pl_line_c(&t->l, PL_INK_WARN, "Left out: ");
    pl_line_text(&t->l, PL_INK_PLAIN, pl_buf_view(&text));
    pl_line_end(&t->l);
}

static void totals(table *t, const pl_assessment *a, const pl_derived *d)
{
    pl_check_count c = pl_count_checks(d);

    package_total(t, a);
    out_of_support(t, a);
    open_owners(t, a);
    if (may_have_packages(a))
        vuln_total(t, a);
    pl_line_fmt(&t->l, PL_INK_PLAIN,
                "Checks: %zu failed, %zu passed, %zu unknown, %zu not judged "
                "yet, %zu not applicable",
                c.fail, c.pass, c.unknown, c.not_judged, c.not_applicable);
    pl_line_end(&t->l);
    left_out(t, a);
    for (size_t i = 0; i < a->n_gaps; i++) {
        pl_line_c(&t->l, PL_INK_WARN, "Not read: ");
        pl_line_text(&t->l, PL_INK_PLAIN, a->gaps[i].what);
        pl_line_c(&t->l, PL_INK_PLAIN, ": ");
        pl_line_text(&t->l, PL_INK_PLAIN,
                     a->gaps[i].detail.n ? a->gaps[i].detail : a->gaps[i].reason);
        pl_line_end(&t->l);
    }
}

void pl_report_table(const pl_assessment *a, const pl_derived *d, const pl_report_style *style,
                     pl_buf *out)
{
    table t = {.l = {.out = out, .columns = style->columns, .has_color = style->has_color}};
    PL_AUTO_FREE void *rows = malloc((a->n_findings + 1) * sizeof(pl_finding *));

    if (!rows) {
        out->bad = true;
        return;
    }
    for (size_t i = 0; i < a->n_subjects; i++)
        vulns_of(&t, a, a->subjects[i].subject, rows);
    checks(&t, a, d);
    totals(&t, a, d);
    pl_lines_done(&t.l);
}
