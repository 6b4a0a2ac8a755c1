/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an orchestrator made a container, as far as can be told. Labels alone say nothing: an
 * image brings its own. The name and the cgroup are given by whoever starts the container, and each
 * orchestrator gives its own kind of name: the kubelet k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT
 * (pkg names of dockershim and cri-dockerd), Swarm SERVICE.SLOT.TASK, ECS
 * ecs-FAMILY-REVISION-CONTAINER-HASH, Nomad TASK-ALLOCATION. Whoever may start containers can forge
 * them all.
 */
#pragma once

#include "core/arena.h"

#include <jansson.h>

/* True for an orchestrator whose containers have no name of their own kind. */
bool pl_is_made_by(pl_str orchestrator, const json_t *labels, pl_str name);

/*
 * "/var/lib/kubelet/pods/UID/" of the pod whose cgroup that is (kubepods of cgroupfs or systemd:
 * "/kubepods/burstable/podUID", "kubepods-besteffort-podUID.slice:..."). Empty: it is none, or the
 * labels name another pod.
 */
pl_str pl_pod_folder(pl_arena *a, const json_t *labels, pl_str cgroup);
