/* SPDX-License-Identifier: Apache-2.0 */
/* The table of a scan: vulnerabilities, failed checks, totals. */
#include "report/elements.h"
#include "report/exchange.h"
#include "report/groups.h"
#include "report/limits.h"
#include "report/lines.h"
#include "report/select.h"
#include "report/told.h"
#include "report/words.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"

enum { COLUMNS = 9, CELL_MAX = 48, CELL_BYTES = 192, GAP = 2, INDENT = 4 };
enum { PIPE_COLUMNS = 120, LEAST_COLUMNS = 80 }; /* where text is wrapped */
enum { PLACE_INDENT = 36 };

typedef struct table {
    pl_lines l;     /* has no end: what does not fit goes to another line, nothing is cut */
    size_t columns; /* of text */
    size_t row;     /* of a row of cells; 0: no end */
    size_t used;    /* columns up to the last that any row fills */
    size_t width[COLUMNS];
    bool is_next[COLUMNS]; /* this column begins another line */
} table;

static void widen(table *t, size_t column, pl_str s)
{
    size_t w = pl_text_width(pl_str_sub(s, 0, CELL_BYTES));

    w = w < CELL_MAX ? w : CELL_MAX;
    if (w > t->width[column])
        t->width[column] = w;
}

/* Rows that do not fit go on in a second line, each at the same column. */
static void find_breaks(table *t)
{
    size_t taken = 0;

    for (size_t c = 0; c < COLUMNS; c++) {
        t->is_next[c] = t->row && c && taken + t->width[c] > t->row;
        taken = (t->is_next[c] ? INDENT : taken) + t->width[c] + GAP;
    }
}

static bool has_more(const table *t, const pl_str cells[COLUMNS], size_t from)
{
    for (size_t c = from; c < t->used; c++)
        if (cells[c].n)
            return true;
    return false;
}

/* A text that is wider than its column stands whole and moves what follows. */
static void cell(table *t, size_t column, pl_ink ink, pl_str s)
{
    size_t width = pl_text_width(s);

    pl_line_text(&t->l, ink, s);
    pl_line_cell(&t->l, PL_INK_PLAIN, PL_S(""),
                 (width < t->width[column] ? t->width[column] - width : 0) + GAP);
}

static void row(table *t, const pl_str cells[COLUMNS], pl_ink (*ink)(const void *, size_t),
                const void *of)
{
    for (size_t c = 0; c < COLUMNS && has_more(t, cells, c); c++) {
        if (t->is_next[c]) {
            pl_line_end(&t->l);
            pl_line_cell(&t->l, PL_INK_PLAIN, PL_S(""), INDENT);
        }
        cell(t, c, ink(of, c), cells[c]);
    }
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

static pl_ink ink_of_head(const void *of, size_t column)
{
    (void)of, (void)column;
    return PL_INK_DIM;
}

static pl_ink ink_of(const void *of, size_t column)
{
    const pl_finding *f = of;

    if (column == SEVERITY)
        return pl_ink_of(f->severity);
    return column == KEV ? PL_INK_BAD : PL_INK_PLAIN;
}

static void wrap(table *t, pl_ink ink, pl_str s, size_t indent)
{
    pl_line_wrap(&t->l, ink, s, t->columns, indent);
}

static void who_says(table *t, const pl_vuln_facts *v)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_fmt(&text, "%.*s, says %.*s", PL_F(v->vex_reason), PL_F(v->vex_source));
    pl_line_wrap(&t->l, PL_INK_DIM, pl_buf_view(&text), t->row, INDENT);
}

