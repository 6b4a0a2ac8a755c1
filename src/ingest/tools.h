/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs of other tools bear on: content (content/ingest/, docs/formats/ingest.md). A topic says
 * how long a run counts and which of our controls it supports; a tool says what it looks for where
 * its document does not; a benchmark says which framework has the numbers that its rules have.
 */
#pragma once

#include "ingest/result.h"
#include "model/content.h"

typedef struct pl_ingest_tools pl_ingest_tools;

/* Of files below ingest/; a control that the content does not have, or a topic that is none, is
 * PL_FORMAT with file and line. */
pl_rc pl_ingest_tools_new(const pl_content_file *files, const pl_content *content,
                          pl_ingest_tools **ret, pl_err *err) PL_MUST_USE;
void pl_ingest_tools_free(pl_ingest_tools *t); /* accepts NULL */

/* Days that a run about this counts. */
int64_t pl_ingest_days(const pl_ingest_tools *t, pl_topic topic);

/* What a tool of that name looks for; PL_TOPIC_UNTOLD: nobody knows. */
pl_topic pl_ingest_topic_of(const pl_ingest_tools *t, pl_str tool);

typedef struct pl_ingest_bearing {
    pl_str control;
    pl_topic topic;
    bool is_by_row; /* results of rules with the control's own number */
    size_t fail, pass, other;
} pl_ingest_bearing;

/* The controls that a run bears on, in the arena. */
pl_rc pl_ingest_bearings(const pl_ingest_tools *t, const pl_ingest_run *run, pl_arena *a,
                         const pl_ingest_bearing **ret, size_t *ret_n, pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_ingest_tools_, pl_ingest_tools *, pl_ingest_tools_free, NULL)
#define PL_AUTO_INGEST_TOOLS PL_CLEANUP(pl_auto_ingest_tools_)
