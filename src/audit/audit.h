/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collect, judge, record: what `plimsoll audit` and `plimsoll scan` are, without a face.
 *
 *     pl_run *run;
 *     rc = pl_run_open(&options, arena, &run, err);     state, log, advisories
 *     rc = pl_run_audit(run, &what, err);               or pl_run_scan
 *     rc = pl_run_finish(run, &assessment, err);        verdicts in the log, checkpoint
 *     ...  pl_run_issue(run, json, err); pl_run_close(run);
 *
 * What could not be read becomes a gap and unknown verdicts; a run fails only when its state
 * cannot be kept or nothing at all could be judged. Everything that the assessment points to lives
 * in the arena. One thread.
 */
#pragma once

#include "core/clock.h"
#include "core/log.h"
#include "model/assessment.h"
#include "rules/judge.h"

typedef struct pl_run pl_run;

/* Who says that a vulnerability does not count, and why. */
typedef struct pl_vex_sources {
    const char *const *files; /* VEX documents */
    size_t n_files;
    const char *ignore_file;   /* NULL: none */
    bool ignore_file_is_usual; /* it need not be there */
} pl_vex_sources;

/* What malware is looked for with, beside the rules of the content. */
typedef struct pl_malware_options {
    bool is_off;
    const char *const *rules; /* files and folders of YARA rules */
    size_t n_rules;
    const char *const *hashes; /* lists of hashes */
    size_t n_hashes;
    const char *clamd; /* socket of a running clamd; NULL: none */
} pl_malware_options;

/* Results of layers between runs (audit/layer_cache.h); none without a state directory. */
typedef struct pl_cache_options {
    bool is_off;
    uint64_t max_bytes; /* 0: PL_CACHE_BYTES */
} pl_cache_options;

typedef struct pl_run_options {
    const char *verb;           /* "audit", "scan", "probe" */
    const char *state_dir;      /* NULL: nothing is recorded */
    const char *advisories_dir; /* NULL: none */
    bool must_have_advisories;  /* a folder without any is PL_USAGE */
    const char *tool_version;
    const pl_schema *schema;
    const pl_content *content;
    const pl_content_file *content_files; /* that it was loaded from; NULL: the built-in ones */
    pl_rules *rules; /* those about the kinds that are met are compiled when they are judged by */
    const pl_clock *clock;
    pl_vex_sources vex;
    const char *decisions; /* folder with design decisions; NULL: none */
    const char *vendors;   /* file with vendors and agreements; NULL: none */
    bool no_secrets;       /* no file is searched for secrets, nor for data of cards and people */
    bool no_protected;     /* nor for the latter alone */
    pl_malware_options malware;
    pl_cache_options cache;
    const char *signature_keys; /* words: [HOST[/PATH]=]FILE (registry/signature_key.h); or NULL */
    /* Progress and what took how long; pl_log_fields, or NULL. */
    void (*log)(pl_log_level level, const char *event, const pl_log_field *fields, size_t n);
    void (*progress)(pl_str text); /* as pl_log_progress; NULL: nobody looks */
} pl_run_options;

pl_rc pl_run_open(const pl_run_options *o, pl_arena *a, pl_run **ret, pl_err *err) PL_MUST_USE;

/* Frees the run, without a checkpoint if it was not finished. Accepts NULL. */
void pl_run_close(pl_run *run);

/* How registries are asked; lists are words with commas. NULL: none, or the usual. */
typedef struct pl_registry_scope {
    const char *platform;  /* "linux/arm64"; NULL: this machine's */
    const char *ca;        /* PEM file */
    const char *certs_dir; /* with HOST[:PORT]/ below; NULL: those of Docker and Podman */
    const char *auth_file;
    const char *insecure; /* hosts that may be asked over plain HTTP */
    const char *mirrors;  /* HOST=MIRROR */
    const char *at_once;  /* images read at the same time; NULL: 2 */
    bool all_tags;
    bool as_last; /* ask the registry of a bare name that no file and no engine has */
} pl_registry_scope;

/* With what endpoints are judged; lists are words with commas. NULL: none. */
typedef struct pl_probe_scope {
    const char *target; /* URL, HOST:PORT or container; of pl_run_probe alone */
    const char *engine; /* that has the container; NULL: the usual places */
    const char *engine_ca, *engine_cert, *engine_key;
    bool attack;              /* harmless requests as well; of pl_run_probe alone */
    bool credentials;         /* among them those with default credentials */
    const char *ca;           /* PEM file, beside the system's authorities */
    const char *fingerprints; /* SHA-256 of authorities of your own */
    const char *targets;      /* what an audit looks at beside this host's own endpoints */
} pl_probe_scope;

/* Probes one endpoint, or the published ports of a container. */
pl_rc pl_run_probe(pl_run *run, const pl_probe_scope *scope, pl_err *err) PL_MUST_USE;

/* After it: PL_NET when none of them took a connection, with what to do next. */
pl_rc pl_run_probe_reached(const pl_run *run, pl_err *err) PL_MUST_USE;

typedef struct pl_audit_scope {
    const char *engine;          /* address; NULL: the search of engine/find.h */
    const char *ca, *cert, *key; /* PEM files for a TCP engine */
    const char *root;            /* directory that stands for / of the host; NULL: "/" */
    bool no_engine;              /* judge the host alone */
    bool no_images;              /* do not read image files */
    bool no_probes;              /* connect to no endpoint */
    bool has_cluster;            /* judge a Kubernetes cluster through its API as well */
    const char *kubeconfig;      /* NULL: the usual places (cluster/access.h) */
    const char *context;         /* NULL: the current one */
    bool keep_originals;        /* record documents also as they were before redaction, encrypted */
    pl_registry_scope registry; /* for signatures of images */
    pl_probe_scope probe;
} pl_audit_scope;

pl_rc pl_run_audit(pl_run *run, const pl_audit_scope *scope, pl_err *err) PL_MUST_USE;

typedef struct pl_scan_scope {
    const char *target; /* see docs/rooms/registry.md for which source it means */
    pl_registry_scope registry;
    const char *select; /* which image of an archive or store: tag, digest or platform; NULL: the
                         * first, or the only one */
    const char *store;  /* folder in which an engine keeps its images; NULL: the engine says it */
    const char *stage;  /* of a Dockerfile; NULL: the last */
    int stdin_fd;       /* for "-" */
    const char *engine; /* as above */
    const char *ca, *cert, *key;
} pl_scan_scope;

pl_rc pl_run_scan(pl_run *run, const pl_scan_scope *scope, pl_err *err) PL_MUST_USE;

/* Judges all subjects, records verdicts and evidence, signs a checkpoint, fills the assessment. */
pl_rc pl_run_finish(pl_run *run, pl_assessment *ret, pl_err *err) PL_MUST_USE;

/* Records the report as it was issued. */
pl_rc pl_run_issue(pl_run *run, pl_str json, pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_run_, pl_run *, pl_run_close, NULL)
#define PL_AUTO_RUN PL_CLEANUP(pl_auto_run_)