static void vulns_of(table *t, const pl_assessment *a, const pl_subject *s, const pl_finding **rows)
{
    size_t n = pl_collect_vulns(a, s, rows);
    pl_str cells[COLUMNS];

    if (n == 0)
        return;
    memset(t->width, 0, sizeof(t->width));
    t->used = 0;
    pl_line_text(&t->l, PL_INK_BOLD, s->name.n ? s->name : s->key);
    pl_line_end(&t->l);
    for (size_t c = 0; c < COLUMNS; c++)
        widen(t, c, vuln_heads[c]);
    for (size_t i = 0; i < n; i++) {
        vuln_cells(rows[i], cells);
        for (size_t c = 0; c < COLUMNS; c++) {
            widen(t, c, cells[c]);
            t->used = cells[c].n && c >= t->used ? c + 1 : t->used;
        }
    }
    find_breaks(t);
    row(t, vuln_heads, ink_of_head, NULL);
    pl_line_end(&t->l);
    for (size_t i = 0; i < n; i++) {
        vuln_cells(rows[i], cells);
        row(t, cells, ink_of, rows[i]);
        if (rows[i]->verdict == PL_WAIVED)
            who_says(t, rows[i]->vuln);
        else if (rows[i]->vuln->confidence && rows[i]->vuln->confidence[0])
            pl_line_wrap(&t->l, PL_INK_DIM, PL_S("name guessed"), t->row, INDENT);
        pl_line_end(&t->l);
    }
    pl_line_end(&t->l);
}

/* Who fails it; needless where there is one subject alone. */
static void who_fails(const pl_check_result *r, pl_buf *out)
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
        pl_buf_fmt(out, "%s%.*s", n++ ? ", " : ": ", PL_F(pl_buf_view(&name)));
        if (r->findings[i]->line)
            pl_buf_fmt(out, " %lld:%lld", (long long)r->findings[i]->line,
                       (long long)r->findings[i]->column);
    }
    if (n == NAMES && r->tally.fail > NAMES)
        pl_buf_fmt(out, ", +%zu more", r->tally.fail - NAMES);
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

/* What would tell whose the layers are. */
static void open_owners(table *t, const pl_assessment *a)
{
    for (size_t i = 0; i < a->n_subjects; i++)
        for (size_t k = 0; k < a->subjects[i].n_attrs; k++) {
            if (!pl_str_eq(a->subjects[i].attrs[k].name, PL_S("owner")))
                continue;
            pl_line_c(&t->l, PL_INK_WARN, "Owner ");
            wrap(t, PL_INK_PLAIN, a->subjects[i].attrs[k].value, INDENT);
            pl_line_end(&t->l);
        }
}

enum { ID = 10, SEVERITY_WORD = 10, OWNER = 14 };

/* The title, the owners of the elements behind it where they differ, and whose it is. */
static void what_fails(table *t, const pl_assessment *a, const pl_derived *d, const pl_finding *f)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_str(&text, f->check->title);
    pl_finding_owners(f, &text);
    if (a->n_subjects > 1 || f->line)
        who_fails(pl_result_of(a, d, f->check), &text);
    wrap(t, PL_INK_PLAIN, pl_buf_view(&text), ID + SEVERITY_WORD + OWNER);
}

