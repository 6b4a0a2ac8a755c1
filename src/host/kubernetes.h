/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a node of Kubernetes: what its components' flags lead to. */
#pragma once

#include "host/facts.h"
#include "host/processes.h"

/* Value of a flag of a component; empty: it is not set, or the flags were not read. field: one of
 * PL_F_HOST_KUBE_*_FLAG. */
pl_str pl_kube_flag_of(const pl_host_reading *f, int field, const char *name);

/*
 * The audit policy, the authorities of API server and etcd, and the certificates in the usual
 * folder. After the components were read.
 */
void pl_kube_named_files(pl_host_reading *f);

/* Which components of the control plane run as root, and as whom etcd does. */
void pl_kube_users(pl_host_reading *f, const pl_processes *p);

/*
 * What an audit policy (audit.k8s.io, kind Policy) leaves out of what has to be logged, or logs
 * with the secrets in it. False: it is no such policy.
 */
bool pl_kube_audit_policy(pl_host_reading *f, pl_str text, pl_host_strs *ret_gaps);

/* kubernetes_files.c: owners and modes of the files in usual places. After the flags. */
void pl_kube_files(pl_host_reading *f);
