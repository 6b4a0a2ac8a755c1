/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV (RFC 4180): a row a finding, a package, a gap and a result of another tool, told apart by the
 * first column. A cell that
 * a spreadsheet would take for a formula gets an apostrophe, and what is invisible is made visible.
 */
#include "core/text.h"
#include "report/exchange.h"
#include "report/words.h"

#include <string.h>

enum { CONTEXT = 20, TOOL = CONTEXT + PL_CONTEXT_MEMBERS, COLUMNS = TOOL + 3 };

static const char *const heads[CONTEXT] = {
    "row",     "id",         "rule",  "verdict", "severity", "owner",        "subject_kind",
    "subject", "subject_id", "title", "reason",  "package",  "version",      "fixed_version",
    "purl",    "path",       "layer", "licence", "left_out", "licence_spdx",
};

/* Of rows about other tools, whose words never stand under ours. */
static const char *const tool_heads[COLUMNS - TOOL] = {"tool", "tool_outcome", "tool_severity"};

/* In East Asian settings the wide forms begin one, too. */
static bool is_formula(pl_str s)
{
    static const char *const wide[] = {"\uff1d", "\uff0b", "\uff0d", "\uff20"};

    for (size_t i = 0; i < PL_COUNT(wide); i++)
        if (pl_str_starts(s, pl_str_c(wide[i])))
            return true;
    return s.n && strchr("=+-@\t\r", s.p[0]);
}

static void write_cell(pl_buf *out, pl_str s)
{
    PL_AUTO_BUF pl_buf text = {0};

    if (is_formula(s))
        pl_buf_ch(&text, '\'');
    pl_text_visible(&text, s, PL_TEXT_ALL);
    pl_buf_ch(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            pl_buf_ch(out, '"');
        pl_buf_ch(out, text.p[i]);
    }
    pl_buf_ch(out, '"');
}

static void write_cells(pl_buf *out, const pl_str cells[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        if (i)
            pl_buf_ch(out, ',');
        write_cell(out, cells[i]);
    }
    pl_buf_c(out, "\r\n");
}

static void write_row(pl_buf *out, const pl_str own[CONTEXT], const pl_subject *s)
{
    pl_str cells[COLUMNS] = {0};

    memcpy(cells, own, CONTEXT * sizeof(*own));
    for (size_t i = CONTEXT; s && s->context && i < TOOL; i++)
        cells[i] = pl_subject_context_get(s->context, i - CONTEXT);
    write_cells(out, cells);
}

static void write_finding(pl_buf *out, const pl_finding *f)
{
    static const pl_vuln_facts nothing;
    const pl_vuln_facts *v = f->vuln ? f->vuln : &nothing;
    PL_AUTO_BUF pl_buf text = {0};

    pl_finding_text(f, &text);
    write_row(out,
              (const pl_str[CONTEXT]){PL_S("finding"),
                                      pl_str_c(f->id),
                                      pl_finding_rule(f),
                                      pl_str_c(pl_verdict_word(f->verdict)),
                                      pl_str_c(pl_severity_word(f->severity)),
                                      f->owner,
                                      f->subject->kind,
                                      pl_label(f->subject->name),
                                      f->subject->key,
                                      pl_buf_view(&text),
                                      pl_str_c(f->reason),
                                      v->package,
                                      v->version,
                                      v->fixed_version,
                                      v->purl,
                                      {0},
                                      v->layer,
                                      {0},
                                      pl_str_c(f->left_out)},
              f->subject);
}

static void write_package(pl_buf *out, const pl_scope_package *p)
{
    write_row(out,
              (const pl_str[CONTEXT]){[0] = PL_S("package"),
                                      [5] = p->owner,
                                      [6] = p->subject->kind,
                                      [7] = pl_label(p->subject->name),
                                      [8] = p->subject->key,
                                      [11] = p->name,
                                      [12] = p->version,
                                      [14] = p->purl,
                                      [15] = p->path,
                                      [16] = p->layer,
                                      [17] = p->licence,
                                      [19] = p->licence_spdx},
              p->subject);
}

/* What the user's own folder makes of the content that verdicts rest on. */
static void write_change(pl_buf *out, const pl_content_change *c)
{
    write_row(out,
              (const pl_str[CONTEXT]){
                  [0] = PL_S("content"), [2] = c->what, [9] = c->how, [15] = c->where},
              NULL);
}

/* A row a run, and one for each of its results that the report has. */
static void write_tool(pl_buf *out, const pl_ingested *v)
{
    PL_AUTO_BUF pl_buf tool = {0}, counts = {0};
    char number[PL_EVIDENCE_NUMBER];
    int64_t others = v->unknown + v->suppressed + v->not_applicable;

    pl_evidence_number(v->number, number);
    pl_buf_fmt(&tool, "%.*s %.*s", PL_F(v->tool), PL_F(v->version));
    pl_buf_fmt(&counts, "%lld failed, %lld passed, %lld other; %s", (long long)v->fail,
               (long long)v->pass, (long long)others, pl_ingested_state_means(v->state));
    write_cells(out, (const pl_str[COLUMNS]){[0] = PL_S("other-tool"),
                                             [1] = pl_str_c(number),
                                             [7] = v->about,
                                             [8] = v->sha256,
                                             [9] = pl_buf_view(&counts),
                                             [10] = pl_str_c(v->state),
                                             [15] = v->file,
                                             [TOOL] = pl_buf_view(&tool)});
    for (size_t i = 0; i < v->n_rows; i++)
        write_cells(out, (const pl_str[COLUMNS]){[0] = PL_S("other-tool-result"),
                                                 [1] = pl_str_c(number),
                                                 [2] = v->rows[i].rule,
                                                 [7] = v->about,
                                                 [9] = v->rows[i].title,
                                                 [15] = v->rows[i].where,
                                                 [TOOL] = pl_buf_view(&tool),
                                                 [TOOL + 1] = v->rows[i].outcome,
                                                 [TOOL + 2] = v->rows[i].severity});
}

static void write_heads(pl_buf *out)
{
    pl_str cells[COLUMNS];

    for (size_t i = 0; i < COLUMNS; i++)
        cells[i] = pl_str_c(i < CONTEXT ? heads[i]
                            : i < TOOL  ? pl_subject_context_words[i - CONTEXT]
                                        : tool_heads[i - TOOL]);
    write_cells(out, cells);
}

void pl_report_csv(const pl_assessment *a, pl_buf *out)
{
    write_heads(out);
    for (size_t i = 0; i < a->n_findings; i++)
        write_finding(out, a->findings[i]);
    for (size_t i = 0; i < a->n_packages; i++)
        write_package(out, &a->packages[i]);
    for (size_t i = 0; i < a->n_gaps; i++)
        write_row(out,
                  (const pl_str[CONTEXT]){
                      [0] = PL_S("incomplete"), [9] = a->gaps[i].what, [10] = a->gaps[i].reason},
                  NULL);
    for (size_t i = 0; i < a->content->n_changes; i++)
        write_change(out, &a->content->changes[i]);
    for (size_t i = 0; i < a->n_ingested; i++)
        write_tool(out, &a->ingested[i]);
}
