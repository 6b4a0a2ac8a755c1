/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filter.h"
#include "cli/run.h"
#include "cli/state_dir.h"
#include "cli/verbs.h"

static const pl_opt opts[] = {
    PL_PROBE_OPTS, PL_OUTPUT_OPTS, PL_POLICY_OPTS, PL_FILTER_OPTS, {0},
};

static pl_rc run(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_RUN pl_run *r = NULL;
    pl_probe_scope scope = pl_cli_probe_scope(args);

    scope.target = pl_arg(args, 0);
    if (pl_arg_count(args) != 1)
        return pl_fail(err, PL_USAGE, "probe: name one endpoint; see plimsoll probe --help");
    pl_rc rc = pl_cli_run_open(cli, args, "probe", &r, err);
    if (!rc)
        rc = pl_run_probe(r, &scope, err);
    return rc ? rc : pl_cli_run_finish(cli, args, r, PL_REPORT_TABLE, ret_status, err);
}

const pl_verb pl_verb_probe = {
    .name = "probe",
    .operands = "URL|HOST:PORT",
    .summary = "what an endpoint shows: TLS versions and ciphers, certificates, headers",
    .help =
        "Connects to the endpoint and says which TLS versions and cipher suites it accepts, which\n"
        "certificates it shows, until when they hold and who stands for them, whether it asks for\n"
        "a client certificate, what it answers in clear, and which headers protect a browser.\n"
        "Redirects are told and never followed; nothing is sent but the requests that\n"
        "docs/rooms/probe.md lists.\n\n"
        "Examples:\n"
        "  plimsoll probe https://registry.example:5000\n"
        "  plimsoll probe 192.0.2.7:2376 --ca ca.pem --fail-on high\n"
        "  plimsoll probe https://shop.example --format json",
    .opts = opts,
    .run = run,
};
