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
    pl_str orchestrator; /* "kubernetes", "swarm", "ecs", "nomad", "compose"; empty: none */
    pl_str name;         /* "compose:shop/web", "web" */
} pl_service;

/* labels: an object or NULL. Slices live in the arena or point into labels and name. */
pl_service pl_service_of(pl_arena *a, const json_t *labels, pl_str name);
