/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of the HTML page and what they share. Private to the room. */
#pragma once

#include "report/html.h"
#include "report/report.h"
#include "report/select.h"
#include "report/words.h"

typedef struct pl_page {
    pl_html h;
    const pl_assessment *a;
    const pl_derived *d;
} pl_page;

/* Each writes one <section> (or nothing, when there is nothing to say). */
void pl_page_cover(pl_page *p);
void pl_page_summary(pl_page *p);
void pl_page_worst(pl_page *p);
void pl_page_framework_summary(pl_page *p);
void pl_page_scope(pl_page *p);
void pl_page_content(pl_page *p); /* within the scope */
void pl_page_findings(pl_page *p);
void pl_page_vulnerabilities(pl_page *p);
void pl_page_unknown(pl_page *p);
void pl_page_said(pl_page *p);
void pl_page_tools(pl_page *p);
void pl_page_frameworks(pl_page *p);
void pl_page_passed(pl_page *p);
void pl_page_evidence(pl_page *p);
void pl_page_verify(pl_page *p);
void pl_page_limits(pl_page *p);

/* <section id aria-labelledby> <h2>words</h2>; the caller closes it. */
void pl_page_section(pl_page *p, const char *id, const char *words);

/* A table in a box of its own that scrolls sideways when it must; pl_page_table_end closes both.
 * Headings end with NULL; a "#" in front makes the column numeric, "|klass" behind the words puts
 * a square of that colour before them. */
void pl_page_table(pl_page *p, const char *klass, const char *caption, ...)
    __attribute__((sentinel));
void pl_page_table_end(pl_page *p);

/* A number; `label` names it where a narrow screen has no head row. */
void pl_page_cell_count(pl_page *p, size_t n, const char *klass, const char *label);

/* Severity and status as a mark with its words: never by colour alone. */
void pl_page_severity(pl_page *p, pl_severity s);
void pl_page_support(pl_page *p, pl_support s);

/* "web" in <bdi>, its key when it has no name. */
void pl_page_subject(pl_page *p, const pl_subject *s);
void pl_page_owner(pl_page *p, pl_str owner);

/* Of the failed findings, each once; the check's own where none failed. */
void pl_page_owners(pl_page *p, const pl_check_result *r);
void pl_page_check_link(pl_page *p, const pl_check *c);

/* Of other tools, as items of a list: what bears on that control of ours. */
void pl_page_tools_of(pl_page *p, pl_str control);

/* "E-0042", linked to the evidence index. */
void pl_page_evidence_number(pl_page *p, int64_t ledger_index);

/* The leaf that holds the verdict, then those that hold what was read of the subject. */
void pl_page_evidence_of(pl_page *p, const pl_finding *f);

/* Stacked bar as inline SVG; `label` is read to those who cannot see it. */
typedef struct pl_bar {
    const char *klass;
    size_t n;
} pl_bar;

void pl_page_bar(pl_page *p, const pl_bar *parts, size_t n, const char *label);

/* n items of a list are shown, the rest is counted: " and 12 more". */
void pl_page_and_more(pl_page *p, size_t shown, size_t total);
