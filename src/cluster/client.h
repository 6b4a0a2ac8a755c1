/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cluster client: the only part that talks to an API server, and it only asks.
 *
 * It is a process of its own: it alone holds the credentials once it has started, can open no file
 * and connects to one port. What may be asked is a table (lists.h); everything in it is GET. Here
 * is the caller's side. Bodies are raw and come in files in memory; whoever parses them does so in
 * the jail.
 *
 * A process that dies or hangs makes every call fail. One thread at a time.
 */
#pragma once

#include "cluster/access.h"
#include "cluster/lists.h"
#include "core/buf.h"

typedef struct pl_cluster_client pl_cluster_client;

/* Among the first things in main(): when argv says "cluster-client", becomes that process. */
void pl_cluster_client_main(int argc, char **argv);

/* Starts the process, which reads names and certificates and connects to nobody yet. */
pl_rc pl_cluster_open(const pl_cluster_access *access, pl_cluster_client **ret,
                      pl_err *err) PL_MUST_USE;
void pl_cluster_close(pl_cluster_client *c); /* accepts NULL; ends the process */

/* "full", or "reduced: no landlock" and the like: what the process could not give up. */
const char *pl_cluster_sandbox(const pl_cluster_client *c);

/* One page, or what has changed since. */
typedef struct pl_cluster_question {
    pl_cluster_list list;
    pl_str token;  /* of the page before; empty: the first page; of a watch the list's version */
    bool is_watch; /* body: an event a line, as far as they came within the limits of a watch */

    pl_rc rc; /* of what came without a status: nobody answered, too long, too late */
    pl_err err;
    int status;           /* of HTTP; 0 when rc is not PL_OK */
    uint64_t retry_after; /* seconds, with a status; 0: nothing was said */
    pl_buf body;          /* with status 200; else the server's first words */
} pl_cluster_question;

/* Asks for all, PL_CLUSTER_AT_ONCE at a time; each has its outcome then. */
void pl_cluster_get(pl_cluster_client *c, pl_cluster_question *v, size_t n);
void pl_cluster_question_done(pl_cluster_question *q);

PL_DEFINE_CLEANUP(pl_auto_cluster_client_, pl_cluster_client *, pl_cluster_close, NULL)
#define PL_AUTO_CLUSTER_CLIENT PL_CLEANUP(pl_auto_cluster_client_)
