/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a container's record, one file each; the document has passed as an inspect document. */
#pragma once

#include "model/value.h"

#include <jansson.h>

/* Mounts, ports, devices, environment, labels and the other lists. */
void pl_container_lists(pl_arena *a, const json_t *doc, pl_record *r);

/* Security options, capabilities, groups. */
void pl_container_security(pl_arena *a, const json_t *doc, pl_record *r);
