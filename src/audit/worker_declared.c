/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/worker_declared.h"

#include "audit/worker_engine.h"
#include "declared/declared.h"

pl_rc pl_worker_declared(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_REDACTOR pl_redactor *redactor = NULL;
    pl_engine_hooks hooks;
    pl_rc rc = pl_worker_redactor(pl_declared_key(args), &redactor, &hooks, err);

    return rc ? rc : pl_declared_work(in_fd, out_fd, args, &hooks, err);
}
