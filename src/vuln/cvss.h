/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CVSS 3.0 and 3.1 base score of a vector (first.org/cvss/v3.1/specification-document, 7.1).
 * Any thread.
 */
#pragma once

#include "model/finding.h"

/* In tenths: 98 for 9.8. -1: not a complete base vector of version 3. */
int32_t pl_cvss3_base(pl_str vector);

/* Table 14 of the specification: 0 info, to 3.9 low, to 6.9 medium, to 8.9 high, else critical. */
pl_severity pl_cvss_severity(int32_t tenths);
