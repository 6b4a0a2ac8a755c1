/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of other tools that the log has: evidence beside the verdicts, which it changes none of. */
#include "audit/run_private.h"
#include "ingest/record.h"

pl_rc pl_run_list_ingested(pl_run *r, pl_log *log, pl_err *err)
{
    pl_ingested *v = NULL;
    size_t n = 0, left_out = 0;
    pl_rc rc = pl_ingest_recorded(log, r->govern.ingested, r->govern.n_ingested, r->as.started_us,
                                  r->arena, &v, &n, &left_out, err);

    if (rc)
        return rc;
    r->as.ingested = v;
    r->as.n_ingested = n;
    if (!left_out)
        return PL_OK;
    pl_str what = pl_run_text(r, "%zu older runs of other tools are not listed", left_out);
    return pl_run_add_gap(r, PL_S("results of other tools"), "limit:PL_INGEST_RECORDED", what, NULL,
                          err);
}