/* Where it is to be mended: the first few elements behind it. */
static void places(table *t, const pl_finding *f)
{
    size_t at = 0, n = 0, more = pl_elements_hidden(f);
    pl_element e;

    /* Vulnerabilities stand in a table of their own. */
    while (pl_element_next(f, &at, &e) && !pl_str_starts(pl_str_c(e.rows->field), PL_S("vuln."))) {
        PL_AUTO_BUF pl_buf text = {0};
        if (++n > PL_REPORT_TABLE_PLACES)
            continue;
        pl_element_text(&e, &text);
        pl_line_cell(&t->l, PL_INK_PLAIN, PL_S(""), PLACE_INDENT);
        wrap(t, PL_INK_DIM, pl_buf_view(&text), PLACE_INDENT + 2);
        pl_line_end(&t->l);
    }
    more += n > PL_REPORT_TABLE_PLACES ? n - PL_REPORT_TABLE_PLACES : 0;
    if (more == 0 || n == 0)
        return;
    pl_line_cell(&t->l, PL_INK_PLAIN, PL_S(""), PLACE_INDENT);
    pl_line_fmt(&t->l, PL_INK_DIM, "and %zu more: --output json=FILE names them", more);
    pl_line_end(&t->l);
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
        pl_line_cell(&t->l, PL_INK_BOLD, f->check->id, ID);
        pl_line_cell(&t->l, pl_ink_of(f->severity), pl_str_c(pl_severity_word(f->severity)),
                     SEVERITY_WORD);
        pl_line_cell(&t->l, PL_INK_PLAIN, owner_of(pl_result_of(a, d, f->check)), OWNER);
        what_fails(t, a, d, f);
        pl_line_end(&t->l);
        if (a->n_subjects == 1)
            places(t, f);
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
    PL_AUTO_BUF pl_buf text = {0};
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
    pl_buf_fmt(&text, "Packages: %zu", a->n_packages);
    for (size_t k = 0; k < n; k++)
        pl_buf_fmt(&text, "%s%zu %.*s", k ? ", " : " (", seen[k].n, PL_F(seen[k].type));
    pl_buf_ch(&text, ')');
    wrap(t, PL_INK_PLAIN, pl_buf_view(&text), INDENT);
    pl_line_end(&t->l);
}

/* Runtimes and servers that get no more security updates. */
static void out_of_support(table *t, const pl_assessment *a)
{
    PL_AUTO_BUF pl_buf text = {0};
    char today[PL_TIME_TEXT];

    pl_time_print(a->generated_us, today);
    for (size_t i = 0; i < a->n_packages; i++) {
        const pl_scope_package *p = &a->packages[i];
        bool is_past =
            p->support_end.n && pl_str_cmp(p->support_end, pl_str_sub(pl_str_c(today), 0, 10)) < 0;
        if (!is_past && !pl_str_eq(p->support, PL_S("ended")))
            continue;
        pl_buf_fmt(&text, "%s%.*s %.*s%s%.*s", text.n ? ", " : "", PL_F(p->name), PL_F(p->version),
                   p->support_end.n ? " since " : "", PL_F(p->support_end));
    }
    if (!text.n)
        return;
    pl_line_c(&t->l, PL_INK_WARN, "Out of support: ");
    wrap(t, PL_INK_PLAIN, pl_buf_view(&text), INDENT);
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
    PL_AUTO_BUF pl_buf text = {0};

    if (!a->advisories.present && v.total == 0) {
        pl_line_c(&t->l, PL_INK_WARN, "Vulnerabilities: unknown, no advisories are installed;");
        pl_buf_c(&text, " plimsoll db update gets them");
        if (a->advisories.how_to_get.n)
            pl_buf_fmt(&text, " (%.*s)", PL_F(a->advisories.how_to_get));
        wrap(t, PL_INK_PLAIN, pl_buf_view(&text), INDENT);
    } else if (v.total == 0 && a->n_gaps) {
        pl_line_c(&t->l, PL_INK_WARN, "Vulnerabilities: none known in what could be read");
    } else if (v.total == 0) {
        pl_line_c(&t->l, PL_INK_GOOD, "Vulnerabilities: none known");
    } else {
        pl_buf_fmt(&text,
                   "Vulnerabilities: %zu (%zu critical, %zu high, %zu medium, %zu low, %zu "
                   "unrated), %zu fixable, ",
                   v.total, v.by_severity[PL_CRITICAL], v.by_severity[PL_HIGH],
                   v.by_severity[PL_MEDIUM], v.by_severity[PL_LOW] + v.by_severity[PL_INFO],
                   v.by_severity[PL_UNKNOWN_SEVERITY], v.fixable);
        if (v.kev || !v.kev_unknown)
            pl_buf_fmt(&text, "%zu exploited", v.kev);
        else
            pl_buf_c(&text, "exploited: unknown");
        wrap(t, PL_INK_PLAIN, pl_buf_view(&text), INDENT);
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
    wrap(t, PL_INK_PLAIN, pl_buf_view(&text), INDENT);
    pl_line_end(&t->l);
}

/* A rule set that is not as it was shipped, and a profile. */
static void content(table *t, const pl_assessment *a)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_content_told(a, &text);
    if (a->profile)
        pl_buf_fmt(&text, "%sprofile %.*s", text.n ? "; " : "", PL_F(a->profile->id));
    if (!text.n)
        return;
    pl_line_c(&t->l, PL_INK_WARN, "Rule set: ");
    wrap(t, PL_INK_PLAIN, pl_buf_view(&text), INDENT);
    pl_line_end(&t->l);
}

