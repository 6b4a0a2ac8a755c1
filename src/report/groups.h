/* SPDX-License-Identifier: Apache-2.0 */
/* Findings by where their subjects belong. Private to the room. */
#pragma once

#include "core/json_write.h"
#include "report/lines.h"

/* One line a container, service, pod, ... with what fails and what is unknown; the worst first.
 * Subjects that say nothing of it come together last. */
void pl_groups_write(pl_lines *l, const pl_assessment *a, pl_report_group by);

/* "groups": the same by each of the words, without what belongs to none. */
void pl_groups_put(pl_jw *w, const pl_assessment *a);
