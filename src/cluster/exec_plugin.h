/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exec plugins of a kubeconfig (client-authentication.v1): a program that prints an ExecCredential.
 */
#pragma once

#include "cluster/access.h"
#include "cluster/kubeconfig.h"
#include "core/caller.h"

typedef struct pl_exec_plugin {
    const pl_kubeconfig *config;
    const pl_caller *who;
    const char *worker; /* kind of worker that reads its answer */
    const char *file;   /* the kubeconfig that names it: a relative command begins in its folder */
    pl_str ca;          /* PEM, of the cluster */
} pl_exec_plugin;

/* Sets token, cert and key of ret. PL_DENIED: as root on nobody's behalf; PL_NOTFOUND: there is no
 * such program. */
pl_rc pl_exec_plugin_run(const pl_exec_plugin *p, pl_arena *a, pl_cluster_access *ret,
                         pl_err *err) PL_MUST_USE;

/* access.c: one job of the worker that answers with a pl_kubeconfig. */
pl_rc pl_cluster_jailed(const char *worker, uint32_t job, pl_str word, pl_str input, pl_arena *a,
                        pl_kubeconfig *ret, pl_err *err) PL_MUST_USE;
