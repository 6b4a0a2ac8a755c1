/* SPDX-License-Identifier: Apache-2.0 */
/* The monthly report of vulnerabilities, for people and as JSON (docs/formats/fedramp.md). */
#pragma once

#include "cli/cli.h"
#include "core/buf.h"
#include "core/clock.h"
#include "govern/vdr.h"

typedef struct pl_fedramp_time {
    char month[PL_TIME_TEXT]; /* "2026-11" */
    int64_t from_us, to_us;   /* to: the end of the month, or now */
    bool is_over;
    int64_t since_us; /* 0, or reports from before it were not read */
} pl_fedramp_time;

/* Rows of the time: not gone before it. Visible text. */
void pl_fedramp_text(const pl_vdr_history *h, const pl_vdr_terms *t, const pl_fedramp_time *time,
                     const pl_cli *cli, pl_buf *out);

/* Rows of all the time that was read. */
void pl_fedramp_json(const pl_vdr_history *h, const pl_vdr_terms *t, const pl_fedramp_time *time,
                     const pl_cli *cli, pl_buf *out);
