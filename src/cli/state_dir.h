/* SPDX-License-Identifier: Apache-2.0 */
/* Where state lies: --state-dir or what the configuration says, else /var/lib/plimsoll for root and
 * $XDG_STATE_HOME/plimsoll (~/.local/state/plimsoll) for others. */
#pragma once

#include "cli/cli.h"

/* *ret is NULL when nothing is to be recorded ("none"); else it lives in cli->arena. */
pl_rc pl_cli_state_dir(pl_cli *cli, const char **ret, pl_err *err) PL_MUST_USE;

/*
 * Where the advisories lie: --advisories, else below the state directory; NULL without either.
 * ret_is_named: the user named the folder, so that it must hold some.
 */
struct pl_args;
pl_rc pl_cli_advisories_dir(pl_cli *cli, const struct pl_args *args, const char **ret,
                            bool *ret_is_named, pl_err *err) PL_MUST_USE;

#define PL_ADVISORIES_OPT                                                                          \
    {                                                                                              \
        "advisories", "DIR", "folder with the advisories, in place of STATE/advisories", false     \
    }
