/* SPDX-License-Identifier: Apache-2.0 */
/* One check in full, for people: what it asks, why, what to do, what it bears on. */
#pragma once

#include "core/buf.h"
#include "model/content.h"

/* How a control gets its verdict. */
typedef enum pl_check_way {
    PL_WAY_JUDGED,   /* by a condition over facts */
    PL_WAY_ATTESTED, /* by what a person says */
    PL_WAY_WAITING,  /* not yet: for a part that is still to come */
    PL_WAYS
} pl_check_way;

pl_check_way pl_check_way_of(const pl_check *c);

void pl_check_text(const pl_check *c, size_t columns, pl_buf *out);

/* docs/checks.md: every control, its severity and owner, and where its fact is read. */
void pl_checks_markdown(const pl_content *c, pl_buf *out);

/* How long lines of prose are: at most as the terminal's, 0 where there is none. */
size_t pl_text_columns(unsigned terminal);

/* A text of one's own behind its heading, broken at blanks; nothing for an empty one. */
void pl_text_paragraph(pl_buf *out, size_t columns, const char *heading, pl_str text);
