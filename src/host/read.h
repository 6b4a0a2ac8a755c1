/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reading of a snapshot: bytes in, records and wishes out. Runs in the worker, and in the
 * process for tests and fuzzing; needs nothing but memory.
 *
 * Input: u8 live, u8 last round, u64 time in microseconds, the hints, the snapshot. Answer frames:
 * one for each path that is wanted (u8 ops, then the path); when nothing is wanted, or this is the
 * last round, one record of kind host and records of kind file for the engine.
 */
#pragma once

#include "core/jail.h"
#include "host/hints.h"
#include "host/snap.h"

enum {
    PL_HOST_FRAME_HOST = PL_FRAME_USER,
    PL_HOST_FRAME_FILE,
    PL_HOST_FRAME_WANT,
};

void pl_host_question(bool is_live, bool is_last, int64_t now_us, const pl_host_hints *h,
                      const pl_snap *s, pl_buf *out);

typedef pl_rc (*pl_host_answer)(uint32_t type, pl_str payload, void *arg, pl_err *err);

pl_rc pl_host_read(pl_str question, pl_host_answer answer, void *arg, pl_err *err) PL_MUST_USE;
