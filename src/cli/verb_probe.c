/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filter.h"
#include "cli/run.h"
#include "cli/state_dir.h"
#include "cli/verbs.h"

static const pl_opt opts[] = {
    {"attack", NULL, "also send harmless attacks: docs/formats/attacks.md lists them", false},
    {"default-credentials", NULL, "with --attack: also try passwords that things come with", false},
    {"engine", "ADDRESS", "engine that has the container; else the usual places", false},
    {"tlscacert", "FILE", "authority of a TCP engine's certificate (PEM)", false},
    {"tlscert", "FILE", "client certificate (PEM)", false},
    {"tlskey", "FILE", "key of the client certificate (PEM)", false},
    PL_PROBE_OPTS,
    PL_OUTPUT_OPTS,
    PL_POLICY_OPTS,
    PL_FILTER_OPTS,
    {0},
};

static pl_rc run(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_RUN pl_run *r = NULL;
    pl_probe_scope scope = pl_cli_probe_scope(args);

    scope.target = pl_arg(args, 0);
    scope.engine = pl_opt_value(args, "engine");
    scope.engine_ca = pl_opt_value(args, "tlscacert");
    scope.engine_cert = pl_opt_value(args, "tlscert");
    scope.engine_key = pl_opt_value(args, "tlskey");
    scope.attack = pl_opt_on(args, "attack");
    scope.credentials = pl_opt_on(args, "default-credentials");
    if (pl_arg_count(args) != 1)
        return pl_fail(err, PL_USAGE, "probe: name one endpoint; see plimsoll probe --help");
    pl_rc rc = pl_cli_run_open(cli, args, "probe", &r, err);
    if (!rc)
        rc = pl_run_probe(r, &scope, err);
    if (!rc)
        rc = pl_cli_run_finish(cli, args, r, PL_REPORT_TABLE, ret_status, err);
    return rc ? rc : pl_run_probe_reached(r, err);
}

const pl_verb pl_verb_probe = {
    .name = "probe",
    .operands = "URL|HOST:PORT|CONTAINER",
    .summary = "what an endpoint shows: TLS versions and ciphers, certificates, headers",
    .help =
        "Connects to the endpoint and says which TLS versions and cipher suites it accepts, which\n"
        "certificates it shows, until when they hold and who stands for them, whether it asks for\n"
        "a client certificate, what it answers in clear, and which headers protect a browser.\n"
        "Redirects are told and never followed; nothing is sent but the requests that\n"
        "docs/rooms/probe.md lists. --attack is for what is yours: it tries whether a marker comes "
        "back\n"
        "as markup, a quote reaches the database, a path leads out, a link leads away.\n"
        "An endpoint that takes no connection is told as not read; when none does, the exit code "
        "is 4.",
    .examples = "  plimsoll probe https://registry.example:5000\n"
                "  plimsoll probe 192.0.2.7:2376 --ca ca.pem --fail-on high\n"
                "  plimsoll probe https://shop.example --format json\n"
                "  plimsoll probe web                  the published ports of container web\n"
                "  plimsoll probe https://shop.example/search --attack --fail-on high",
    .opts = opts,
    .run = run,
};
