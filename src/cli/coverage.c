/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/coverage.h"

#include "cli/check_text.h"
#include "cli/json_head.h"
#include "cli/outputs.h"
#include "core/json_put.h"
#include "core/text.h"
#include "report/report.h"

#include <string.h>

/* ---- what is known ---- */

/* The tallies of a report, for the checks of the content at hand: that of the report knows neither
 * scripts nor checks that came later. */
static pl_rc take_report(pl_cli *cli, pl_str json, pl_derived *d, pl_err *err)
{
    pl_assessment a;
    pl_derived was;
    pl_check_result *checks = (pl_check_result *)(uintptr_t)d->checks; /* ours: just derived */
    pl_rc rc = pl_report_read(json, cli->arena, &a, err);

    if (!rc)
        rc = pl_assessment_derive(&a, cli->arena, &was, err);
    for (size_t i = 0; !rc && i < was.n_checks; i++)
        for (size_t k = 0; k < d->n_checks; k++)
            if (pl_str_eq(was.checks[i].check->id, checks[k].check->id)) {
                checks[k].tally.pass = was.checks[i].tally.pass;
                checks[k].tally.fail = was.checks[i].tally.fail;
            }
    return rc;
}

pl_rc pl_coverage_derive(pl_cli *cli, pl_str report, pl_derived *ret, pl_err *err)
{
    const pl_content *content = NULL;
    pl_assessment a;
    pl_rc rc = pl_cli_content(cli, &content, err);

    if (rc)
        return rc;
    pl_assessment_init(&a);
    a.content = content;
    rc = pl_assessment_use_profile(&a, cli->arena, err);
    if (!rc)
        rc = pl_assessment_derive(&a, cli->arena, ret, err);
    return rc || !report.n ? rc : take_report(cli, report, ret, err);
}

typedef struct counts {
    size_t of[PL_COVERED_COUNT];
    size_t total;
} counts;

static counts count(const pl_framework_result *f)
{
    counts c = {0};

    for (size_t i = 0; i < f->n; i++)
        if (f->requirements[i].in_scope) {
            c.of[pl_coverage_of(&f->requirements[i])]++;
            c.total++;
        }
    return c;
}

static bool is_asked(const pl_framework_result *f, const char *framework)
{
    return !framework || pl_str_eq(f->framework->id, pl_str_c(framework));
}

/* ---- text ---- */

static void number_cell(pl_grid *g, size_t n)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%zu", n);
    pl_grid_add(g, pl_arena_str(g->a, pl_str_c(text)));
}

static void ids_cell(pl_grid *g, const pl_requirement_result *r)
{
    PL_AUTO_BUF pl_buf ids = {0};

    for (size_t i = 0; i < r->n; i++)
        pl_buf_fmt(&ids, "%s%.*s%s", i ? ", " : "", PL_F(r->checks[i]->check->id),
                   pl_check_is_shown(r->checks[i]) ? "" : "?");
    pl_grid_add(g, pl_arena_str(g->a, pl_buf_view(&ids)));
}

/* A requirement can have a hundred checks, so that rows are broken in a pipe, too. */
static pl_grid grid_of(const pl_cli *cli, size_t columns)
{
    enum { PIPE_COLUMNS = 120 };
    pl_grid g = pl_cli_grid(cli, columns);

    g.within = g.within ? g.within : PIPE_COLUMNS;
    return g;
}

static void rows_text(const pl_cli *cli, const pl_framework_result *f, pl_buf *out)
{
    static const char *const heads[] = {"ID", "COVERED", "CONTAINERS", "CHECKS (? nothing shown)",
                                        "TITLE"};
    pl_grid g = grid_of(cli, PL_COUNT(heads));

    for (size_t i = 0; i < PL_COUNT(heads); i++)
        pl_grid_add(&g, pl_str_c(heads[i]));
    for (size_t i = 0; i < f->n; i++) {
        const pl_requirement_result *r = &f->requirements[i];
        if (!r->in_scope)
            continue;
        pl_grid_add(&g, r->requirement->id);
        pl_grid_add(&g, pl_str_c(pl_covered_word(pl_coverage_of(r))));
        pl_grid_add(&g, r->requirement->containers);
        ids_cell(&g, r);
        pl_grid_add(&g, r->requirement->title);
    }
    pl_grid_print(&g, out);
    pl_buf_ch(out, '\n');
}

