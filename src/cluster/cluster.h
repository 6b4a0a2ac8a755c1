/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about one Kubernetes cluster, through its API, and the containers that run in it.
 *
 * Every list is asked for page by page; what one page costs and how long it may take is limited. A
 * list that we may not read, that never ends or that is no list is a gap, and the rest goes on:
 * where something may be missing stands an element that is unreadable throughout, so no check
 * passes by what was not seen. A call fails only when the API server cannot be reached at all or
 * does not know us.
 */
#pragma once

#include "cluster/access.h"
#include "cluster/kinds.h"
#include "core/clock.h"
#include "model/finding.h"

typedef struct pl_cluster_gap {
    pl_str what;        /* "deployments of cluster prod" */
    const char *reason; /* reason code */
    pl_str detail;
    const char *kinds; /* of which there may be more, or NULL */
} pl_cluster_gap;

typedef struct pl_cluster_facts {
    pl_subject cluster;
    pl_subject *containers;
    size_t n_containers, room_containers;
    pl_str *documents; /* redacted, of each container, in the shape of an engine's inspect */
    pl_cluster_gap *gaps;
    size_t n_gaps, room_gaps;
    const char *sandbox; /* of the client: "full", or what it could not give up */
} pl_cluster_facts;

typedef struct pl_cluster_where {
    const pl_cluster_access *access;
    const char *worker; /* kind of worker that reads pages: calls pl_cluster_work */
    pl_str redact_key;
    pl_str worker_bytes; /* reach the worker in descriptor PL_ENGINE_HOOK_FD */

} pl_cluster_where;

/* Everything returned lives in the arena. PL_DENIED: the credentials are none. */
pl_rc pl_cluster_collect(const pl_cluster_where *where, const pl_schema *schema,
                         const pl_clock *clock, pl_arena *a, pl_cluster_facts *ret,
                         pl_err *err) PL_MUST_USE;
