/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of SARIF that findings and results of other tools share. Private to the report room. */
#pragma once

#include "core/json_write.h"
#include "model/assessment.h"

/* "key": {"text": ...} */
void pl_sarif_message(pl_jw *w, const char *key, pl_str text);

/* "error", "warning", "note" */
const char *pl_sarif_level(pl_severity s);

/* "physicalLocation": {...}; line and column from 1, 0: not known. */
void pl_sarif_place(pl_jw *w, pl_str path, int64_t line, int64_t column);

/* A run for each run of another tool, behind ours: what it said, under its own name. */
void pl_sarif_tools(pl_jw *w, const pl_assessment *a);
