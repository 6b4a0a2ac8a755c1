/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/outputs.h"
#include "cli/state_dir.h"
#include "cli/verbs.h"
#include "core/log.h"

#include "core/io.h"
#include "ledger/reader.h"

#include <errno.h>
#include <fcntl.h>
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

/* ---- where the document comes from ---- */

static pl_rc read_input(const char *path, pl_buf *ret, pl_err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    PL_AUTO_FD int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return pl_fail_sys(err, errno, "%s", path);
    pl_rc rc = pl_read_all(fd, PL_REPORT_JSON_MAX, ret, err);
    return rc ? pl_wrap(err, rc, "%s", path) : PL_OK;
}

static pl_rc find_entry(pl_log *log, const char *given, uint64_t *ret, pl_err *err)
{
    if (!given) {
        pl_rc rc = pl_log_find_last(log, PL_S("report.issued"), UINT64_MAX, ret, err);
        return rc == PL_NOTFOUND
                   ? pl_fail(err, PL_NOTFOUND, "no report yet: run plimsoll audit first")
                   : rc;
    }
    if (!pl_str_u64(pl_str_c(given), ret))
        return pl_fail(err, PL_USAGE, "--entry %s: it is the number of an entry, as in E-%s", given,
                       "0042");
    return PL_OK;
}

static pl_rc read_log(pl_cli *cli, const char *entry, pl_buf *ret, pl_err *err)
{
    PL_AUTO_LOG pl_log *log = NULL;
    const char *state_dir = NULL;
    uint64_t index = 0;

    pl_rc rc = pl_cli_state_dir(cli, &state_dir, err);
    if (rc)
        return rc;
    if (!state_dir)
        return pl_fail(err, PL_USAGE,
                       "report: --state-dir none has no reports; name one with --input");
    rc = pl_log_open_state(state_dir, &log, err);
    if (rc == PL_NOTFOUND)
        return pl_fail(err, rc,
                       "no audit is recorded in %s yet: run plimsoll audit first, or name another "
                       "place with --state-dir",
                       state_dir);
    if (!rc)
        rc = find_entry(log, entry, &index, err);
    if (!rc)
        rc = pl_log_blob(log, index, PL_S("report"), ret, err);
    if (rc)
        return pl_wrap(err, rc, "evidence log below %s", state_dir);
    pl_log_say(PL_LOG_INFO, "report.found", "report: entry %llu of %s", (unsigned long long)index,
               pl_log_origin(log));
    return PL_OK;
}

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
        rc = input ? read_input(input, &json, err)
                   : read_log(cli, pl_opt_value(args, "entry"), &json, err);
    if (rc)
        return rc;
    d.json = pl_buf_view(&json);
    const pl_output_source source = {render, &d};
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
            "page.\n\n"
            "Examples:\n"
            "  plimsoll report --output html=report.html\n"
            "  plimsoll report --framework pci_dss_4_0_1 --output html=pci.html\n"
            "  plimsoll report --entry 68 --format json | jq '.findings[] | select(.verdict == "
            "\"fail\")'\n"
            "  plimsoll report --input audit.json --format table",
    .opts = opts,
    .run = run,
};
