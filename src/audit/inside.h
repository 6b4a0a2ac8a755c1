/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container has changed in its file system and what runs in it, for troubleshooting windows.
 *
 * The engine is asked (GET /containers/json, /containers/ID/changes, /containers/ID/top); its
 * answers are parsed by a worker of the kind "inside". Names and command lines are the container's
 * own: the caller redacts and escapes them.
 */
#pragma once

#include "core/arena.h"
#include "core/jail.h"
#include "engine/find.h"

typedef struct pl_inside_container {
    pl_str id;       /* 64 digits */
    pl_str name;     /* without the slash */
    pl_str workload; /* Compose "project/service", Swarm's service, "namespace/pod"; or empty */
} pl_inside_container;

typedef struct pl_inside {
    pl_str *written; /* "A /path" added, "C /path" changed, "D /path" deleted; sorted */
    size_t n_written;
    pl_str *executed; /* command lines of processes */
    size_t n_executed;
    const char *written_gap, *executed_gap; /* reason codes; NULL: it was read */
} pl_inside;

/* The engine that an audit with these options would judge. */
pl_rc pl_inside_open(const pl_engine_search *search, pl_arena *a, pl_engine_client **ret,
                     pl_err *err) PL_MUST_USE;

pl_rc pl_inside_list(pl_engine_client *c, pl_arena *a, pl_inside_container **ret, size_t *ret_n,
                     pl_err *err) PL_MUST_USE;

/* What could not be read has a reason. id: 64 hexadecimal digits. */
void pl_inside_look(pl_engine_client *c, const char *id, pl_arena *a, pl_inside *ret);

extern const pl_worker_kind pl_inside_worker; /* "inside" */
