/* SPDX-License-Identifier: Apache-2.0 */
/* Counting and choosing among findings, for all forms of a report. Private to the room. */
#pragma once

#include "core/buf.h"
#include "model/assessment.h"

/* Vulnerabilities of one subject, or of all with NULL. */
typedef struct pl_vuln_count {
    size_t total, fixable, kev;
    size_t waived;      /* not among the others: VEX or an ignore file settles them */
    size_t kev_unknown; /* nobody can say whether they are exploited */
    size_t by_severity[PL_UNKNOWN_SEVERITY + 1];
} pl_vuln_count;

pl_vuln_count pl_count_vulns(const pl_assessment *a, const pl_subject *s);

/* What filters left out of lists and of the policy: fails, and checks that could not be judged. */
typedef struct pl_left_out {
    size_t total, unfixed, owner, known;
} pl_left_out;

pl_left_out pl_count_left_out(const pl_assessment *a);

/* "12 findings (10 without a fix, 2 of other owners) by --ignore-unfixed ...", or nothing without
 * filters. */
void pl_left_out_text(const pl_assessment *a, pl_buf *out);

/* The same findings without those, most urgent first, then the waived ones, into room for
 * a->n_findings. */
size_t pl_collect_vulns(const pl_assessment *a, const pl_subject *s, const pl_finding **out);

/* Checks by the verdict of the whole check. */
typedef struct pl_check_count {
    size_t fail, pass, waived, attested, unknown, not_applicable;
    size_t to_attest; /* only a person can say it, and nobody did */
    size_t waiting;   /* for a part that is still to come */
} pl_check_count;

pl_check_count pl_count_checks(const pl_derived *d);

/* Nothing in the area could be judged: its parts are not there, or a person has to sign. */
bool pl_area_is_blank(const pl_area_result *r);

/* Why an unknown check is unknown: the part that it needs when it cannot be judged yet
 * (*ret_is_part), else the reason code of this time. */
pl_str pl_unknown_reason(const pl_check_result *r, bool *ret_is_part);

bool pl_is_unknown_for(const pl_check_result *r, pl_str reason, bool is_part);

/* Checks that are unknown for that reason; from `from` on. */
size_t pl_count_unknown(const pl_derived *d, size_t from, pl_str reason, bool is_part);

/* No earlier check is unknown for the reason that this one is. */
bool pl_is_first_unknown(const pl_derived *d, size_t at);

/* What became of a check of the content. */
const pl_check_result *pl_result_of(const pl_assessment *a, const pl_derived *d,
                                    const pl_check *check);
