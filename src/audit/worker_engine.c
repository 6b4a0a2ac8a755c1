/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/worker_engine.h"
#include "engine/worker.h"

pl_rc pl_worker_engine(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    (void)args;
    return pl_engine_work(in_fd, out_fd, NULL, err);
}
