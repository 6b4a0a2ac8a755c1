/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Task definitions of Amazon ECS, as they are registered or as describe-task-definition prints them
 * (Amazon ECS API Reference, RegisterTaskDefinition).
 *
 * What the agent or the instance decides (the limit of processes, sharing of IPC where nothing is
 * said) is not known.
 */
#pragma once

#include "declared/reading.h"

bool pl_ecs_is(const pl_yaml *doc);
pl_rc pl_ecs_read(pl_reading *r, const pl_yaml *doc, pl_err *err) PL_MUST_USE;
