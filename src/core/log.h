/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: what happened, as an event name and typed fields, on one line of stderr.
 *
 *     pl_log(PL_LOG_INFO, "image.scanned", PL_LOG_STR("digest", digest), PL_LOG_U64("ms", ms));
 *
 *     image.scanned digest=sha256:ab ms=12                                             plain
 *     2026-11-21T09:41:39.123456Z info image.scanned digest=sha256:ab ms=12            text
 *     {"time":"2026-11-21T09:41:39.123456Z","level":"info","event":"image.scanned",... json
 *
 * A text field "message" is for people: of a line that has one, plain shows nothing else, after
 * "plimsoll: " when it is an error.
 *
 * Event and field names are string literals in snake_case, an event is "object.happened". No text
 * can split a line or reach a terminal as an escape sequence; a secret prints as ***. A room that
 * returns an error does not log it too; cli and hub do.
 *
 * Before pl_log_setup: plain, level PL_LOG_INFO, stderr. Set up once, before any thread; logging is
 * for any thread, each line is one write.
 */
#pragma once

#include "core/clock.h"
#include "core/err.h"
#include "core/str.h"

typedef enum pl_log_level { PL_LOG_ERROR, PL_LOG_WARN, PL_LOG_INFO, PL_LOG_DEBUG } pl_log_level;
typedef enum pl_log_format { PL_LOG_PLAIN, PL_LOG_TEXT, PL_LOG_JSON } pl_log_format;

typedef enum pl_log_type {
    PL_LOG_IS_STR,
    PL_LOG_IS_U64,
    PL_LOG_IS_I64,
    PL_LOG_IS_BOOL,
    PL_LOG_IS_SECRET, /* the value is not even kept */
} pl_log_type;

typedef struct pl_log_field {
    const char *name;
    pl_log_type type;
    pl_str s;
    uint64_t u;
    int64_t i;
} pl_log_field;

#define PL_LOG_STR(field, v) ((pl_log_field){.name = (field), .type = PL_LOG_IS_STR, .s = (v)})
#define PL_LOG_C(field, v) PL_LOG_STR(field, pl_str_c(v))
#define PL_LOG_U64(field, v) ((pl_log_field){.name = (field), .type = PL_LOG_IS_U64, .u = (v)})
#define PL_LOG_I64(field, v) ((pl_log_field){.name = (field), .type = PL_LOG_IS_I64, .i = (v)})
#define PL_LOG_BOOL(field, v) ((pl_log_field){.name = (field), .type = PL_LOG_IS_BOOL, .u = (v)})
#define PL_LOG_ERR(field, e) PL_LOG_STR(field, ((pl_str){(e)->text, (e)->len}))
#define PL_LOG_SECRET(field, v)                                                                    \
    ((pl_log_field){.name = (field), .type = PL_LOG_IS_SECRET, .u = sizeof(v)})

#define pl_log(level, event, ...)                                                                  \
    pl_log_fields((level), (event), (const pl_log_field[]){__VA_ARGS__},                           \
                  PL_COUNT(((const pl_log_field[]){__VA_ARGS__})))

void pl_log_fields(pl_log_level level, const char *event, const pl_log_field *fields, size_t n);

/*
 * What goes on now, in a line that the next one takes the place of; empty: there is nothing. Only
 * on a terminal, where lines are plain and PL_LOG_INFO is told. Any thread.
 */
void pl_log_progress(pl_str text);

/* One field, "message". */
void pl_log_say(pl_log_level level, const char *event, const char *fmt, ...) PL_PRINTF(3, 4);

void pl_log_setup(pl_log_level level, pl_log_format format, int fd, const pl_clock *clock);

bool pl_log_level_parse(pl_str s, pl_log_level *ret);   /* error, warn, info, debug */
bool pl_log_format_parse(pl_str s, pl_log_format *ret); /* plain, text, json */