void pl_coverage_text(const pl_cli *cli, const pl_derived *d, const char *framework, pl_buf *out)
{
    static const char *const words[] = {
        "technical: a check that bears on it passed or failed in a test, or in the report given",
        "untested: checks are mapped, and none of them is shown",
        "attestation: only people can say",
        "blank: nothing",
    };
    pl_grid g = grid_of(cli, 2 + PL_COVERED_COUNT);

    pl_grid_add(&g, PL_S("FRAMEWORK"));
    pl_grid_add(&g, PL_S("REQUIREMENTS"));
    for (int k = 0; k < PL_COVERED_COUNT; k++)
        pl_grid_add(&g, pl_str_c(pl_covered_word((pl_covered)k)));
    for (size_t i = 0; i < d->n_frameworks; i++) {
        const pl_framework_result *f = &d->frameworks[i];
        const counts c = count(f);
        if (!is_asked(f, framework))
            continue;
        if (framework)
            rows_text(cli, f, out);
        pl_grid_add(&g, f->framework->id);
        number_cell(&g, c.total);
        for (int k = 0; k < PL_COVERED_COUNT; k++)
            number_cell(&g, c.of[k]);
    }
    pl_grid_print(&g, out);
    for (size_t i = 0; i < PL_COUNT(words); i++) {
        pl_buf_c(out, i ? "" : "\n");
        pl_text_wrap(out, pl_str_c(words[i]), 0, g.within);
        pl_buf_ch(out, '\n');
    }
}

/* ---- JSON ---- */

