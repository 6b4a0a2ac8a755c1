/* SPDX-License-Identifier: Apache-2.0 */
/* Findings by where their containers belong: lines of the table. Private to the room. */
#pragma once

#include "report/lines.h"

/* One line a container, service, pod, ... with what fails and what is unknown; the worst first.
 * Subjects that are no containers, and containers that say nothing of it, come together last. */
void pl_groups_write(pl_lines *l, const pl_assessment *a, pl_report_group by);
