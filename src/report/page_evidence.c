/* SPDX-License-Identifier: Apache-2.0 */
/* The evidence index, how a third party verifies it, and what the report cannot say. */
#include "report/page.h"
#include "report/words.h"

#include <stdlib.h>

#include "core/clock.h"

/* A row of the index: an item, what a person said, a run of another tool, or a verdict's leaf that
 * no item describes. */
typedef struct row {
    int64_t index;
    const pl_evidence_item *item;
    const pl_statement *said;
    const pl_ingested *tool;
    const pl_subject *subject; /* of the verdict's leaf */
} row;

static int by_index(const void *pa, const void *pb)
{
    const row *a = pa, *b = pb;

    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    return (b->item || b->said || b->tool) - (a->item || a->said || a->tool);
}

static size_t most_rows(const pl_assessment *a)
{
    return a->n_items + a->n_statements + a->n_ingested + a->n_findings;
}

/* Room for most_rows; sorted, one row an index. */
static size_t collect(const pl_assessment *a, row *rows)
{
    size_t n = 0, kept = 0;

    for (size_t i = 0; i < a->n_items; i++)
        if (a->items[i].ledger_index >= 0)
            rows[n++] = (row){.index = a->items[i].ledger_index, .item = &a->items[i]};
    for (size_t i = 0; i < a->n_statements; i++)
        if (a->statements[i].number >= 0)
            rows[n++] = (row){.index = a->statements[i].number, .said = &a->statements[i]};
    for (size_t i = 0; i < a->n_ingested; i++)
        if (a->ingested[i].number >= 0)
            rows[n++] = (row){.index = a->ingested[i].number, .tool = &a->ingested[i]};
    for (size_t i = 0; i < a->n_findings; i++)
        if (a->findings[i]->ledger_index >= 0)
            rows[n++] =
                (row){.index = a->findings[i]->ledger_index, .subject = a->findings[i]->subject};
    qsort(rows, n, sizeof(*rows), by_index);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || rows[kept - 1].index != rows[i].index)
            rows[kept++] = rows[i];
    return kept;
}

static void subject_with_key(pl_page *p, pl_str key)
{
    for (size_t i = 0; i < p->a->n_subjects; i++)
        if (pl_str_eq(p->a->subjects[i].subject->key, key)) {
            pl_page_subject(p, p->a->subjects[i].subject);
            return;
        }
    if (key.n)
        pl_html_text(&p->h, key, PL_REPORT_NAME_COLUMNS);
    else
        pl_html_c(&p->h, "the whole audit");
}

static void described(pl_page *p, const pl_evidence_item *e)
{
    char when[PL_TIME_TEXT] = "";

    if (e->collected_us)
        pl_time_print(e->collected_us, when);
    pl_html_open(&p->h, "td", NULL);
    pl_html_text(&p->h, e->type, PL_REPORT_NAME_COLUMNS);
    if (e->role.n && !pl_str_ends(e->type, e->role)) {
        pl_html_c(&p->h, " ");
        pl_html_text(&p->h, e->role, PL_REPORT_NAME_COLUMNS);
    }
    if (e->collector.n) {
        pl_html_open(&p->h, "span", "class", "help", NULL);
        pl_html_c(&p->h, "by ");
        pl_html_text(&p->h, e->collector, PL_REPORT_NAME_COLUMNS);
        pl_html_close(&p->h);
    }
    pl_html_close(&p->h);
    pl_html_open(&p->h, "td", NULL);
    subject_with_key(p, e->subject_key);
    pl_html_close(&p->h);
    pl_html_el_text(&p->h, "td", "time", pl_str_c(when), PL_REPORT_NAME_COLUMNS);
    pl_html_open(&p->h, "td", "class", "hash", NULL);
    pl_html_el_text(&p->h, "code", NULL, e->sha256, PL_REPORT_NAME_COLUMNS);
    pl_html_close(&p->h);
}

