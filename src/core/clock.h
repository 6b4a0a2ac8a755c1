/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time, injected: whoever needs the time gets a pl_clock, so tests need no sleep.
 *
 * Wall time is microseconds since 1970 UTC, monotonic time nanoseconds since boot. Printed form:
 * RFC 3339 with microseconds, "2026-11-21T09:41:39.123456Z". Any thread.
 */
#pragma once

#include "core/str.h"

typedef struct pl_clock {
    int64_t (*wall_us)(void *arg);
    uint64_t (*mono_ns)(void *arg);
    void *arg;
} pl_clock;

extern const pl_clock pl_clock_system;

enum { PL_TIME_TEXT = 28 }; /* 27 characters and a NUL */

int64_t pl_now_us(const pl_clock *c);
uint64_t pl_mono_ns(const pl_clock *c);

/* Years 0000 to 9999; outside it prints "invalid". */
void pl_time_print(int64_t us, char ret[PL_TIME_TEXT]);

/* RFC 3339 with 0 to 9 fraction digits and Z or an offset. False on anything else. */
bool pl_time_parse(pl_str s, int64_t *ret_us);
