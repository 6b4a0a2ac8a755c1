/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/check_text.h"

#include "core/text.h"

#include <string.h>

enum { WIDTH = 92, INDENT = 12 };

size_t pl_text_columns(unsigned terminal)
{
    return terminal && terminal < WIDTH ? terminal : WIDTH;
}

void pl_text_paragraph(pl_buf *out, size_t columns, const char *heading, pl_str text)
{
    if (text.n == 0)
        return;
    pl_buf_fmt(out, "%-*s", INDENT, heading);
    pl_text_wrap(out, text, INDENT, columns);
    pl_buf_ch(out, '\n');
}

pl_check_way pl_check_way_of(const pl_check *c)
{
    if (c->needs.n == 0)
        return PL_WAY_JUDGED;
    return pl_str_eq(c->needs, PL_S("attest")) ? PL_WAY_ATTESTED : PL_WAY_WAITING;
}

static void controls(pl_buf *out, size_t columns, const pl_check *c)
{
    for (size_t i = 0; i < c->n_controls; i++) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&text, "%.*s: ", PL_F(c->controls[i].framework));
        for (size_t k = 0; k < c->controls[i].n; k++)
            pl_buf_fmt(&text, "%s%.*s", k ? ", " : "", PL_F(c->controls[i].ids[k]));
        pl_text_paragraph(out, columns, i ? "" : "bears on", pl_buf_view(&text));
    }
}

void pl_check_text(const pl_check *c, size_t columns, pl_buf *out)
{
    const struct {
        const char *heading;
        pl_str text;
    } rows[] = {{"applies", c->applies}, {"inherited", c->inherited}, {"each", c->each},
                {"where", c->where},     {"group", c->group},         {"pass", c->pass},
                {"read", c->method},     {"why", c->rationale},       {"remedy", c->remedy}};

    pl_buf_fmt(out, "%.*s  ", PL_F(c->id));
    pl_text_wrap(out, c->title, c->id.n + 2, columns);
    pl_buf_fmt(out, "\n\n%-*s%s, of kind %.*s, owner %.*s\n", INDENT, "severity",
               pl_severity_word(c->severity), PL_F(c->kind), PL_F(c->owner));
    if (pl_check_way_of(c) == PL_WAY_ATTESTED)
        pl_buf_fmt(out, "%-*sby attestation (%.*s): plimsoll attest %.*s\n", INDENT, "verdict",
                   PL_F(c->period), PL_F(c->id));
    else if (c->needs.n)
        pl_buf_fmt(out, "%-*snot judged yet: needs:%.*s\n", INDENT, "verdict", PL_F(c->needs));
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        pl_text_paragraph(out, columns, rows[i].heading, rows[i].text);
    for (size_t i = 0; i < c->n_steps; i++)
        pl_buf_fmt(out, "%-*s%.*s: %.*s\n", INDENT, i ? "" : "steps", PL_F(c->steps[i].key),
                   PL_F(c->steps[i].value));
    controls(out, columns, c);
    pl_text_paragraph(out, columns, "passes in", c->shown_pass);
    pl_text_paragraph(out, columns, "fails in", c->shown_fail);
    pl_text_paragraph(out, columns, "content", c->origin);
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
