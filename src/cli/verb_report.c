/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filter.h"
#include "cli/outputs.h"
#include "cli/verbs.h"

#include <string.h>
#include <unistd.h>

static const pl_opt opts[] = {
    {"input", "FILE", "a JSON report instead of the log's last one; - for standard input", false},
    {"entry", "INDEX", "the report that stands in this entry of the log", false},
    {"framework", "ID", "only this framework, in the order given", true},
    {"baseline", "LETTER", "of NIST 800-53: the FedRAMP baseline L, M or H", false},
    PL_OUTPUT_OPTS,
    {0},
};

/* ---- what is made of it ---- */

typedef struct document {
    pl_str json;
    pl_report_choice choice;
} document;

static pl_rc render(pl_report_format format, const pl_report_style *style, void *arg, pl_buf *out,
                    pl_err *err)
{
    const document *d = arg;

    return pl_report_render(d->json, &d->choice, format, style, out, err);
}

static pl_rc read_choice(pl_cli *cli, const struct pl_args *args, pl_report_choice *ret,
                         pl_err *err)
{
    const char *baseline = pl_opt_value(args, "baseline");
    size_t n = 0;

    while (pl_opt_nth(args, "framework", n))
        n++;
    pl_str *ids = pl_arena_calloc(cli->arena, n + 1, sizeof(*ids));
    if (!ids)
        return pl_fail(err, PL_NOMEM, "report");
    for (size_t i = 0; i < n; i++)
        ids[i] = pl_str_c(pl_opt_nth(args, "framework", i));
    if (baseline && (strlen(baseline) != 1 || !strchr("LMH", baseline[0])))
        return pl_fail(err, PL_USAGE, "--baseline %s: it is L, M or H", baseline);
    *ret = (pl_report_choice){ids, n, pl_str_c(baseline)};
    return PL_OK;
}

/* A page is for a file or a pipe; a terminal gets the summary. */
static pl_report_format otherwise(const pl_cli *cli, const struct pl_args *args)
{
    bool to_terminal = isatty(fileno(cli->out));

    return to_terminal || pl_opt_on(args, "output") ? PL_REPORT_SUMMARY : PL_REPORT_HTML;
}

static pl_rc run(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_BUF pl_buf json = {.max = PL_REPORT_JSON_MAX};
    const char *input = pl_opt_value(args, "input");
    document d = {0};

    pl_rc rc = pl_outputs_check(args, err);
    if (!rc)
        rc = read_choice(cli, args, &d.choice, err);
    if (!rc)
        rc = input ? pl_cli_read_report(input, &json, err)
                   : pl_cli_log_report(cli, pl_opt_value(args, "entry"), &json, err);
    if (rc)
        return rc;
    d.json = pl_buf_view(&json);
    const pl_output_source source = {.render = render, .arg = &d};
    rc = pl_outputs_render(cli, args, otherwise(cli, args), &source, err);
    if (!rc)
        *ret_status = 0;
    return rc && input ? pl_wrap(err, rc, "%s", input) : rc;
}

const pl_verb pl_verb_report = {
    .name = "report",
    .operands = NULL,
    .summary = "the last audit again, from the evidence, as a page, JSON or text",
    .help = "Renders what an audit found from the record in the evidence log: the same findings, "
            "numbers\n"
            "and hashes, whenever it is made. On a terminal it prints the summary, into a pipe the "
            "page.",
    .examples = "  plimsoll report --output html=report.html\n"
                "  plimsoll report --framework pci_dss_4_0_1 --output html=pci.html\n"
                "  plimsoll report --entry 68 --format json | jq '.findings[] | select(.verdict == "
                "\"fail\")'\n"
                "  plimsoll report --input audit.json --format table",
    .opts = opts,
    .run = run,
};
