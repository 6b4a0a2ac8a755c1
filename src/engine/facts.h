/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about one engine and its containers: from its API, and from the host where it runs here.
 *
 *     pl_engine_tries tries;
 *     pl_engine_client *c;
 *     pl_engine_search s = pl_engine_search_environment(flag);
 *     if (pl_engine_find(&s, a, &tries, &c, err) == PL_OK)
 *         pl_engine_collect(c, &(pl_engine_where){0}, schema, clock, a, &facts, err);
 *
 * What could not be read is unreadable with its reason and gives one line in `problems`, which
 * names the object; the rest goes on. Everything lives in the arena of the caller.
 */
#pragma once

#include "core/clock.h"
#include "engine/client.h"
#include "engine/fields.h"
#include "model/finding.h"

typedef struct pl_engine_where {
    const char *root;   /* directory that stands for / of the engine's host; NULL: "/" */
    pl_str host_key;    /* key of the host subject; may be empty */
    const char *worker; /* kind of worker that reads the JSON; NULL: "engine" */
    pl_str worker_args;
    pl_str worker_bytes; /* reach it in a descriptor; empty: none */
    bool keep_originals; /* of documents that secrets were taken out of */
    const char *origin;  /* what named the endpoint; NULL: "" */
    bool no_probes;      /* leave the engine's TCP listeners alone */
} pl_engine_where;

/*
 * A document as it was read, redacted by the worker. A document with card numbers has no original:
 * these are not stored in any form.
 */
typedef struct pl_engine_document {
    pl_engine_doc kind;
    pl_str id; /* of the container or image; empty: the engine's own */
    pl_str json;
    pl_engine_redaction redaction;
    pl_str original; /* as the engine sent it; empty unless it is asked for and may be kept */
} pl_engine_document;

/* What other rooms need to know about where an engine keeps its things. Empty: not known. */
typedef struct pl_engine_hints {
    bool is_here; /* it runs on this host (or on that below `root`) */
    bool is_rootless;
    bool has_tls;
    bool uses_containerd_store;
    int64_t uid, gid;                   /* of its process */
    int64_t engine_pid, containerd_pid; /* 0: not found */
    pl_str data_root, exec_root, config_file, socket_group, cgroup_version;
    pl_str tls_ca, tls_cert, tls_key;
    pl_str containerd_address, containerd_config; /* of an engine's own containerd as well */
    const pl_str *sockets;                        /* paths of its unix sockets */
    size_t n_sockets;
    const pl_str *runtimes; /* paths or names of its OCI runtimes */
    size_t n_runtimes;
    const pl_str *security_options;
    size_t n_security_options;
    const pl_str *published; /* "tcp 0.0.0.0 8080", ports of running containers */
    size_t n_published;
    const pl_str *clock_containers; /* running containers that hold CAP_SYS_TIME or all */
    size_t n_clock_containers;
    bool knows_containers; /* published and clock_containers are complete */
} pl_engine_hints;

typedef struct pl_engine_facts {
    pl_subject engine;
    pl_subject *containers; /* stopped ones included, in the engine's order */
    size_t n_containers;
    pl_engine_document *documents;
    size_t n_documents;
    const pl_str *problems;     /* "container web (3f2a...): no complete answer within 10000 ms" */
    const char *const *reasons; /* reason code of each: "timeout" */
    size_t n_problems;
    pl_engine_hints hints;
} pl_engine_facts;

/* Fails only when neither /info nor the list of containers could be had, or the arena is full. */
pl_rc pl_engine_collect(pl_engine_client *c, const pl_engine_where *where, const pl_schema *schema,
                        const pl_clock *clock, pl_arena *a, pl_engine_facts *ret,
                        pl_err *err) PL_MUST_USE;
