/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filter.h"
#include "cli/run.h"
#include "cli/state_dir.h"
#include "cli/verbs.h"

#include <unistd.h>

static const pl_opt opts[] = {
    {"image", "SELECT", "which image of an archive or store: tag, digest or platform (linux/arm64)",
     false},
    {"target", "STAGE",
     "stage of a Dockerfile whose image is meant, by name or number; else the last", false},
    {"store", "DIR", "folder in which an engine keeps its images; the image is read there", false},
    {"registry", NULL, "ask the registry of a name that no file and no engine has", false},
    {"all-tags", NULL, "every tag of a repository in its registry", false},
    {"at-once", "N", "images of a registry that are read at the same time (2)", false},
    {"platform", "OS/ARCH", "of an image for several platforms; else this machine's", false},
    PL_REGISTRY_OPTS,
    PL_SIGNATURE_OPTS,
    {"engine", "ADDRESS", "engine that has the image; else the usual places", false},
    {"tlscacert", "FILE", "authority of a TCP engine's certificate (PEM)", false},
    {"tlscert", "FILE", "client certificate (PEM)", false},
    {"tlskey", "FILE", "key of the client certificate (PEM)", false},
    {"vendors", "FILE", "vendors and agreements: what containers may point to", false},
    PL_ADVISORIES_OPT,
    PL_OUTPUT_OPTS,
    PL_POLICY_OPTS,
    PL_FILTER_OPTS,
    PL_VEX_OPTS,
    PL_SECRETS_OPTS,
    PL_MALWARE_OPTS,
    PL_CACHE_OPTS,
    {0},
};

static pl_rc run(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_RUN pl_run *r = NULL;
    pl_scan_scope scope = {
        .target = pl_arg(args, 0),
        .select = pl_opt_value(args, "image"),
        .store = pl_opt_value(args, "store"),
        .stage = pl_opt_value(args, "target"),
        .registry = pl_cli_registry_scope(args),
        .stdin_fd = STDIN_FILENO,
        .engine = pl_opt_value(args, "engine"),
        .ca = pl_opt_value(args, "tlscacert"),
        .cert = pl_opt_value(args, "tlscert"),
        .key = pl_opt_value(args, "tlskey"),
    };
    scope.registry.at_once = pl_opt_value(args, "at-once");
    scope.registry.all_tags = pl_opt_on(args, "all-tags");
    scope.registry.as_last = pl_opt_on(args, "registry");
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
    .operands = "IMAGE|FILE|DIR|-|registry://HOST",
    .summary = "one image for CI: packages, vulnerabilities, image checks",
    .help =
        "What is named can be a docker save archive or an OCI layout in a tar (also compressed, or "
        "-\n"
        "for standard input), a folder with an OCI layout or a root file system, a bill of "
        "materials\n"
        "(CycloneDX or SPDX, JSON), the folder in which an engine keeps its images "
        "(/var/lib/docker,\n"
        "/var/lib/containers/storage), or the name of an image that an engine or a registry "
        "has.\n\n"
        "Which of them is meant:\n"
        "  file:PATH                      a file or folder\n"
        "  engine:NAME                    an image that Docker or Podman has\n"
        "  container:NAME                 what a container is made of now\n"
        "  declared:FILE                  containers that a Compose file, a Kubernetes manifest, a "
        "task of\n"
        "                                 ECS or an app of Marathon declares, or docker run lines "
        "of a\n"
        "                                 script make; needless where its name ends in .yaml, .yml "
        "or .sh,\n"
        "                                 or .json and it is one; a Dockerfile or "
        "Containerfile:\n"
        "                                 the image that it builds\n"
        "                                 daemon.json and docker.service, or a folder with both "
        "(/, /etc):\n"
        "                                 the engine that they start\n"
        "  run:LINE                       the container that a docker run or docker create line "
        "makes\n"
        "  registry:[HOST/]NAME[:TAG]     an image in its registry, without an engine\n"
        "  registry://HOST[:PORT]         all images that the registry's catalog lists\n"
        "  NAME                           a file or folder of that name; else the engine's image;\n"
        "                                 with --registry else the registry's. No registry is "
        "asked otherwise\n\n"
        "Registries are asked through HTTPS_PROXY or HTTP_PROXY, but for those in NO_PROXY.",
    .examples =
        "  plimsoll scan app.tar --fail-on high,kev\n"
        "  docker save web:1 | plimsoll scan - --format json\n"
        "  plimsoll scan web:1 --output html=web.html\n"
        "  plimsoll scan compose.yaml --fail-on high      before it runs\n"
        "  plimsoll scan Dockerfile --target release      before it is built\n"
        "  plimsoll scan 'run:docker run -p 80:80 web:1'\n"
        "  helm template shop | plimsoll scan declared:- --format sarif\n"
        "  plimsoll scan container:web            its image and what it changed since\n"
        "  plimsoll scan web:1 --store /var/lib/containers/storage        without an engine\n"
        "  plimsoll scan registry:registry.example:5000/team/app:2 --platform linux/arm64\n"
        "  plimsoll scan registry:registry.example:5000/team/app --all-tags\n"
        "  plimsoll scan web:1 --fail-on high --only-owner app --ignore-unfixed --new-since last\n"
        "  plimsoll scan app.tar --state-dir none --advisories /srv/advisories        records "
        "nothing",
    .opts = opts,
    .run = run,
};
