/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/worker_cluster.h"

#include "audit/worker_engine.h"
#include "cluster/worker.h"

pl_rc pl_worker_cluster(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_REDACTOR pl_redactor *redactor = NULL;
    pl_engine_hooks hooks;

    if (!pl_cluster_has_pages(args))
        return pl_cluster_work(in_fd, out_fd, args, NULL, err);
    pl_rc rc = pl_worker_redactor(pl_cluster_key(args), &redactor, &hooks, err);
    return rc ? rc : pl_cluster_work(in_fd, out_fd, args, &hooks, err);
}