/* Lines of ignore files stand beside their vulnerabilities. */
static void said(table *t, const pl_assessment *a)
{
    for (size_t i = 0; i < a->n_statements; i++) {
        const pl_statement *s = &a->statements[i];
        PL_AUTO_BUF pl_buf text = {0};
        if (pl_statement_is(s, PL_STATEMENT_IGNORE))
            continue;
        pl_told_text(s, &text);
        pl_line_c(&t->l, pl_told_is_broken(s) ? PL_INK_WARN : PL_INK_PLAIN, "Signed: ");
        wrap(t, PL_INK_PLAIN, pl_buf_view(&text), INDENT);
        pl_line_end(&t->l);
    }
}

static void gap(table *t, const pl_gap *g)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_word_digests(g->what, &text);
    pl_buf_c(&text, ": ");
    pl_word_digests(g->detail.n ? g->detail : g->reason, &text);
    pl_line_c(&t->l, PL_INK_WARN, "Not read: ");
    wrap(t, PL_INK_PLAIN, pl_buf_view(&text), INDENT);
    pl_line_end(&t->l);
}

static void totals(table *t, const pl_assessment *a, const pl_derived *d)
{
    pl_check_count c = pl_count_checks(d);
    PL_AUTO_BUF pl_buf text = {0};

    package_total(t, a);
    out_of_support(t, a);
    open_owners(t, a);
    if (may_have_packages(a))
        vuln_total(t, a);
    pl_buf_fmt(&text, "Checks: %zu failed, %zu passed, %zu unknown, %zu not applicable", c.fail,
               c.pass, c.unknown, c.not_applicable);
    if (c.to_attest)
        pl_buf_fmt(&text, ", %zu for people to attest", c.to_attest);
    if (c.waiting)
        pl_buf_fmt(&text, ", %zu waiting for a part", c.waiting);
    if (c.waived)
        pl_buf_fmt(&text, ", %zu waived", c.waived);
    if (c.attested)
        pl_buf_fmt(&text, ", %zu attested", c.attested);
    wrap(t, PL_INK_PLAIN, pl_buf_view(&text), INDENT);
    pl_line_end(&t->l);
    left_out(t, a);
    content(t, a);
    said(t, a);
    for (size_t i = 0; i < a->n_gaps; i++)
        gap(t, &a->gaps[i]);
}

void pl_report_table(const pl_assessment *a, const pl_derived *d, const pl_report_style *style,
                     pl_buf *out)
{
    size_t columns =
        style->columns && style->columns < LEAST_COLUMNS ? LEAST_COLUMNS : style->columns;
    table t = {.l = {.out = out, .has_color = style->has_color},
               .columns = columns ? columns : PIPE_COLUMNS,
               .row = columns};
    PL_AUTO_FREE void *rows = malloc((a->n_findings + 1) * sizeof(pl_finding *));

    if (!rows) {
        out->bad = true;
        return;
    }
    for (size_t i = 0; i < a->n_subjects; i++)
        vulns_of(&t, a, a->subjects[i].subject, rows);
    checks(&t, a, d);
    pl_groups_write(&t.l, a, style->group_by);
    totals(&t, a, d);
    pl_lines_done(&t.l);
}
