/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports: an assessment as JSON, as one HTML page, as a summary for the terminal, as a table, and
 * in the formats of other tools (exchange.h).
 *
 * Every writer takes the assessment and what was derived from it, and appends to a buffer; text
 * from outside is escaped by the writer for where it goes, so callers hand it over as it is. A
 * buffer that went bad (pl_buf_ok) means that the output passed its maximum or memory ran out.
 * Writers keep no state: any thread.
 *
 *     pl_derived d;
 *     rc = pl_assessment_derive(&a, arena, &d, err);
 *     PL_AUTO_BUF pl_buf page = {.max = PL_REPORT_HTML_MAX};
 *     pl_report_html(&a, &d, &page);
 */
#pragma once

#include "core/buf.h"
#include "core/jail.h"
#include "model/assessment.h"
#include "report/limits.h"

/* docs/schema/audit-1.json, "plimsoll.audit/1". */
void pl_report_json(const pl_assessment *a, const pl_derived *d, bool pretty, pl_buf *out);

/*
 * Reads such a document again: the assessment and all it points to live in the arena. Fields that
 * are not known are passed over (within a major version fields are only added). PL_FORMAT names
 * the field that is wrong; PL_UNSUPPORTED another schema. Hostile bytes: call it in a jail only.
 */
pl_rc pl_report_read(pl_str json, pl_arena *arena, pl_assessment *ret, pl_err *err) PL_MUST_USE;

/* One self-contained page: no script, no network, prints well. */
void pl_report_html(const pl_assessment *a, const pl_derived *d, pl_buf *out);

/* By what findings are summed up. X(symbol, word): words of pl_subject_context */
#define PL_REPORT_GROUPS(X)                                                                        \
    X(NONE, "")                                                                                    \
    X(HOST, "host")                                                                                \
    X(ENGINE, "engine")                                                                            \
    X(IMAGE, "image")                                                                              \
    X(CONTAINER, "container")                                                                      \
    X(SERVICE, "service")                                                                          \
    X(POD, "pod")                                                                                  \
    X(NAMESPACE, "namespace")                                                                      \
    X(TASK, "task")                                                                                \
    X(CLUSTER, "cluster")                                                                          \
    X(STACK, "stack")

typedef enum pl_report_group {
#define X(sym, word) PL_GROUP_##sym,
    PL_REPORT_GROUPS(X)
#undef X
} pl_report_group;

enum { PL_REPORT_GROUP_COUNT = PL_GROUP_STACK + 1 };
#define PL_REPORT_GROUP_WORDS                                                                      \
    "host, engine, image, container, service, pod, namespace, task, cluster, stack"

bool pl_report_group_parse(pl_str s, pl_report_group *ret);

typedef struct pl_report_style {
    bool has_color;   /* SGR sequences; the only escape sequences ever written */
    unsigned columns; /* of the terminal; 0: none. The summary then has 80; the table does not break
                         its rows, and its text at 120. What is narrower than 80 counts as 80. */
    pl_report_group group_by; /* of the table */
} pl_report_style;

/* At most 24 lines: counts by area, the five worst, what is unknown, next commands, places. */
void pl_report_summary(const pl_assessment *a, const pl_derived *d, const pl_report_style *style,
                       pl_buf *out);

/* The vulnerability rows and failed checks of one scan, as aligned columns. */
void pl_report_table(const pl_assessment *a, const pl_derived *d, const pl_report_style *style,
                     pl_buf *out);

typedef enum pl_report_format {
    PL_REPORT_HTML,
    PL_REPORT_JSON,
    PL_REPORT_SUMMARY,
    PL_REPORT_TABLE,
    PL_REPORT_SARIF,     /* 2.1.0 */
    PL_REPORT_CYCLONEDX, /* 1.6, JSON */
    PL_REPORT_SPDX,      /* 2.3, JSON */
    PL_REPORT_GITLAB,    /* container scanning report 15 */
    PL_REPORT_JUNIT,
    PL_REPORT_CSV,
    PL_REPORT_OPENVEX, /* 0.2: vulnerabilities alone */
} pl_report_format;

enum { PL_REPORT_FORMATS = PL_REPORT_OPENVEX + 1 };

#define PL_REPORT_FORMAT_WORDS                                                                     \
    "summary, table, json, html, sarif, cyclonedx, spdx, gitlab, junit, csv, openvex"

bool pl_report_format_parse(pl_str s, pl_report_format *ret); /* "html", "json", ... */

/* Any of the forms above. */
void pl_report_write(const pl_assessment *a, const pl_derived *d, pl_report_format format,
                     const pl_report_style *style, pl_buf *out);

/* What a report is narrowed to. */
typedef struct pl_report_choice {
    const pl_str *frameworks; /* ids, in the order in which they are to stand */
    size_t n;                 /* 0: all that the document has */
    pl_str baseline;          /* of 800-53: "L", "M", "H"; empty: as the document says */
} pl_report_choice;

/*
 * Reads a document and writes it in another form, all in a jailed worker. Text for a terminal is
 * filtered once more on the way back, since a worker that was taken over may send anything.
 * PL_FORMAT, PL_UNSUPPORTED: as pl_report_read. PL_USAGE: a framework that is not there.
 */
pl_rc pl_report_render(pl_str json, const pl_report_choice *choice, pl_report_format format,
                       const pl_report_style *style, pl_buf *out, pl_err *err) PL_MUST_USE;

/* The findings of an earlier report, by id. */
typedef struct pl_report_id {
    char id[PL_FINDING_ID];
    pl_verdict verdict;
    pl_str marks; /* of the elements that failed, one behind the other; empty: it says none */
} pl_report_id;

typedef struct pl_report_ids {
    const pl_report_id *items;
    size_t n;
} pl_report_ids;

/* Read in a jailed worker, into the arena. Errors as pl_report_read. */
pl_rc pl_report_read_ids(pl_str json, pl_arena *a, pl_report_ids *ret, pl_err *err) PL_MUST_USE;

/* An element fails that did not fail there; false where the report says nothing of elements. */
bool pl_report_has_new(const pl_report_id *before, const pl_finding *f);

const pl_report_id *pl_report_find_id(const pl_report_ids *ids, const char *id); /* or NULL */

/* For the table of workers in main(). */
extern const pl_worker_kind pl_worker_report, pl_worker_report_ids;