static void put_checks(pl_jw *w, const pl_requirement_result *r)
{
    pl_jopen_array(w, "checks");
    for (size_t i = 0; i < r->n; i++) {
        const pl_check_result *c = r->checks[i];
        pl_jw_object(w);
        pl_jput_str(w, "id", c->check->id);
        pl_jput_str(w, "title", c->check->title);
        pl_jput_bool(w, "shown", pl_check_is_shown(c));
        pl_jput_str(w, "needs", c->check->needs);
        pl_jput_str(w, "passes_in", c->check->shown_pass);
        pl_jput_str(w, "fails_in", c->check->shown_fail);
        pl_jput_bool(w, "judged_in_report", c->tally.pass || c->tally.fail);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void put_effect(pl_jw *w, const pl_content *content, const pl_requirement *q)
{
    const pl_effect *e = pl_content_effect(content, q->effect);

    pl_jput_str(w, "containers", q->containers);
    pl_jput_str(w, "why", e ? e->why : (pl_str){0});
    pl_jput_str(w, "ask", e ? e->ask : (pl_str){0});
}

static void put_requirement(pl_jw *w, const pl_content *content, const pl_framework_result *f,
                            const pl_requirement_result *r)
{
    pl_jw_object(w);
    pl_jput_str(w, "framework", f->framework->id);
    pl_jput_str(w, "id", r->requirement->id);
    pl_jput_str(w, "title", r->requirement->title);
    pl_jput_str(w, "section", r->requirement->section);
    put_effect(w, content, r->requirement);
    pl_jput_c(w, "covered", r->in_scope ? pl_covered_word(pl_coverage_of(r)) : NULL);
    put_checks(w, r);
    pl_jw_end(w);
}

static void put_framework(pl_jw *w, const pl_cli *cli, const pl_framework_result *f, bool in_full)
{
    const counts c = count(f);

    pl_jw_object(w);
    pl_jput_str(w, "id", f->framework->id);
    pl_jput_str(w, "name", f->framework->name);
    pl_jput_int(w, "requirements", (int64_t)c.total);
    for (int k = 0; k < PL_COVERED_COUNT; k++) {
        pl_jopen_object(w, pl_covered_word((pl_covered)k));
        pl_jput_int(w, "count", (int64_t)c.of[k]);
        pl_jopen_array(w, "ids");
        for (size_t i = 0; i < f->n; i++)
            if (f->requirements[i].in_scope && (int)pl_coverage_of(&f->requirements[i]) == k)
                pl_jw_str(w, f->requirements[i].requirement->id);
        pl_jw_end(w);
        pl_jw_end(w);
    }
    if (in_full) {
        pl_jopen_array(w, "rows");
        for (size_t i = 0; i < f->n; i++)
            if (f->requirements[i].in_scope)
                put_requirement(w, &cli->content, f, &f->requirements[i]);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void put_head(pl_jw *w, const pl_cli *cli)
{
    pl_cli_json_head(w, cli, "plimsoll.coverage/1");
    pl_jput_c(w, "content", cli->content.digest);
    pl_jput_str(w, "profile", cli->content.profile ? cli->content.profile->id : (pl_str){0});
}

void pl_coverage_json(const pl_cli *cli, const pl_derived *d, const char *framework, pl_buf *out)
{
    pl_jw w = {.out = out, .pretty = true};

    put_head(&w, cli);
    pl_jopen_array(&w, "frameworks");
    for (size_t i = 0; i < d->n_frameworks; i++)
        if (is_asked(&d->frameworks[i], framework))
            put_framework(&w, cli, &d->frameworks[i], framework != NULL);
    pl_jw_end(&w);
    pl_jw_end(&w);
    pl_buf_ch(out, '\n');
}

/* ---- one requirement ---- */

static pl_rc no_requirement(const char *framework, const char *id, pl_err *err)
{
    return pl_fail(err, PL_USAGE,
                   "checks: %s has %s requirement \"%s\"; plimsoll checks --coverage "
                   "--framework ID lists them",
                   framework ? framework : "no framework", framework ? "no" : "a", id);
}

static void check_line(const pl_check_result *r, const char *heading, size_t columns, pl_buf *out)
{
    enum { TITLE = 22 }; /* where it begins */
    const pl_check *c = r->check;
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_str(&text, c->title);
    if (c->needs.n)
        pl_buf_fmt(&text, " (needs:%.*s)", PL_F(c->needs));
    else if (!pl_check_is_shown(r))
        pl_buf_c(&text, " (nothing shown)");
    pl_buf_fmt(out, "%-12s%-10.*s", heading, PL_F(c->id));
    pl_text_wrap(out, pl_buf_view(&text), TITLE, columns);
    pl_buf_ch(out, '\n');
}

static void requirement_text(const pl_content *content, const pl_framework_result *f,
                             const pl_requirement_result *r, size_t columns, pl_buf *out)
{
    const pl_effect *e = pl_content_effect(content, r->requirement->effect);
    PL_AUTO_BUF pl_buf head = {0};

    pl_buf_fmt(&head, "%.*s %.*s  %.*s", PL_F(f->framework->id), PL_F(r->requirement->id),
               PL_F(r->requirement->title));
    pl_buf_c(out, out->n ? "\n" : "");
    pl_text_wrap(out, pl_buf_view(&head), 0, columns);
    pl_buf_c(out, "\n\n");
    pl_text_paragraph(out, columns, "section", r->requirement->section);
    if (e) {
        pl_text_paragraph(out, columns, "containers", e->containers);
        pl_text_paragraph(out, columns, "why", e->why);
        pl_text_paragraph(out, columns, "asked", e->ask);
    }
    pl_text_paragraph(out, columns, "covered",
                      pl_str_c(r->in_scope ? pl_covered_text(pl_coverage_of(r)) : "not in scope"));
    for (size_t i = 0; i < r->n; i++)
        check_line(r->checks[i], i ? "" : "checks", columns, out);
}

pl_rc pl_requirement_text(const pl_cli *cli, const pl_derived *d, const char *framework,
                          const char *id, pl_buf *out, pl_err *err)
{
    const size_t columns = pl_text_columns(pl_cli_style(cli).columns);

    for (size_t i = 0; i < d->n_frameworks; i++)
        for (size_t k = 0; is_asked(&d->frameworks[i], framework) && k < d->frameworks[i].n; k++)
            if (pl_str_eq(d->frameworks[i].requirements[k].requirement->id, pl_str_c(id)))
                requirement_text(&cli->content, &d->frameworks[i],
                                 &d->frameworks[i].requirements[k], columns, out);
    return out->n ? PL_OK : no_requirement(framework, id, err);
}

pl_rc pl_requirement_json(const pl_cli *cli, const pl_derived *d, const char *framework,
                          const char *id, pl_buf *out, pl_err *err)
{
    pl_jw w = {.out = out, .pretty = true};
    size_t n = 0;

    put_head(&w, cli);
    pl_jopen_array(&w, "requirements");
    for (size_t i = 0; i < d->n_frameworks; i++)
        for (size_t k = 0; is_asked(&d->frameworks[i], framework) && k < d->frameworks[i].n; k++)
            if (pl_str_eq(d->frameworks[i].requirements[k].requirement->id, pl_str_c(id))) {
                put_requirement(&w, &cli->content, &d->frameworks[i],
                                &d->frameworks[i].requirements[k]);
                n++;
            }
    pl_jw_end(&w);
    pl_jw_end(&w);
    pl_buf_ch(out, '\n');
    return n ? PL_OK : no_requirement(framework, id, err);
}
