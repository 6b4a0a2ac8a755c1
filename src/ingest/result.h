/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What another tool says: its results one by one, what it was and whether it came to its end.
 *
 * None of this is a verdict of ours. What a tool did not say stays empty; a run that ended early,
 * or of which nobody says that it ended, is told as such. Plain records.
 */
#pragma once

#include "model/finding.h"

/* X(symbol, word): what was looked for. */
#define PL_TOPIC_LIST(X)                                                                           \
    X(UNTOLD, "untold") /* the document does not say: the tool's row in the content does */        \
    X(CODE, "static-analysis")                                                                     \
    X(DYNAMIC, "dynamic-test")                                                                     \
    X(VULNERABILITY, "vulnerability-scan")                                                         \
    X(SECRET, "secret-scan")                                                                       \
    X(CONFIG, "configuration-scan")                                                                \
    X(LICENCE, "licence-scan")                                                                     \
    X(MALWARE, "malware-scan")                                                                     \
    X(TEST, "test-run")                                                                            \
    X(BASELINE, "host-baseline")                                                                   \
    X(BENCHMARK, "benchmark")                                                                      \
    X(EVENT, "runtime-detection")

typedef enum pl_topic {
#define X(sym, word) PL_TOPIC_##sym,
    PL_TOPIC_LIST(X)
#undef X
} pl_topic;

enum { PL_TOPIC_COUNT = PL_TOPIC_EVENT + 1 };

/* X(symbol, word) */
#define PL_OUTCOME_LIST(X)                                                                         \
    X(FAIL, "fail")                                                                                \
    X(UNKNOWN, "unknown")       /* the tool could not tell, or leaves it to a person */            \
    X(SUPPRESSED, "suppressed") /* somebody told the tool to let it be */                          \
    X(NOT_APPLICABLE, "not-applicable")                                                            \
    X(PASS, "pass")

typedef enum pl_outcome {
#define X(sym, word) PL_OUTCOME_##sym,
    PL_OUTCOME_LIST(X)
#undef X
} pl_outcome;

enum { PL_OUTCOME_COUNT = PL_OUTCOME_PASS + 1 };

const char *pl_topic_word(pl_topic t);
const char *pl_outcome_word(pl_outcome o);
bool pl_topic_parse(pl_str s, pl_topic *ret);
bool pl_outcome_parse(pl_str s, pl_outcome *ret);

typedef struct pl_ingest_row {
    pl_outcome outcome;
    pl_severity severity; /* of a failed one, as the tool has it */
    pl_topic topic;
    pl_str rule;  /* as the tool names it: "B602", "CVE-2024-1234", "1.2.3" */
    pl_str title; /* what it says */
    pl_str where; /* "src/app.py:12", "openssl 3.0.11", "node1" */
} pl_ingest_row;

typedef enum pl_run_end {
    PL_RUN_END_NOT_SAID,
    PL_RUN_END_SAID,  /* the document says that the run came to its end */
    PL_RUN_END_FAILED /* it says that it did not */
} pl_run_end;

typedef struct pl_ingest_run {
    pl_str tool, version;
    pl_str about;     /* what it looked at: an image, a repository, a host */
    pl_str benchmark; /* whose numbers its rules are: "cis-1.12"; or empty */
    int64_t ran_us;   /* 0: not said */
    pl_run_end end;
    bool is_cut; /* the document ends, or a limit is met, before the run's results do */
    pl_str why;  /* of a failed or cut one */
    size_t count[PL_TOPIC_COUNT][PL_OUTCOME_COUNT];
    bool is_seen[PL_TOPIC_COUNT]; /* looked for, whatever was found */
    const pl_ingest_row *rows; /* as they came; those that only were counted are not among them */
    size_t n_rows;
} pl_ingest_run;

/* A part that could not be read: the rest was. */
typedef struct pl_ingest_problem {
    pl_str place; /* "runs[0].results[3]", "line 7" */
    pl_str what;
} pl_ingest_problem;

typedef struct pl_ingest_document {
    pl_str format; /* "sarif" */
    const pl_ingest_run *runs;
    size_t n_runs;
    const pl_ingest_problem *problems; /* the first PL_INGEST_PROBLEMS */
    size_t n_problems;                 /* of them */
    size_t n_problems_all;
    bool is_cut;
    pl_str why; /* it is cut: place and reason */
} pl_ingest_document;
