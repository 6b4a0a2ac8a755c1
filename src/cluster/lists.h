/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of an API server: everything here is GET. Secrets are asked for by type and as
 * metadata alone, so that no secret's bytes ever reach us. nodes/proxy is not in the table: whoever
 * may GET it may run commands in every container (docs/rooms/cluster.md).
 */
#pragma once

#include "core/str.h"

/* X(symbol, path, what it is called in messages, kind of its objects, metadata alone, one object
 * instead of a list, the server need not have it) */
#define PL_CLUSTER_LISTS(X)                                                                        \
    X(VERSION, "/version", "version", "Info", false, true, false)                                  \
    X(NAMESPACES, "/api/v1/namespaces", "namespaces", "Namespace", false, false, false)            \
    X(NODES, "/api/v1/nodes", "nodes", "Node", false, false, false)                                \
    X(PODS, "/api/v1/pods", "pods", "Pod", false, false, false)                                    \
    X(SERVICE_ACCOUNTS, "/api/v1/serviceaccounts", "service accounts", "ServiceAccount", false,    \
      false, false)                                                                                \
    X(SERVICES, "/api/v1/services", "services", "Service", false, false, false)                    \
    X(TOKEN_SECRETS, "/api/v1/secrets?fieldSelector=type%3Dkubernetes.io%2Fservice-account-token", \
      "secrets of service account tokens", "PartialObjectMetadata", true, false, false)            \
    X(REPLICATION_CONTROLLERS, "/api/v1/replicationcontrollers", "replication controllers",        \
      "ReplicationController", false, false, false)                                                \
    X(DEPLOYMENTS, "/apis/apps/v1/deployments", "deployments", "Deployment", false, false, false)  \
    X(REPLICA_SETS, "/apis/apps/v1/replicasets", "replica sets", "ReplicaSet", false, false,       \
      false)                                                                                       \
    X(STATEFUL_SETS, "/apis/apps/v1/statefulsets", "stateful sets", "StatefulSet", false, false,   \
      false)                                                                                       \
    X(DAEMON_SETS, "/apis/apps/v1/daemonsets", "daemon sets", "DaemonSet", false, false, false)    \
    X(JOBS, "/apis/batch/v1/jobs", "jobs", "Job", false, false, false)                             \
    X(CRON_JOBS, "/apis/batch/v1/cronjobs", "cron jobs", "CronJob", false, false, false)           \
    X(ROLES, "/apis/rbac.authorization.k8s.io/v1/roles", "roles", "Role", false, false, false)     \
    X(CLUSTER_ROLES, "/apis/rbac.authorization.k8s.io/v1/clusterroles", "cluster roles",           \
      "ClusterRole", false, false, false)                                                          \
    X(ROLE_BINDINGS, "/apis/rbac.authorization.k8s.io/v1/rolebindings", "role bindings",           \
      "RoleBinding", false, false, false)                                                          \
    X(CLUSTER_ROLE_BINDINGS, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",             \
      "cluster role bindings", "ClusterRoleBinding", false, false, false)                          \
    X(NETWORK_POLICIES, "/apis/networking.k8s.io/v1/networkpolicies", "network policies",          \
      "NetworkPolicy", false, false, false)                                                        \
    X(INGRESSES, "/apis/networking.k8s.io/v1/ingresses", "ingresses", "Ingress", false, false,     \
      false)                                                                                       \
    X(VALIDATING_WEBHOOKS,                                                                         \
      "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",                     \
      "validating webhooks", "ValidatingWebhookConfiguration", false, false, false)                \
    X(MUTATING_WEBHOOKS, "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",    \
      "mutating webhooks", "MutatingWebhookConfiguration", false, false, false)

typedef enum pl_cluster_list {
#define X(sym, path, what, kind, metadata, single, optional) PL_LIST_##sym,
    PL_CLUSTER_LISTS(X)
#undef X
        PL_LIST_COUNT
} pl_cluster_list;

typedef struct pl_cluster_list_row {
    const char *path, *what, *kind;
    bool is_metadata, is_single, is_optional;
} pl_cluster_list_row;

/* NULL: there is no such list. */
const pl_cluster_list_row *pl_cluster_list_of(uint32_t list);

/* The path with its query, for a page that begins behind `token` (empty: the first). False: the
 * token is none that a query can hold, or too long. */
struct pl_buf;
bool pl_cluster_list_path(pl_cluster_list list, pl_str token, struct pl_buf *out);
/* The path for what has changed since the list's resourceVersion. */
bool pl_cluster_watch_path(pl_cluster_list list, pl_str version, struct pl_buf *out);