/* Its digest is that of its entry, which "plimsoll ledger show" prints. */
static void signed_by_a_person(pl_page *p, const pl_statement *s)
{
    char when[PL_TIME_TEXT] = "";

    if (s->said_us)
        pl_time_print(s->said_us, when);
    pl_html_open(&p->h, "td", NULL);
    pl_html_c(&p->h, s->kind);
    if (s->by.n) {
        pl_html_open(&p->h, "span", "class", "help", NULL);
        pl_html_c(&p->h, "by ");
        pl_html_text(&p->h, s->by, PL_REPORT_NAME_COLUMNS);
        pl_html_close(&p->h);
    }
    pl_html_close(&p->h);
    pl_html_el_text(&p->h, "td", NULL, s->what, PL_REPORT_NAME_COLUMNS);
    pl_html_el_text(&p->h, "td", "time", pl_str_c(when), PL_REPORT_NAME_COLUMNS);
    pl_html_el(&p->h, "td", NULL, "");
}

static void recorded_from_a_tool(pl_page *p, const pl_ingested *v)
{
    char when[PL_TIME_TEXT] = "";

    if (v->recorded_us)
        pl_time_print(v->recorded_us, when);
    pl_html_open(&p->h, "td", NULL);
    pl_html_c(&p->h, "results of another tool");
    pl_html_open(&p->h, "span", "class", "help", NULL);
    pl_html_c(&p->h, "by ");
    pl_html_text(&p->h, v->tool, PL_REPORT_NAME_COLUMNS);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
    pl_html_el_text(&p->h, "td", NULL, v->about.n ? v->about : v->file, PL_REPORT_NAME_COLUMNS);
    pl_html_el_text(&p->h, "td", "time", pl_str_c(when), PL_REPORT_NAME_COLUMNS);
    pl_html_open(&p->h, "td", "class", "hash", NULL);
    pl_html_el_text(&p->h, "code", NULL, v->sha256, PL_REPORT_NAME_COLUMNS);
    pl_html_close(&p->h);
}

static void evidence_row(pl_page *p, const row *r)
{
    char number[PL_EVIDENCE_NUMBER];

    pl_evidence_number(r->index, number);
    pl_html_open(&p->h, "tr", NULL);
    pl_html_open(&p->h, "th", "scope", "row", "id", number, NULL);
    pl_html_c(&p->h, number);
    pl_html_close(&p->h);
    if (r->item) {
        described(p, r->item);
    } else if (r->said) {
        signed_by_a_person(p, r->said);
    } else if (r->tool) {
        recorded_from_a_tool(p, r->tool);
    } else {
        pl_html_el(&p->h, "td", NULL, "verdicts");
        pl_html_open(&p->h, "td", NULL);
        pl_page_subject(p, r->subject);
        pl_html_close(&p->h);
        pl_html_el(&p->h, "td", NULL, "");
        pl_html_el(&p->h, "td", NULL, "");
    }
    pl_html_close(&p->h);
}

void pl_page_evidence(pl_page *p)
{
    PL_AUTO_FREE row *rows = calloc(most_rows(p->a) + 1, sizeof(*rows));
    size_t n = rows ? collect(p->a, rows) : 0;

    pl_page_section(p, "evidence", "Evidence index");
    if (!rows)
        p->h.out->bad = true;
    pl_html_el(&p->h, "p", "note",
               n ? "The number of a piece of evidence is its entry in the log and never changes: "
                   "E-0042 is entry 42. Beside a finding, the first number holds the verdict, the "
                   "others what was read."
                 : "Nothing was recorded, so there is no evidence to point to.");
    if (n) {
        pl_page_table(p, "evidence", "What was recorded", "Number", "Type", "Subject", "Read at",
                      "SHA-256 of what was recorded", NULL);
        for (size_t i = 0; i < n && i < PL_REPORT_EVIDENCE_ROWS; i++)
            evidence_row(p, &rows[i]);
        pl_page_table_end(p);
    }
    pl_html_close(&p->h);
}

/* --- verify --- */

/* What to do, and the line to type. */
static void step(pl_page *p, const char *words, pl_buf *line)
{
    pl_html_open(&p->h, "li", NULL);
    pl_html_c(&p->h, words);
    pl_html_open(&p->h, "pre", NULL);
    pl_html_open(&p->h, "code", NULL);
    pl_html_text(&p->h, pl_buf_view(line), PL_REPORT_TEXT_COLUMNS);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
    pl_buf_reset(line);
}

