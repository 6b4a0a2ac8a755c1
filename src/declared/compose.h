/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compose files: https://github.com/compose-spec/compose-spec, spec.md. Swarm stacks are the same.
 *
 * Each service becomes a draft. Variables: `${NAME:-default}` counts as its default, `$$` is a
 * dollar; any other variable is not known here, and neither is what is declared with it.
 * `extends` of the same file is followed; what other files would add (extends, include, env_file)
 * is told as a gap.
 */
#pragma once

#include "declared/reading.h"

/* Has services, and none of the marks of other formats. */
bool pl_compose_is(const pl_yaml *doc);

pl_rc pl_compose_read(pl_reading *r, const pl_yaml *doc, pl_err *err) PL_MUST_USE;
