/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filter.h"
#include "cli/run.h"
#include "cli/state_dir.h"
#include "cli/verbs.h"

static const pl_opt opts[] = {
    {"engine", "ADDRESS",
     "unix:///PATH or tcp://HOST:PORT; else the usual places are tried in turn", false},
    {"tlscacert", "FILE", "authority of a TCP engine's certificate (PEM)", false},
    {"tlscert", "FILE", "client certificate (PEM)", false},
    {"tlskey", "FILE", "key of the client certificate (PEM)", false},
    {"kubernetes", NULL, "judge a Kubernetes cluster through its API as well", false},
    {"kubeconfig", "FILE",
     "of that cluster; else KUBECONFIG, ~/.kube/config, the pod's own account", false},
    {"context", "NAME", "which context of the kubeconfig; else its current one", false},
    {"root", "DIR", "judge the host whose / is this folder, without an engine", false},
    {"no-engine", NULL, "judge the host alone", false},
    {"no-images", NULL, "do not read the files of images", false},
    {"no-probes", NULL,
     "connect to no endpoint: neither the engine's nor other APIs' nor published ports", false},
    PL_PROBE_OPTS,
    PL_PROBE_TARGET_OPT,
    {"keep-originals", NULL, "record what was redacted as it came, too: encrypted", false},
    PL_REGISTRY_OPTS,
    PL_SIGNATURE_OPTS,
    {"vendors", "FILE", "vendors and agreements: what containers may point to", false},
    {"decisions", "DIR", "design decisions: shown beside the requirements that they name", false},
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
    const pl_audit_scope scope = {
        .engine = pl_opt_value(args, "engine"),
        .ca = pl_opt_value(args, "tlscacert"),
        .cert = pl_opt_value(args, "tlscert"),
        .key = pl_opt_value(args, "tlskey"),
        .root = pl_opt_value(args, "root"),
        .no_engine = pl_opt_on(args, "no-engine") || pl_opt_on(args, "root"),
        .no_images = pl_opt_on(args, "no-images"),
        .no_probes = pl_opt_on(args, "no-probes"),
        .probe = pl_cli_probe_scope(args),
        .has_cluster = pl_opt_on(args, "kubernetes") || pl_opt_value(args, "kubeconfig") ||
                       pl_opt_value(args, "context"),
        .kubeconfig = pl_opt_value(args, "kubeconfig"),
        .context = pl_opt_value(args, "context"),
        .keep_originals = pl_opt_on(args, "keep-originals"),
        .registry = pl_cli_registry_scope(args),
    };
    pl_rc rc = pl_cli_run_open(cli, args, "audit", &r, err);
    if (!rc)
        rc = pl_run_audit(r, &scope, err);
    return rc ? rc : pl_cli_run_finish(cli, args, r, PL_REPORT_SUMMARY, ret_status, err);
}

const pl_verb pl_verb_audit = {
    .name = "audit",
    .summary = "judge this host, its engine, images and containers; write the report",
    .help =
        "Reads the host, its Docker or Podman engine and what runs there, judges everything, "
        "records\n"
        "the evidence in the log below the state directory and writes report.html beside it.\n"
        "Root sees everything; without root what cannot be read is unknown, never a pass.\n\n"
        "The engine is looked for in this order: --engine, DOCKER_HOST, the docker context,\n"
        "/run/docker.sock, the rootless socket, Podman's sockets. Without one the host is "
        "judged.\n\n"
        "--kubernetes asks an API server, too: its objects are read and nothing is changed. Which\n"
        "rights that needs stands in docs/rooms/cluster.md.",
    .examples =
        "  sudo plimsoll audit\n"
        "  sudo plimsoll audit --output html=/srv/reports/today.html --output json=today.json\n"
        "  plimsoll audit --engine tcp://10.0.0.5:2376 --tlscacert ca.pem --tlscert cert.pem "
        "--tlskey key.pem\n"
        "  plimsoll audit --no-engine --kubeconfig prod.yaml --context auditor\n"
        "  sudo plimsoll audit --fail-on high,kev        exit code 1 when something is that bad",
    .opts = opts,
    .run = run,
};
