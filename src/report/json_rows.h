/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by json_read.c and json_rows.c. */
#pragma once

#include "report/json_tables.h"
#include "report/report.h"

/* Checks, frameworks and unset policy parameters, as the document carries them. */
pl_rc pl_jread_content(const pl_jreader *r, const json_t *doc, pl_assessment *a) PL_MUST_USE;
pl_rc pl_jread_subjects(const pl_jreader *r, const pl_jpath *path, const json_t *scope,
                        pl_assessment *a) PL_MUST_USE;

/* What people said, decided and changed. */
pl_rc pl_jread_said(const pl_jreader *r, const json_t *doc, pl_assessment *a) PL_MUST_USE;

/* Findings and packages; after content, statements and subjects, which they name. */
pl_rc pl_jread_findings(const pl_jreader *r, const json_t *doc, pl_assessment *a) PL_MUST_USE;
