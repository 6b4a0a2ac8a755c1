/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the summary for a terminal. Private to the room. */
#pragma once

#include "report/lines.h"

enum { PL_SUMMARY_LABEL = 9 }; /* columns of the word in front of a line */

typedef struct pl_summary {
    const pl_assessment *a;
    const pl_derived *d;
    size_t n_next;       /* lines that the next commands may take */
    bool has_no_outlook; /* the line of what is not judged yet is left out */
    pl_lines l;
} pl_summary;

void pl_summary_label(pl_summary *s, const char *words);

/* What to do now: commands that can be copied as they stand. */
void pl_summary_next(pl_summary *s);

/* Where report, state, log and key lie. */
void pl_summary_places(pl_summary *s);