/* An entry that this report rests on: a verdict, else whatever was recorded first. */
static int64_t example(const pl_assessment *a)
{
    int64_t found = -1;

    for (size_t i = 0; i < a->n_items; i++) {
        const pl_evidence_item *item = &a->items[i];
        if (item->ledger_index >= 0 && pl_str_eq(item->type, PL_S("check.result")))
            return item->ledger_index;
        if (found < 0)
            found = item->ledger_index;
    }
    return found;
}

static void steps(pl_page *p, const pl_log_reference *l)
{
    PL_AUTO_BUF pl_buf line = {0}, dir = {0};
    int64_t entry = example(p->a);

    pl_word_shell(&dir, l->directory);
    pl_html_open(&p->h, "ol", "class", "steps", NULL);
    pl_buf_str(&line, l->vkey);
    step(p, "Take the key from a second channel, not from this page, and compare:", &line);
    pl_buf_fmt(&line, "plimsoll ledger verify %.*s --vkey %.*s", PL_F(pl_buf_view(&dir)),
               PL_F(l->vkey));
    step(p, "Verify every byte of the log, or of a copy of it, with that key:", &line);
    if (entry >= 0) {
        pl_buf_fmt(&line, "plimsoll ledger prove %lld --dir %.*s", (long long)entry,
                   PL_F(pl_buf_view(&dir)));
        step(p, "Prove that one piece of evidence is in the log:", &line);
        pl_buf_fmt(&line, "plimsoll ledger show %lld --dir %.*s", (long long)entry,
                   PL_F(pl_buf_view(&dir)));
        step(p, "Read it:", &line);
    }
    pl_buf_fmt(&line, "cat %.*s/checkpoint", PL_F(pl_buf_view(&dir)));
    step(p, "See the log's signed head, which is text:", &line);
    pl_html_close(&p->h);
}

void pl_page_verify(pl_page *p)
{
    const pl_log_reference *l = &p->a->ledger;

    pl_page_section(p, "verify", "Verify it yourself");
    if (!l->recorded) {
        pl_html_el(&p->h, "p", "note",
                   "This audit was made without recording. Repeat it with a state directory to get "
                   "evidence that a third party can verify.");
        pl_html_close(&p->h);
        return;
    }
    pl_html_el(&p->h, "p", NULL,
               "The evidence is an append-only log built on published standards: RFC 6962 hashes, "
               "C2SP tlog-tiles and signed notes. No trust in Plimsoll is needed: any program that "
               "knows these formats can check it, for example the packages note and tlog of Go's "
               "golang.org/x/mod/sumdb.");
    steps(p, l);
    if (pl_str_eq(l->recovery, PL_S("none")))
        pl_html_el(&p->h, "p", "note",
                   "This log was made without a recovery key: if its key is lost or stolen, no one "
                   "can say so in the log itself.");
    pl_html_close(&p->h);
}

/* --- limits --- */

void pl_page_limits(pl_page *p)
{
    static const char *const limits[] = {
        "The report shows the moment at which it was generated, not a period. Recurring work is "
        "shown by repeated audits in the same log.",
        "The log proves that a record was not changed since it was written and that nothing was "
        "removed. It cannot prove that a record was true when it was written, nor anything after "
        "its last checkpoint left the host.",
        "Whoever was root on the host before the first entry could deceive every tool that runs "
        "there, this one included.",
        "A check bears on a requirement; it never proves it alone. Requirements that only people "
        "can answer stand as blanks or as by attestation.",
        "Known vulnerabilities are those of the advisories named on the first page, matched by "
        "package version. Code that no package manager knows is not covered.",
        "Values that may be secret or personal are redacted before they are stored or shown.",
    };

    pl_page_section(p, "limits", "Limits");
    pl_html_open(&p->h, "ul", NULL);
    for (size_t i = 0; i < PL_COUNT(limits); i++)
        pl_html_el(&p->h, "li", NULL, limits[i]);
    pl_html_close(&p->h);
    pl_html_close(&p->h);
}
