/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a report goes: --format F to standard output, --output F=FILE (repeatable) to files.
 * A file is written beside its name and renamed into place, so a reader never sees half a report.
 */
#pragma once

#include "cli/cli.h"
#include "cli/grid.h"
#include "cli/verb.h"
#include "report/report.h"

/* Rows for a verb's table of options. */
#define PL_OUTPUT_OPTS                                                                             \
    {"format", "FORMAT", "to stdout: " PL_REPORT_FORMAT_WORDS, false},                             \
        {"output", "FORMAT=FILE", "a file as well", true},                                         \
    {                                                                                              \
        "group-by", "WORD", "sums by " PL_REPORT_GROUP_WORDS, false                                \
    }

/* PL_USAGE names a wrong word; called before the work is done, so that it is not done in vain. */
pl_rc pl_outputs_check(const struct pl_args *args, pl_err *err) PL_MUST_USE;

/* What makes one form of a report; a buffer that went bad is an error of the caller's. */
typedef struct pl_output_source {
    pl_rc (*render)(pl_report_format format, const pl_report_style *style, void *arg, pl_buf *out,
                    pl_err *err);
    void *arg;
    pl_str json; /* its JSON in one line, where that is there already; may be empty */
} pl_output_source;

/* Writes all that was asked for. otherwise: the format of standard output without --format. */
pl_rc pl_outputs_render(pl_cli *cli, const struct pl_args *args, pl_report_format otherwise,
                        const pl_output_source *source, pl_err *err) PL_MUST_USE;

/* An assessment at hand. */
typedef struct pl_outputs_of {
    const pl_assessment *a;
    const pl_derived *d;
    pl_str json; /* as it was recorded, in one line; empty: it was not */
} pl_outputs_of;

/* As above. */
pl_rc pl_outputs_write(pl_cli *cli, const struct pl_args *args, pl_report_format otherwise,
                       const pl_outputs_of *of, pl_err *err) PL_MUST_USE;

/* One file, as above. */
pl_rc pl_write_file(const char *path, pl_str bytes, pl_err *err) PL_MUST_USE;

pl_report_style pl_cli_style(const pl_cli *cli);

/* A table for standard output: within its lines where it is a terminal. */
pl_grid pl_cli_grid(const pl_cli *cli, size_t columns);
