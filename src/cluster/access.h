/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to an API server: where it is, how it is recognised, as whom we come. From a kubeconfig
 * (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/), or from the files that a pod
 * finds below /var/run/secrets/kubernetes.io/serviceaccount.
 *
 * A kubeconfig is read with the rights of whoever started us, parsed in a worker, and the files
 * that it names are read as that person. An exec plugin runs as him, never as root, and only of a
 * file that was named or lies in his own home.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"

typedef struct pl_cluster_access {
    pl_str name;            /* of the context; "in-cluster" */
    pl_str cluster;         /* what the kubeconfig calls the cluster */
    pl_str server;          /* https://HOST[:PORT][/PATH] */
    pl_str tls_server_name; /* empty: the host's */
    pl_str proxy;           /* proxy-url; empty: as the environment says */
    pl_str ca;              /* PEM; empty: the system's authorities */
    pl_str cert, key;       /* PEM; empty: none */
    pl_str token;           /* bearer; empty: none */
    pl_str user, password;  /* basic; empty: none */
    bool is_unverified;     /* insecure-skip-tls-verify */
    const char *means;      /* "client certificate", "token", "exec plugin", ... for people */
} pl_cluster_access;

typedef struct pl_cluster_ask {
    const char *kubeconfig; /* NULL: KUBECONFIG, else ~/.kube/config, else the pod's files */
    const char *context;    /* NULL: current-context */
    const char *worker;     /* kind of worker that parses: calls pl_cluster_worker */
} pl_cluster_ask;

/* PL_NOTFOUND: there is neither kubeconfig nor service account. Everything lives in the arena,
 * whose caller wipes it with pl_cluster_access_wipe. */
pl_rc pl_cluster_access_find(const pl_cluster_ask *ask, pl_arena *a, pl_cluster_access *ret,
                             pl_err *err) PL_MUST_USE;
void pl_cluster_access_wipe(pl_cluster_access *access);
