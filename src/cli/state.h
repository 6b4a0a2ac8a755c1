/* SPDX-License-Identifier: Apache-2.0 */
/* state.db, and the advisories that are installed, for verbs that only ask. */
#pragma once

#include "audit/state_db.h"
#include "cli/cli.h"
#include "cli/verb.h"
#include "vuln/advisories.h"

/* PL_NOTFOUND: nothing was recorded here yet; the error says what to do. */
pl_rc pl_cli_state_db(pl_cli *cli, pl_state_db **ret, pl_err *err) PL_MUST_USE;

/* *ret stays NULL when there are none yet. */
pl_rc pl_cli_advisories(pl_cli *cli, const struct pl_args *args, pl_advisories **ret,
                        pl_err *err) PL_MUST_USE;
