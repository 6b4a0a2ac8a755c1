/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll checks [--framework F] [--coverage] [--requirement R] [ID...] */
#include "cli/check_text.h"
#include "cli/cli.h"
#include "cli/coverage.h"
#include "cli/filter.h"
#include "cli/outputs.h"
#include "cli/verbs.h"

#include "core/text.h"
#include <ctype.h>
#include <string.h>

enum { IDS_COLUMNS = 30, FRAMEWORKS_MAX = 64, ID_MAX = 32 };

static const pl_mapping *mapping(const pl_check *c, pl_str framework)
{
    for (size_t i = 0; i < c->n_controls; i++)
        if (pl_str_eq(c->controls[i].framework, framework))
            return &c->controls[i];
    return NULL;
}

/* Filled up to the column, never cut: a list in a pipe is searched and has to be whole. */
static void print_ids(pl_buf *out, const pl_mapping *m)
{
    PL_AUTO_BUF pl_buf ids = {0};

    for (size_t i = 0; i < m->n; i++) {
        if (i)
            pl_buf_c(&ids, ", ");
        pl_buf_str(&ids, m->ids[i]);
    }
    pl_buf_fmt(out, "%-*.*s ", IDS_COLUMNS, PL_F(pl_buf_view(&ids)));
}

static void print_check(pl_buf *out, const pl_check *c, const pl_mapping *m, size_t columns)
{
    PL_AUTO_BUF pl_buf line = {0};

    pl_text_column(&line, c->id, 10);
    pl_text_column(&line, pl_str_c(pl_severity_word(c->severity)), 10);
    pl_text_column(&line, c->kind, 12);
    pl_text_column(&line, c->owner, 13);
    if (m)
        print_ids(&line, m);
    pl_buf_str(&line, c->title);
    if (c->needs.n)
        pl_buf_fmt(&line, " (needs:%.*s)", PL_F(c->needs));
    pl_text_visible(out, pl_buf_view(&line), columns);
    pl_buf_ch(out, '\n');
    if (!pl_buf_ok(&line))
        out->bad = true;
}

static pl_rc unknown_framework(const pl_content *c, const char *name, pl_err *err)
{
    PL_AUTO_BUF pl_buf words = {0};

    for (size_t i = 0; i < c->n_frameworks && i < FRAMEWORKS_MAX; i++)
        pl_buf_fmt(&words, "%s%.*s", i ? ", " : "", PL_F(c->frameworks[i].id));
    return pl_fail(err, PL_USAGE, "checks: unknown framework \"%s\"; there are %.*s", name,
                   PL_F(pl_buf_view(&words)));
}

static void print_checks(pl_buf *out, const pl_content *c, const char *framework, size_t columns)
{
    size_t n = 0, by_way[PL_WAYS] = {0};

    for (size_t i = 0; i < c->n_checks; i++) {
        const pl_check *k = &c->checks[i];
        const pl_mapping *m = framework ? mapping(k, pl_str_c(framework)) : NULL;
        if (framework && !m)
            continue;
        n++;
        by_way[pl_check_way_of(k)]++;
        print_check(out, k, m, columns);
    }
    pl_buf_fmt(out,
               "%zu checks: %zu are judged, %zu are for people to attest, %zu wait for a part that "
               "is not there yet\n",
               n, by_way[PL_WAY_JUDGED], by_way[PL_WAY_ATTESTED], by_way[PL_WAY_WAITING]);
}

/* By its id, also in small letters. */
static const pl_check *named(const pl_content *c, const char *word)
{
    char id[ID_MAX] = "";

    for (size_t i = 0; word[i] && i < ID_MAX - 1; i++)
        id[i] = (char)toupper((unsigned char)word[i]);
    return pl_content_check(c, strlen(word) < ID_MAX ? pl_str_c(id) : pl_str_c(word));
}

static pl_rc print_named(pl_buf *out, const pl_content *c, const struct pl_args *args,
                         size_t columns, pl_err *err)
{
    for (size_t i = 0; i < pl_arg_count(args); i++) {
        const pl_check *k = named(c, pl_arg(args, i));
        if (!k)
            return pl_fail(err, PL_USAGE,
                           "checks: there is no check \"%s\"; plimsoll checks lists them",
                           pl_arg(args, i));
        if (i)
            pl_buf_ch(out, '\n');
        pl_check_text(k, columns, out);
    }
    return PL_OK;
}

/* The report that says which checks read real facts; empty: none was asked for. */
static pl_rc take_report(pl_cli *cli, const struct pl_args *args, pl_buf *ret, pl_err *err)
{
    const char *file = pl_opt_value(args, "report");

    if (file)
        return pl_cli_read_report(file, ret, err);
    return pl_opt_on(args, "recorded") ? pl_cli_log_report(cli, NULL, ret, err) : PL_OK;
}

