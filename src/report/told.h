/* SPDX-License-Identifier: Apache-2.0 */
/* What people said, in words, for all forms of a report. Private to the room. */
#pragma once

#include "core/buf.h"
#include "model/assessment.h"

/* "waiver #12" or "ignore file .plimsollignore". */
void pl_told_name(const pl_statement *s, pl_buf *out);

/* All of it in a sentence: who, until when, why, and why it does not hold. */
void pl_told_text(const pl_statement *s, pl_buf *out);

/* "2 waivers (1 expired), 3 attestations", or nothing where nobody said anything. */
void pl_told_count(const pl_assessment *a, pl_buf *out);

/* "3 runs of other tools, 12 results failed"; empty: there are none. */
void pl_told_tools(const pl_assessment *a, pl_buf *out);

/* It should hold and does not: a person has to act. */
bool pl_told_is_broken(const pl_statement *s);

/* What a folder changed or added of the rule set, in a line; nothing where it is as shipped. */
void pl_content_told(const pl_assessment *a, pl_buf *out);
