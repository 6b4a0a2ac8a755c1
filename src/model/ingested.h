/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other tools said, as recorded: one run of one tool with its results. It is evidence beside
 * our verdicts and changes none of them: a run that found nothing makes no pass of an unknown.
 *
 * Plain records; texts have passed the redactor and live in the arena of whoever made them.
 */
#pragma once

#include "core/str.h"

#include <stdbool.h>

/* X(symbol, JSON word, what it means) */
#define PL_INGESTED_STATE_LIST(X)                                                                  \
    X(SUPPORTING, "supporting", "counts as evidence")                                              \
    X(EXPIRED, "expired", "ran longer ago than its kind counts")                                   \
    X(UNDATED, "undated", "nobody says when it ran, or it is a time to come")                      \
    X(UNPROVEN, "unproven", "found nothing, and nobody says that it came to its end")              \
    X(INCOMPLETE, "incomplete", "did not come to its end, or only a part could be read")           \
    X(UNMAPPED, "unmapped", "bears on none of our controls")

typedef enum pl_ingested_state {
#define X(sym, word, means) PL_INGESTED_##sym,
    PL_INGESTED_STATE_LIST(X)
#undef X
} pl_ingested_state;

/* One result. */
typedef struct pl_ingested_row {
    pl_str outcome;  /* "fail", "unknown", "suppressed", "not-applicable", "pass" */
    pl_str severity; /* as the tool has it */
    pl_str topic;    /* "static-analysis" */
    pl_str rule, title, where;
} pl_ingested_row;

/* A control of ours that the run bears on. */
typedef struct pl_ingested_control {
    pl_str control; /* "SUP-003" */
    pl_str topic;
    bool is_by_row; /* results of this very rule, else by the kind of the tool */
    int64_t fail, pass, other;
    int64_t until_us; /* counts before that time; 0: no time of the run is known */
} pl_ingested_control;

typedef struct pl_ingested {
    int64_t number; /* its entry of the log */
    pl_str tool, version, format, about, benchmark;
    pl_str file, sha256;
    int64_t bytes;
    int64_t run;         /* which of the document's, from 0 */
    int64_t ran_us;      /* 0: not said */
    bool is_ran_claimed; /* not the document says when, but who recorded it */
    int64_t recorded_us;
    int64_t uid; /* of the process that recorded it; -1: not known */
    const char *state;
    pl_str why; /* it ended early, or what could not be read */
    int64_t fail, unknown, suppressed, not_applicable, pass; /* results */
    int64_t n_problems;                                      /* parts that could not be read */
    const pl_str *problems; /* the first of them: "runs[0].results[3]: is no object" */
    size_t n_problems_kept;
    const pl_ingested_control *controls;
    size_t n_controls;
    const pl_ingested_row *rows; /* worst first; counts say how many there are */
    size_t n_rows;
} pl_ingested;

const char *pl_ingested_state_word(pl_ingested_state s);
const char *pl_ingested_state_means(const char *word); /* "" for a word that is none */
bool pl_ingested_is(const pl_ingested *i, pl_ingested_state s);
