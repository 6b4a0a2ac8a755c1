/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll checks --coverage and --requirement: what is behind each requirement. */
#pragma once

#include "cli/cli.h"
#include "core/buf.h"
#include "model/coverage.h"

/*
 * What follows from the content alone, and from a report (JSON) when it is given: a check that
 * passed or failed in it read real facts. Frameworks of the profile in use, or all. In cli->arena.
 */
pl_rc pl_coverage_derive(pl_cli *cli, pl_str report, pl_derived *ret, pl_err *err) PL_MUST_USE;

/* Lines within the terminal's, or 120 columns. framework NULL: all, a line each; else its
 * requirements, too. */
void pl_coverage_text(const pl_cli *cli, const pl_derived *d, const char *framework, pl_buf *out);
void pl_coverage_json(const pl_cli *cli, const pl_derived *d, const char *framework, pl_buf *out);

/* All requirements with the id. PL_USAGE: there is none. */
pl_rc pl_requirement_text(const pl_cli *cli, const pl_derived *d, const char *framework,
                          const char *id, pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_requirement_json(const pl_cli *cli, const pl_derived *d, const char *framework,
                          const char *id, pl_buf *out, pl_err *err) PL_MUST_USE;
