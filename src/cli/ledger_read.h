/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs below `ledger` that read entries; the others and the table are in verb_ledger.c. */
#pragma once

#include "cli/cli.h"
#include "cli/verb.h"
#include "ledger/confine.h"

extern const pl_opt pl_ledger_show_opts[];
extern const pl_opt pl_ledger_prove_opts[];
extern const pl_opt pl_ledger_reindex_opts[];

pl_rc pl_ledger_show(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err);
pl_rc pl_ledger_prove(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err);
pl_rc pl_ledger_reindex(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err);

/* The state directory; PL_USAGE when nothing is recorded. */
pl_rc pl_cli_ledger_dir(pl_cli *cli, const char **ret, pl_err *err) PL_MUST_USE;

/* PL_USAGE, with what makes one. */
pl_rc pl_cli_no_log_yet(const char *dir, pl_err *err) PL_MUST_USE;

/* From here on with the rights of the log's owner: what is read was written by that user. */
pl_rc pl_cli_become_owner_of(int fd, pl_confine *c, pl_err *err) PL_MUST_USE;
