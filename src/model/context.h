/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Context: where a subject belongs, in words by which people group: host, engine, container, image
 * and what an orchestrator calls it. They are labels, no identities, and those of the orchestrator
 * are claims of whoever set them. Everything that is recorded or reported of a subject carries
 * them.
 *
 * Slices are borrowed from the subject's records, or from the document that was read. Empty: not
 * known, or there is none. Any thread.
 */
#pragma once

#include "core/str.h"

/* X(member, what it is) */
#define PL_CONTEXT_LIST(X)                                                                         \
    X(host, "name of the host; of an engine elsewhere, what it says of itself")                    \
    X(engine, "address of the engine")                                                             \
    X(engine_id, "id that the engine gives itself")                                                \
    X(container, "name of the container")                                                          \
    X(container_id, "its whole id")                                                                \
    X(image, "reference of the image")                                                             \
    X(image_id, "digest of its configuration")                                                     \
    X(image_digest, "digest of its manifest, where a registry has one")                            \
    X(stack, "stack of Swarm or project of Compose")                                               \
    X(service, "workload, project/service, or name without replica suffix")                        \
    X(namespace, "namespace of Kubernetes or Nomad")                                               \
    X(pod, "pod")                                                                                  \
    X(task, "task of ECS, Swarm, Nomad or Mesos")                                                  \
    X(cluster, "cluster")

typedef struct pl_subject_context {
#define X(member, help) pl_str member;
    PL_CONTEXT_LIST(X)
#undef X
} pl_subject_context;

enum { PL_CONTEXT_MEMBERS = sizeof(pl_subject_context) / sizeof(pl_str) };

extern const char *const pl_subject_context_words[PL_CONTEXT_MEMBERS]; /* "host", "engine", ... */

/* The member of that number. */
pl_str pl_subject_context_get(const pl_subject_context *c, size_t i);

/* Of a subject with a record. What it lacks comes from the subject that it is of. */
struct pl_subject;
void pl_subject_context_of(const struct pl_subject *s, pl_subject_context *ret);
