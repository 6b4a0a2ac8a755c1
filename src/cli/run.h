/* SPDX-License-Identifier: Apache-2.0 */
/* What audit and scan share: opening a run, its reports, its policy and its exit code. */
#pragma once

#include "audit/audit.h"
#include "cli/outputs.h"
#include "cli/policy.h"
#include "cli/state_dir.h"

/* Rows for a verb's table of options. */
#define PL_POLICY_OPTS                                                                             \
    {"fail-on", "LIST", "exit 1 on findings: a severity, kev, unknown; with commas", false},       \
    {                                                                                              \
        "allow-incomplete", NULL, "with --fail-on: what could not be read does not make exit 3",   \
            false                                                                                  \
    }

#define PL_VEX_OPTS                                                                                \
    {"vex", "FILE", "what a supplier says of vulnerabilities: OpenVEX, CSAF or CycloneDX VEX",     \
     true},                                                                                        \
    {                                                                                              \
        "ignore-file", "FILE", "vulnerabilities that you accept; scan: else .plimsollignore here", \
            false                                                                                  \
    }

#define PL_SECRETS_OPTS                                                                            \
    {"no-secrets", NULL, "do not look for secrets, nor for data of cards and people, in files",    \
     false},                                                                                       \
    {                                                                                              \
        "no-protected", NULL, "do not look for data of cards and people", false                    \
    }

#define PL_MALWARE_OPTS                                                                            \
    {"malware-rules", "LIST", "YARA rules beside the built-in ones: files and folders", false},    \
        {"malware-hashes", "LIST", "lists of hashes of malware: MD5, SHA-1, SHA-256", false},      \
        {"clamd", "ADDRESS", "socket of a running clamd: a path, or 127.0.0.1:PORT", false},       \
    {                                                                                              \
        "no-malware", NULL, "do not look for malware", false                                       \
    }

/* How registries are asked; pl_cli_registry_scope reads them. */
#define PL_REGISTRY_OPTS                                                                           \
    {"auth-file", "FILE", "credentials for registries, as docker login writes them", false},       \
        {"registry-ca", "FILE", "authority of registries beside the system's (PEM)", false},       \
        {"certs-dir", "DIR", "certificates by registry, as /etc/docker/certs.d", false},           \
        {"insecure", "HOSTS", "registries that may be asked over plain HTTP", false},              \
    {                                                                                              \
        "mirror", "HOST=HOST", "asked before the registry", false                                  \
    }

#define PL_SIGNATURE_OPTS                                                                          \
    {                                                                                              \
        "signature-key", "[REPO=]FILE", "public key of image signatures: IMG-005", false           \
    }

pl_registry_scope pl_cli_registry_scope(const struct pl_args *args);

/* With what endpoints are judged; pl_cli_probe_scope reads them. */
#define PL_PROBE_OPTS                                                                              \
    {"ca", "FILE", "authorities of endpoints beside the system's (PEM)", false},                   \
    {                                                                                              \
        "ca-fingerprint", "LIST", "SHA-256 of authorities of your own, with commas", false         \
    }

#define PL_PROBE_TARGET_OPT                                                                        \
    {                                                                                              \
        "probe-target", "LIST", "endpoints of other hosts to be looked at, with commas", false     \
    }

pl_probe_scope pl_cli_probe_scope(const struct pl_args *args);

#define PL_CACHE_OPTS                                                                              \
    {                                                                                              \
        "no-cache", NULL, "read every layer of images, keep nothing of them", false                \
    }

/* Everything that can be refused is refused here, before work is done. */
pl_rc pl_cli_run_open(pl_cli *cli, const struct pl_args *args, const char *verb, pl_run **ret,
                      pl_err *err) PL_MUST_USE;

/* Judges and records, writes the reports (and, for an audit, report.html in the state directory).
 */
pl_rc pl_cli_run_finish(pl_cli *cli, const struct pl_args *args, pl_run *run,
                        pl_report_format otherwise, int *ret_status, pl_err *err) PL_MUST_USE;
