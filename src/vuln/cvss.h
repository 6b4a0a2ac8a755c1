/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scores of CVSS vectors: the base score of 3.0 and 3.1
 * (first.org/cvss/v3.1/specification-document, 7.1), and the score of 4.0 with the threat and
 * environmental metrics that the vector has (first.org/cvss/v4-0/specification-document, 8). Any
 * thread.
 */
#pragma once

#include "model/finding.h"

/* In tenths: 98 for 9.8. -1: not a complete base vector of version 3. */
int32_t pl_cvss3_base(pl_str vector);

/* The same of version 4.0; an unknown or repeated metric makes it none. */
int32_t pl_cvss4_score(pl_str vector);

/* Table 14 of the specification: 0 info, to 3.9 low, to 6.9 medium, to 8.9 high, else critical. */
pl_severity pl_cvss_severity(int32_t tenths);
