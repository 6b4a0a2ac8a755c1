/* SPDX-License-Identifier: Apache-2.0 */
/* The program's configuration: the table of its keys, and loading it for a verb. */
#pragma once

#include "cli/cli.h"
#include "core/config.h"

extern const pl_conf_key pl_cli_conf_keys[]; /* ends with a NULL name */

struct pl_args;

/*
 * Reads the configuration (--config FILE or the usual files, then the environment) into cli->conf
 * and lets the options that were given override it. From then on pl_opt_value and pl_opt_on answer
 * with the configuration's value for an option that was not given.
 */
pl_rc pl_cli_configure(pl_cli *cli, struct pl_args *args, pl_err *err) PL_MUST_USE;
