/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubeconfig files and what exec plugins answer, read in the jail.
 *
 * Format: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ and
 * .../client-authentication.v1/ (ExecCredential). Of several files the first that has a name wins.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/rd.h"

/* What a context says. Data is decoded; files are as written; empty: nothing was said. */
typedef struct pl_kubeconfig {
    pl_str context, cluster;
    pl_str server, tls_server_name, proxy;
    pl_str ca_file, ca_data;
    pl_str cert_file, cert_data, key_file, key_data;
    pl_str token, token_file, user, password;
    pl_str command, exec_version; /* of the exec plugin; empty: none */
    pl_str hint;                  /* its installHint */
    const pl_str *args, *env;     /* "NAME=VALUE" */
    size_t n_args, n_env;
    bool is_unverified;
    bool wants_cluster;               /* provideClusterInfo */
    uint32_t cluster_from, user_from; /* which of the files: relative paths begin in its folder */
} pl_kubeconfig;

/* context empty: current-context. PL_NOTFOUND: there is no such context, or none is
 * chosen; PL_UNSUPPORTED: an authentication that we do not know (auth-provider),
 * or one that impersonates (as). */
pl_rc pl_kubeconfig_read(const pl_str *texts, size_t n, pl_str context, pl_arena *a,
                         pl_kubeconfig *ret, pl_err *err) PL_MUST_USE;

/* What an ExecCredential's status holds: into token, cert_data and key_data. */
pl_rc pl_exec_credential_read(pl_str json, pl_arena *a, pl_kubeconfig *ret,
                              pl_err *err) PL_MUST_USE;

/* From the worker to its parent. */
void pl_kubeconfig_encode(const pl_kubeconfig *k, pl_buf *out);
pl_rc pl_kubeconfig_decode(pl_rd *in, pl_arena *a, pl_kubeconfig *ret, pl_err *err) PL_MUST_USE;
