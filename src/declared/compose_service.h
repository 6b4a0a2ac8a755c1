/* SPDX-License-Identifier: Apache-2.0 */
/* One service of a Compose file into a draft. */
#pragma once

#include "declared/reading.h"

/* Puts what the service declares into the draft, over what is there. */
pl_rc pl_compose_service(pl_reading *r, const pl_yaml *service, pl_draft *d,
                         pl_err *err) PL_MUST_USE;

/* What follows from nothing being declared; once, at the end. */
pl_rc pl_compose_finish(pl_reading *r, pl_draft *d, const pl_yaml *at, pl_err *err) PL_MUST_USE;

/* compose_lists.c: keys whose values have a shape of their own. */
typedef void (*pl_compose_key)(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d);
void pl_compose_ports(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d);
void pl_compose_volumes(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d);
void pl_compose_devices(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d);
void pl_compose_tmpfs(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d);
void pl_compose_ulimits(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d);

/* A scalar with its variables filled in; false: one has no value here, or it is no scalar. */
bool pl_compose_text(pl_reading *r, const pl_yaml *v, pl_str *ret);
