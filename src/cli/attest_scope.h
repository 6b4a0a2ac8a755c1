/* SPDX-License-Identifier: Apache-2.0 */
/* What a statement counts for: requirements that are named, and decisions about specifications. */
#pragma once

#include "cli/said.h"

/* --requirement, --framework, --decision and --alternative as members of the body. Words that do
 * not fit the control: PL_USAGE. */
pl_rc pl_attest_scope(const pl_content *content, pl_said *s, const struct pl_args *args,
                      const pl_check *c, pl_err *err) PL_MUST_USE;
