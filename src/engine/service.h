/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which service a container is one copy of, by its labels and name. This is the subject class:
 * findings of a container that was rebuilt, renamed by its orchestrator or scaled stay the same
 * findings.
 */
#pragma once

#include "core/arena.h"

#include <jansson.h>

typedef struct pl_service {
    pl_str orchestrator; /* "kubernetes", "swarm", "ecs", "nomad", "marathon", "compose"; empty:
                            none */
    pl_str name;         /* "compose:shop/web", "web" */
} pl_service;

/*
 * Where a container belongs, by the names that its orchestrator wrote into its labels. They are
 * claims of whoever started it: anybody who may start a container may write any label. Empty: none.
 */
typedef struct pl_context {
    pl_str pod, space; /* of Kubernetes; space: a namespace, of Nomad's too */
    pl_str task;       /* of ECS (its ARN), Swarm, Nomad, Mesos */
    pl_str cluster;    /* of ECS */
    pl_str stack;      /* of Swarm; project of Compose */
} pl_context;

/* Slices point into labels. */
pl_context pl_context_of(const json_t *labels);

/* labels: an object or NULL. Slices live in the arena or point into labels and name. */
pl_service pl_service_of(pl_arena *a, const json_t *labels, pl_str name);
