/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the formats of other tools share: words and references for findings and packages.
 * Private to the report room. A document in any of them carries every finding, every package (as
 * far as the format has a place for packages) and every gap of the assessment, so that counts
 * agree between them.
 */
#pragma once

#include "core/buf.h"
#include "core/json_write.h"
#include "model/assessment.h"

/* Each appends one whole document. */
void pl_report_sarif(const pl_assessment *a, pl_buf *out);     /* SARIF 2.1.0 */
void pl_report_cyclonedx(const pl_assessment *a, pl_buf *out); /* CycloneDX 1.6, JSON */
void pl_report_spdx(const pl_assessment *a, pl_buf *out);      /* SPDX 2.3, JSON */
void pl_report_gitlab(const pl_assessment *a, pl_buf *out);    /* container scanning report 15 */
void pl_report_junit(const pl_assessment *a, pl_buf *out);     /* JUnit XML */
void pl_report_csv(const pl_assessment *a, pl_buf *out);       /* RFC 4180 */
void pl_report_openvex(const pl_assessment *a, pl_buf *out);   /* OpenVEX 0.2 */

/* "CTR-001", "CVE-2024-0001" */
pl_str pl_finding_rule(const pl_finding *f);

/* One sentence: what was judged, the verdict, and why it is not known. */
void pl_finding_text(const pl_finding *f, pl_buf *out);

/* "; 1 of application, 3 of base-image" where several share it, else nothing. */
void pl_finding_owners(const pl_finding *f, pl_buf *out);

/* What to do: the check's remedy, or the version to update to; empty: nothing is known. */
void pl_finding_remedy(const pl_finding *f, pl_buf *out);

/* Where its subject belongs, of those members that say something: "context": {...}. */
void pl_subject_context_put(pl_jw *w, const pl_subject *s);

/* Its place in the list of subjects. */
size_t pl_subject_at(const pl_assessment *a, const pl_subject *s);

/* Every part of its licence has an SPDX identifier. */
bool pl_licence_is_spdx(const pl_scope_package *p);

/* Lets findings find the package that they are about. */
typedef struct pl_package_index {
    const pl_assessment *a;
    const pl_scope_package **sorted; /* NULL with n: memory ran out */
} pl_package_index;

bool pl_package_index_init(pl_package_index *x, const pl_assessment *a);
void pl_package_index_done(pl_package_index *x);

/* NULL: the finding is about no package, or about one that is not listed. */
const pl_scope_package *pl_finding_package(const pl_package_index *x, const pl_finding *f);

enum { PL_UUID = 37 };

/* Of the same assessment always the same (RFC 9562, version 8: over time, system and content). */
void pl_report_uuid(const pl_assessment *a, char ret[PL_UUID]);

enum { PL_TIME_SECONDS = 21 };

/* "2026-11-21T09:42:07Z", for formats that have no fractions. */
void pl_time_seconds(int64_t us, char ret[PL_TIME_SECONDS]);

#define PL_AUTO_PACKAGE_INDEX PL_CLEANUP(pl_package_index_done)
