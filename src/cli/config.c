/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config.h"

#include "cli/args.h"

#include <unistd.h>

/* docs/formats/configuration.md has a row for each. */
const pl_conf_key pl_cli_conf_keys[] = {
    {"state_dir", PL_CONF_STR, "state-dir", NULL,
     "where log, advisories and state lie; none records nothing"},
    {"content.dir", PL_CONF_STR, "content", NULL,
     "folder with checks, frameworks, profiles of your own, read over ours"},
    {"profile", PL_CONF_STR, "profile", NULL,
     "requirements in scope, with values of parameters: pci-cde, hipaa-ba, ..."},
    {"quiet", PL_CONF_BOOL, "quiet", "false", "say nothing but answers and errors"},
    {"log.format", PL_CONF_STR, "log-format", "plain",
     "lines on standard error: plain, text, json"},
    {"log.level", PL_CONF_STR, "log-level", "info",
     "the least that is told: error, warn, info, debug"},
    {"engine.address", PL_CONF_STR, "engine", NULL, "unix:///PATH or tcp://HOST:PORT"},
    {"engine.tls_ca", PL_CONF_STR, "tlscacert", NULL, "authority of the engine's certificate"},
    {"engine.tls_cert", PL_CONF_STR, "tlscert", NULL, "client certificate"},
    {"engine.tls_key", PL_CONF_STR, "tlskey", NULL, "file with the client certificate's key"},
    {"audit.no_images", PL_CONF_BOOL, "no-images", "false", "do not read the files of images"},
    {"audit.no_probes", PL_CONF_BOOL, "no-probes", "false", "connect to no endpoint"},
    {"probe.ca", PL_CONF_STR, "ca", NULL, "authorities of endpoints beside the system's (PEM)"},
    {"probe.ca_fingerprints", PL_CONF_WORDS, "ca-fingerprint", NULL,
     "SHA-256 of authorities of your own, with commas"},
    {"probe.targets", PL_CONF_WORDS, "probe-target", NULL,
     "endpoints of other hosts that audit looks at, with commas"},
    {"cache.off", PL_CONF_BOOL, "no-cache", "false", "read every layer, keep no results of layers"},
    {"cache.max_bytes", PL_CONF_STR, "max-bytes", "1G",
     "all results of layers together: bytes, or a number with K, M, G"},
    {"secrets.off", PL_CONF_BOOL, "no-secrets", "false",
     "do not look for secrets, nor for data of cards and people, in files"},
    {"protected.off", PL_CONF_BOOL, "no-protected", "false",
     "do not look for data of cards and people"},
    {"malware.off", PL_CONF_BOOL, "no-malware", "false", "do not look for malware"},
    {"malware.rules", PL_CONF_WORDS, "malware-rules", NULL,
     "YARA rules beside the built-in ones: files and folders, with commas"},
    {"malware.hashes", PL_CONF_WORDS, "malware-hashes", NULL,
     "lists of hashes of malware, with commas"},
    {"malware.clamd", PL_CONF_STR, "clamd", NULL,
     "socket of a running clamd: a path, or 127.0.0.1:PORT"},
    {"evidence.keep_originals", PL_CONF_BOOL, "keep-originals", "false",
     "record what was redacted as it came, too: encrypted"},
    {"registry.auth_file", PL_CONF_STR, "auth-file", NULL,
     "credentials for registries, as docker login writes them"},
    {"registry.ca", PL_CONF_STR, "registry-ca", NULL,
     "authority of registries beside the system's"},
    {"registry.certs_dir", PL_CONF_STR, "certs-dir", NULL, "certificates by registry"},
    {"registry.insecure", PL_CONF_WORDS, "insecure", NULL,
     "registries that may be asked over plain HTTP"},
    {"registry.mirrors", PL_CONF_WORDS, "mirror", NULL, "HOST=MIRROR: asked before the registry"},
    {"registry.at_once", PL_CONF_STR, "at-once", "2",
     "images of a registry that are read at the same time"},
    {"signatures.keys", PL_CONF_WORDS, "signature-key", NULL,
     "[HOST[/PATH]=]FILE: public keys of image signatures"},
    {"fail_on", PL_CONF_WORDS, "fail-on", NULL, "a severity, kev, unknown: exit 1 on findings"},
    {"allow_incomplete", PL_CONF_BOOL, "allow-incomplete", "false",
     "what could not be read does not make exit 3"},
    {"fedramp.class", PL_CONF_STR, "class", "c", "of the offering: a, b, c or d"},
    {"fedramp.likely", PL_CONF_STR, "likely", "10", "percent of EPSS that count as likely"},
    {"fedramp.impact_of", PL_CONF_WORDS, "impact-of", NULL,
     "impact by severity: critical=N4, high=N3"},
    {"decisions", PL_CONF_STR, "decisions", NULL, "folder with design decisions"},
    {"vendors", PL_CONF_STR, "vendors", NULL, "file with vendors and agreements"},
    {"advisories", PL_CONF_STR, "advisories", NULL, "folder with the advisories"},
    {"db.source", PL_CONF_STR, "source", NULL, "where advisories are imported from"},
    {"db.ecosystems", PL_CONF_WORDS, "ecosystems", NULL,
     "which of them, with commas: Debian:12,PyPI"},
    {"policy", PL_CONF_FREE, NULL, NULL, "parameters of the checks"},
    {0},
};

pl_rc pl_cli_configure(pl_cli *cli, struct pl_args *args, pl_err *err)
{
    const pl_conf_source from = {.file = pl_opt_value(args, "config"),
                                 .dir = pl_conf_usual_dir(cli->arena),
                                 .environ = environ,
                                 .is_strict_about_owner = geteuid() == 0};
    pl_conf *conf = NULL;
    pl_rc rc = pl_conf_load(pl_cli_conf_keys, &from, cli->arena, &conf, err);

    if (rc)
        return pl_wrap(err, rc, "configuration");
    pl_args_use_conf(args, conf, cli->arena);
    cli->conf = conf;
    return PL_OK;
}
