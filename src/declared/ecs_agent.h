/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the container agent of an ECS instance tells of itself and its tasks (Amazon ECS container
 * agent introspection, /v1/metadata and /v1/tasks): lstr answer to the first, lstr answer to the
 * second, each with its head, as HTTP/1.0 brings them. It becomes a subject of kind ecs. Of the
 * account it says nothing, so all else is not known.
 */
#pragma once

#include "declared/reading.h"

#define PL_DECLARED_ECS_AGENT "ECS agent"

/* PL_FORMAT: the first answer is none of an agent. */
pl_rc pl_ecs_agent_read(pl_reading *r, pl_str bytes, pl_err *err) PL_MUST_USE;
