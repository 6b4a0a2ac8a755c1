/* SPDX-License-Identifier: Apache-2.0 */
/* One container of a pod into a draft. */
#pragma once

#include "declared/reading.h"

void pl_kube_container(pl_reading *r, const pl_yaml *pod, const pl_yaml *container, pl_draft *d);

/* kube_lists.c */
void pl_kube_mounts(pl_reading *r, const pl_yaml *pod, const pl_yaml *container, pl_draft *d);
void pl_kube_ports(pl_reading *r, const pl_yaml *pod, const pl_yaml *container, pl_draft *d);
void pl_kube_env(pl_reading *r, const pl_yaml *container, pl_draft *d);
