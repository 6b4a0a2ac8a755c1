/* SPDX-License-Identifier: Apache-2.0 */
/* `file` records: owner, mode and access list of one path, judged by nobody yet. */
#pragma once

#include "host/facts.h"

/* What a file is for, and the mode bits that it may have. */
typedef enum pl_file_role {
    PL_ROLE_UNIT_SERVICE,
    PL_ROLE_UNIT_SOCKET,
    PL_ROLE_CONFIG_DIR,
    PL_ROLE_REGISTRY_CERT,
    PL_ROLE_REGISTRY_KEY,
    PL_ROLE_TLS_CA,
    PL_ROLE_TLS_CERT,
    PL_ROLE_TLS_KEY,
    PL_ROLE_ENGINE_SOCKET,
    PL_ROLE_CONFIG_FILE,
    PL_ROLE_DEFAULTS_FILE,
    PL_ROLE_SYSCONFIG_FILE,
    PL_ROLE_CONTAINERD_SOCKET,
    PL_ROLE_CONTAINERD_CONFIG,
    PL_ROLE_DATA_ROOT,
    PL_ROLE_DATA_ROOT_CHILD,
    PL_ROLE_CONTAINERD_ROOT,
    PL_ROLE_TIME_CONFIG,
    PL_ROLE_LOG_DIR,
    PL_ROLE_JOURNAL,
    PL_ROLE_AUDIT_LOG,
    PL_ROLE_CONTAINER_LOG,
    PL_ROLE_LEDGER_DIR,
    PL_ROLE_KEY_DIR,
    PL_ROLE_KEY_FILE,
    PL_ROLE_KUBE_MANIFEST,
    PL_ROLE_KUBE_CNI,
    PL_ROLE_KUBE_CONFIG,
    PL_ROLE_KUBE_PKI_KEY,
    PL_ROLE_KUBE_PKI_CERT,
    PL_ROLE_KUBE_PKI_DIR,
    PL_ROLE_KUBELET_CONFIG,
    PL_ROLE_CREDENTIAL,
    PL_ROLE_KUBE_ETCD_DATA,
} pl_file_role;

const char *pl_file_role_name(pl_file_role role);

/*
 * Adds a record for the path when something is there, or when nobody can tell. Returns it, or NULL
 * when nothing is there or the path was not gathered yet.
 */
pl_record *pl_file_add(pl_host_reading *f, pl_host_recs *list, pl_file_role role, pl_str path);

/* Adds a record that says why nothing is known about the files of this role. */
void pl_file_add_unknown(pl_host_recs *list, pl_file_role role, pl_str path, const char *reason);
