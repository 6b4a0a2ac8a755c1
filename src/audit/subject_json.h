/* SPDX-License-Identifier: Apache-2.0 */
/* A record as JSON: the facts that were judged, for the evidence log. */
#pragma once

#include "core/json_write.h"
#include "model/value.h"

/*
 * {"container.name": "web", ...} in the order of the field table. An absent value is null; an
 * unreadable one is {"unreadable": REASON}; a secret one "***"; related records are left out,
 * since they are subjects of their own. Lists are cut after PL_SUBJECT_ITEMS items, and say so.
 */
enum { PL_SUBJECT_ITEMS = 5000 };
void pl_subject_json(const pl_record *r, pl_buf *out);
