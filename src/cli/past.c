/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/past.h"

#include "cli/ledger_read.h"
#include "report/report.h"

enum { BUDGET = 512 << 20 };

pl_rc pl_past_open(pl_cli *cli, pl_past *ret, pl_err *err)
{
    const char *dir = NULL;

    *ret = (pl_past){.entry = UINT64_MAX};
    pl_rc rc = pl_cli_ledger_dir(cli, &dir, err);
    if (!rc)
        rc = pl_log_open_state(dir, &ret->log, err);
    return rc == PL_NOTFOUND ? pl_cli_no_log_yet(dir, err) : rc;
}

pl_rc pl_past_next(pl_past *p, pl_err *err)
{
    PL_AUTO_BUF pl_buf json = {.max = PL_REPORT_JSON_MAX};

    pl_arena_free(p->arena);
    p->arena = pl_arena_new(BUDGET);
    pl_rc rc = p->arena ? pl_log_find_last(p->log, PL_S("report.issued"), p->entry, &p->entry, err)
                        : pl_fail(err, PL_NOMEM, "report");
    if (!rc)
        rc = pl_log_blob(p->log, p->entry, PL_S("report"), &json, err);
    return rc ? rc : pl_report_read(pl_buf_view(&json), p->arena, &p->a, err);
}

void pl_past_done(pl_past *p)
{
    pl_log_close(p->log);
    pl_arena_free(p->arena);
    *p = (pl_past){0};
}
