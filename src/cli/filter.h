/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run is asked to leave out of its lists and of --fail-on: --ignore-unfixed, --only-owner,
 * --new-since. What is left out stays in the log and in every document, marked and counted, and
 * what could not be judged stays a gap: no filter makes an incomplete run a clean one.
 *
 * --new-since SCAN: a JSON report, the number of the log's entry that holds one (12, E-0012), a
 * time (2026-11-01, 2026-11-01T12:00:00Z), or "last". A report's findings are compared by id; a
 * time, and "last", by when the finding was first seen, which outlives rebuilds.
 */
#pragma once

#include "cli/cli.h"
#include "cli/verb.h"
#include "report/report.h"

/* Rows for a verb's table of options. */
#define PL_FILTER_OPTS                                                                             \
    {"ignore-unfixed", NULL, "leave out vulnerabilities without a fixed version", false},          \
        {"only-owner", "LIST", "only findings of base, app, platform, host or unknown", false},    \
    {                                                                                              \
        "new-since", "SCAN", "only new findings: last, a time, an entry (E-0042), a JSON report",  \
            false                                                                                  \
    }

typedef struct pl_filter {
    bool ignore_unfixed;
    const pl_str *owners; /* words of findings; NULL: all */
    size_t n_owners;
    bool has_time, is_last; /* --new-since by first_seen: at least since_us, or this run's */
    int64_t since_us;
    bool has_report; /* --new-since by id */
    pl_report_ids known;
    pl_str text; /* the options as given; empty: no filter */
} pl_filter;

/* Before the run, which would add to the log. PL_USAGE names what is wrong. */
pl_rc pl_filter_read(pl_cli *cli, const struct pl_args *args, pl_filter *ret,
                     pl_err *err) PL_MUST_USE;

/* Marks the findings of the assessment, copies of which are made in the arena. */
pl_rc pl_filter_apply(const pl_filter *f, pl_arena *a, pl_assessment *as, pl_err *err) PL_MUST_USE;

/* log_report.c: the report of that entry of the log; entry NULL: the newest. */
pl_rc pl_cli_log_report(pl_cli *cli, const char *entry, pl_buf *ret, pl_err *err) PL_MUST_USE;

/* A file, or standard input for "-". */
pl_rc pl_cli_read_report(const char *path, pl_buf *ret, pl_err *err) PL_MUST_USE;
