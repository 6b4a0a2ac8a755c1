/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run_private.h"

pl_rc pl_run_open_advisories(pl_run *r, pl_err *err)
{
    return pl_run_add_gap(r, PL_S("advisories"), "feed-missing", (pl_str){"", 0}, NULL, err);
}

void pl_run_close_advisories(pl_run *r)
{
    r->db = NULL;
}

pl_rc pl_run_match(pl_run *r, const pl_subject *s, int packages, int into, pl_err *err)
{
    (void)r, (void)packages, (void)err;
    pl_set_unreadable(s->rec, into, "feed-missing");
    return PL_OK;
}