static pl_rc print_coverage(pl_cli *cli, const struct pl_args *args, pl_buf *out, pl_err *err)
{
    const char *framework = pl_opt_value(args, "framework");
    const char *id = pl_opt_value(args, "requirement");
    const char *format = pl_opt_value(args, "format");
    bool is_json = format && strcmp(format, "json") == 0;
    PL_AUTO_BUF pl_buf report = {.max = PL_REPORT_JSON_MAX};
    pl_derived d;

    if (format && !is_json && strcmp(format, "text") != 0)
        return pl_fail(err, PL_USAGE, "checks: format %s: text or json", format);
    pl_rc rc = take_report(cli, args, &report, err);
    if (!rc)
        rc = pl_coverage_derive(cli, pl_buf_view(&report), &d, err);
    if (rc)
        return rc;
    if (id)
        return is_json ? pl_requirement_json(cli, &d, framework, id, out, err)
                       : pl_requirement_text(cli, &d, framework, id, out, err);
    if (is_json)
        pl_coverage_json(cli, &d, framework, out);
    else
        pl_coverage_text(cli, &d, framework, out);
    return PL_OK;
}

static bool asks_for_coverage(const struct pl_args *args)
{
    return pl_opt_on(args, "coverage") || pl_opt_value(args, "requirement");
}

/* What only --coverage and --requirement know. */
static pl_rc check_words(const struct pl_args *args, pl_err *err)
{
    static const char *const words[] = {"format", "report", "recorded"};

    for (size_t i = 0; i < PL_COUNT(words); i++)
        if (pl_opt_on(args, words[i]) && !asks_for_coverage(args))
            return pl_fail(err, PL_USAGE, "checks: --%s goes with --coverage or --requirement",
                           words[i]);
    if (asks_for_coverage(args) && pl_arg_count(args))
        return pl_fail(err, PL_USAGE, "checks: --coverage and --requirement take no ids of checks");
    return PL_OK;
}

static pl_rc run(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    const char *framework = pl_opt_value(args, "framework");
    const unsigned columns = pl_cli_style(cli).columns;
    PL_AUTO_BUF pl_buf out = {0};
    const pl_content *c;

    (void)ret_status;
    pl_rc rc = check_words(args, err);
    if (!rc)
        rc = pl_cli_content(cli, &c, err);
    if (rc)
        return rc;
    if (framework && !pl_content_framework(c, pl_str_c(framework)))
        return unknown_framework(c, framework, err);
    if (asks_for_coverage(args))
        rc = print_coverage(cli, args, &out, err);
    else if (pl_arg_count(args))
        rc = print_named(&out, c, args, pl_text_columns(columns), err);
    else if (pl_opt_on(args, "markdown"))
        pl_checks_markdown(c, &out);
    else
        print_checks(&out, c, framework, columns ? columns : PL_TEXT_ALL);
    if (rc)
        return rc;
    if (!pl_buf_ok(&out))
        return pl_fail(err, PL_NOMEM, "checks");
    (void)fwrite(out.p ? out.p : "", 1, out.n, cli->out);
    return PL_OK;
}

static const pl_opt opts[] = {
    {"framework", "ID", "only checks that bear on a requirement of this framework, with their ids",
     false},
    {"coverage", NULL,
     "how many requirements are behind a check that is shown to work, and which not", false},
    {"requirement", "ID", "what containers do to it, what is asked, and which checks bear on it",
     false},
    {"report", "FILE", "a JSON report: what was judged in it read real facts, too", false},
    {"recorded", NULL, "the same of the log's last report", false},
    {"format", "F", "of --coverage and --requirement: text (default) or json", false},
    {"markdown", NULL, "the list with where each fact is read, as docs/checks.md has it", false},
    {0},
};

const pl_verb pl_verb_checks = {
    .name = "checks",
    .operands = "[ID...]",
    .summary = "the controls: id, severity, kind, owner, title; one in full by its id",
    .help = "A requirement is covered (technical) by a check that passed or failed in an "
            "integration test\n"
            "that names it, or in the report that is given: docs/formats/frameworks.md.",
    .examples = "  plimsoll checks CTR-005\n"
                "  plimsoll checks --framework pci_dss_4_0_1\n"
                "  plimsoll checks --requirement 2.2.6 --framework pci_dss_4_0_1\n"
                "  plimsoll checks --coverage                     of each framework a line\n"
                "  plimsoll checks --coverage --framework hipaa   and each of its requirements",
    .opts = opts,
    .run = run,
};
