/* SPDX-License-Identifier: Apache-2.0 */
/* Where state lies: --state-dir or what the configuration says, else /var/lib/plimsoll for root and
 * $XDG_STATE_HOME/plimsoll (~/.local/state/plimsoll) for others. */
#pragma once

#include "cli/cli.h"

/* *ret is NULL when nothing is to be recorded ("none"); else it lives in cli->arena. */
pl_rc pl_cli_state_dir(pl_cli *cli, const char **ret, pl_err *err) PL_MUST_USE;
