/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run.h"
#include "cli/state_dir.h"
#include "cli/verbs.h"

#include <unistd.h>

static const pl_opt opts[] = {
    {"image", "SELECT", "which image of an archive or store: tag, digest or platform (linux/arm64)",
     false},
    {"store", "DIR", "folder in which an engine keeps its images; the image is read there", false},
    {"engine", "ADDRESS", "engine that has the image; else the usual places", false},
    {"tlscacert", "FILE", "authority of a TCP engine's certificate (PEM)", false},
    {"tlscert", "FILE", "client certificate (PEM)", false},
    {"tlskey", "FILE", "key of the client certificate (PEM)", false},
    PL_ADVISORIES_OPT,
    PL_OUTPUT_OPTS,
    PL_POLICY_OPTS,
    PL_VEX_OPTS,
    {0},
};

static pl_rc run(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_RUN pl_run *r = NULL;
    const pl_scan_scope scope = {
        .target = pl_arg(args, 0),
        .select = pl_opt_value(args, "image"),
        .store = pl_opt_value(args, "store"),
        .stdin_fd = STDIN_FILENO,
        .engine = pl_opt_value(args, "engine"),
        .ca = pl_opt_value(args, "tlscacert"),
        .cert = pl_opt_value(args, "tlscert"),
        .key = pl_opt_value(args, "tlskey"),
    };
    if (pl_arg_count(args) != 1)
        return pl_fail(err, PL_USAGE,
                       "scan: name one image, archive or folder; see plimsoll scan --help");

    pl_rc rc = pl_cli_run_open(cli, args, "scan", &r, err);
    if (!rc)
        rc = pl_run_scan(r, &scope, err);
    return rc ? rc : pl_cli_run_finish(cli, args, r, PL_REPORT_TABLE, ret_status, err);
}

const pl_verb pl_verb_scan = {
    .name = "scan",
    .operands = "IMAGE|FILE|DIR|-",
    .summary = "one image for CI: packages, vulnerabilities, image checks",
    .help = "What is named can be a docker save archive or an OCI layout in a tar (also "
            "compressed, or -\n"
            "for standard input), a folder with an OCI layout or a root file system, a bill of "
            "materials\n"
            "(CycloneDX or SPDX, JSON), the folder in which an engine keeps its images "
            "(/var/lib/docker,\n"
            "/var/lib/containers/storage), the name of an image that the engine has, or "
            "container:NAME for\n"
            "what a container is made of now. A file or folder of that name comes first.\n\n"
            "Examples:\n"
            "  plimsoll scan app.tar --fail-on high,kev\n"
            "  docker save web:1 | plimsoll scan - --format json\n"
            "  plimsoll scan web:1 --output html=web.html\n"
            "  plimsoll scan container:web            its image and what it changed since\n"
            "  plimsoll scan web:1 --store /var/lib/containers/storage        without an engine\n"
            "  plimsoll scan app.tar --state-dir none --advisories /srv/advisories        records "
            "nothing",
    .opts = opts,
    .run = run,
};
