/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubernetes manifests: Pod, the kinds that hold a pod template, and List. Field names and defaults
 * are those of the core/v1, apps/v1 and batch/v1 API (kubernetes.io/docs/reference).
 *
 * Each container of a pod, also those that initialise it, becomes a draft. What a kubelet decides
 * where nothing is declared (the seccomp profile, the limit of processes, the log driver) is not
 * known.
 */
#pragma once

#include "declared/reading.h"

/* Has apiVersion and kind. */
bool pl_kube_is(const pl_yaml *doc);

/* Kinds without a pod are passed over. *n_read counts those that were read. */
pl_rc pl_kube_read(pl_reading *r, const pl_yaml *doc, pl_err *err) PL_MUST_USE;

/* For who has the objects from an API: where the pod stands in an object of that kind (NULL: there
 * is none), and the containers of such a pod, called OWNER/NAME. r->world is a record of kind
 * engine of the caller's. */
const pl_yaml *pl_kube_pod_of(pl_str kind, const pl_yaml *doc, bool *ret_is_workload);
/* The metadata of the pod of a workload: the object's own for a pod, else the template's; NULL: it
 * has none. */
const pl_yaml *pl_kube_pod_meta(pl_str kind, const pl_yaml *object);

pl_rc pl_kube_read_pod(pl_reading *r, pl_str owner, const pl_yaml *meta, const pl_yaml *pod,
                       pl_err *err) PL_MUST_USE;
