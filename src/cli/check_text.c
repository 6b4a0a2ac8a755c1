/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/check_text.h"

#include <string.h>

enum { WIDTH = 92, INDENT = 12 };

/* A paragraph behind its heading, broken at blanks. */
void pl_text_paragraph(pl_buf *out, const char *heading, pl_str text)
{
    pl_str word;
    size_t column = INDENT;

    if (text.n == 0)
        return;
    pl_buf_fmt(out, "%-*s", INDENT, heading);
    while (pl_str_cut(&text, ' ', &word)) {
        if (column > INDENT && column + 1 + word.n > WIDTH) {
            pl_buf_fmt(out, "\n%-*s", INDENT, "");
            column = INDENT;
        } else if (column > INDENT) {
            pl_buf_ch(out, ' ');
            column++;
        }
        pl_buf_str(out, word);
        column += word.n;
    }
    pl_buf_ch(out, '\n');
}

pl_check_way pl_check_way_of(const pl_check *c)
{
    if (c->needs.n == 0)
        return PL_WAY_JUDGED;
    return pl_str_eq(c->needs, PL_S("attest")) ? PL_WAY_ATTESTED : PL_WAY_WAITING;
}

static void controls(pl_buf *out, const pl_check *c)
{
    for (size_t i = 0; i < c->n_controls; i++) {
        pl_buf_fmt(out, "%-*s%.*s: ", INDENT, i ? "" : "bears on", PL_F(c->controls[i].framework));
        for (size_t k = 0; k < c->controls[i].n; k++)
            pl_buf_fmt(out, "%s%.*s", k ? ", " : "", PL_F(c->controls[i].ids[k]));
        pl_buf_ch(out, '\n');
    }
}

void pl_check_text(const pl_check *c, pl_buf *out)
{
    pl_buf_fmt(out, "%.*s  %.*s\n\n", PL_F(c->id), PL_F(c->title));
    pl_buf_fmt(out, "%-*s%s, of kind %.*s, owner %.*s\n", INDENT, "severity",
               pl_severity_word(c->severity), PL_F(c->kind), PL_F(c->owner));
    if (pl_check_way_of(c) == PL_WAY_ATTESTED)
        pl_buf_fmt(out, "%-*sby attestation (%.*s): plimsoll attest %.*s\n", INDENT, "verdict",
                   PL_F(c->period), PL_F(c->id));
    else if (c->needs.n)
        pl_buf_fmt(out, "%-*snot judged yet: needs:%.*s\n", INDENT, "verdict", PL_F(c->needs));
    pl_text_paragraph(out, "applies", c->applies);
    pl_text_paragraph(out, "inherited", c->inherited);
    pl_text_paragraph(out, "each", c->each);
    pl_text_paragraph(out, "where", c->where);
    pl_text_paragraph(out, "group", c->group);
    pl_text_paragraph(out, "pass", c->pass);
    pl_text_paragraph(out, "read", c->method);
    pl_text_paragraph(out, "why", c->rationale);
    pl_text_paragraph(out, "remedy", c->remedy);
    for (size_t i = 0; i < c->n_steps; i++)
        pl_buf_fmt(out, "%-*s%.*s: %.*s\n", INDENT, i ? "" : "steps", PL_F(c->steps[i].key),
                   PL_F(c->steps[i].value));
    controls(out, c);
    pl_text_paragraph(out, "passes in", c->shown_pass);
    pl_text_paragraph(out, "fails in", c->shown_fail);
    pl_text_paragraph(out, "content", c->origin);
    pl_buf_fmt(out, "%-*s%zu test cases in %.*s:%d\n", INDENT, "tests", c->n_tests, PL_F(c->file),
               c->line);
}

/* ---- docs/checks.md ---- */

static void cell(pl_buf *out, pl_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '|')
            pl_buf_ch(out, '\\');
        pl_buf_ch(out, s.p[i] == '\n' ? ' ' : s.p[i]);
    }
}

static void table_of(const pl_content *c, pl_check_way way, const char *last, pl_buf *out)
{
    pl_buf_fmt(out, "| id | severity | kind | owner | title | %s |\n|---|---|---|---|---|---|\n",
               last);
    for (size_t i = 0; i < c->n_checks; i++) {
        const pl_check *k = &c->checks[i];
        if (pl_check_way_of(k) != way)
            continue;
        pl_buf_fmt(out, "| %.*s | %s | %.*s | %.*s | ", PL_F(k->id), pl_severity_word(k->severity),
                   PL_F(k->kind), PL_F(k->owner));
        cell(out, k->title);
        pl_buf_c(out, " | ");
        cell(out, way == PL_WAY_WAITING    ? k->needs
                  : way == PL_WAY_ATTESTED ? k->period
                                           : k->method);
        pl_buf_c(out, " |\n");
    }
}

void pl_checks_markdown(const pl_content *c, pl_buf *out)
{
    size_t n[PL_WAYS] = {0};

    for (size_t i = 0; i < c->n_checks; i++)
        n[pl_check_way_of(&c->checks[i])]++;
    pl_buf_fmt(
        out,
        "# Checks\n\nMade by `plimsoll checks --markdown`. %zu controls: %zu are judged, %zu "
        "are for people to attest\n(`plimsoll attest`, `plimsoll due`), %zu wait for a part "
        "and stand in reports as unknown until it is there.\n\n## Judged\n\n",
        c->n_checks, n[PL_WAY_JUDGED], n[PL_WAY_ATTESTED], n[PL_WAY_WAITING]);
    table_of(c, PL_WAY_JUDGED, "where the fact is read", out);
    pl_buf_c(out, "\n## By attestation\n\n");
    table_of(c, PL_WAY_ATTESTED, "how often", out);
    pl_buf_c(out, "\n## Waiting for a part\n\n");
    table_of(c, PL_WAY_WAITING, "needs", out);
}
