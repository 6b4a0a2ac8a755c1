/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Apps, groups and pods of Marathon, the scheduler of long-running tasks on Mesos, as they are
 * posted to it or as /v2/apps, /v2/groups and /v2/pods print them (Marathon, REST API, schemas
 * AppDefinition, Group and PodDefinition).
 *
 * A container of type DOCKER is started by Mesos with `docker run`, so its parameters are options
 * of that. Of one that Mesos' own containerizer runs only what is written is known.
 */
#pragma once

#include "declared/reading.h"

bool pl_marathon_is(const pl_yaml *doc);
pl_rc pl_marathon_read(pl_reading *r, const pl_yaml *doc, pl_err *err) PL_MUST_USE;
