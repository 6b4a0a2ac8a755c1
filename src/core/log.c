/* SPDX-License-Identifier: Apache-2.0 */
#include "core/log.h"

#include "core/io.h"
#include "core/json_write.h"
#include "core/limits.h"
#include "core/text.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const level_names[] = {[PL_LOG_ERROR] = "error",
                                          [PL_LOG_WARN] = "warn",
                                          [PL_LOG_INFO] = "info",
                                          [PL_LOG_DEBUG] = "debug"};
static const char *const format_names[] = {
    [PL_LOG_PLAIN] = "plain", [PL_LOG_TEXT] = "text", [PL_LOG_JSON] = "json"};

static struct {
    pl_log_level level;
    pl_log_format format;
    int fd;
    const pl_clock *clock;
} logger = {PL_LOG_INFO, PL_LOG_PLAIN, STDERR_FILENO, &pl_clock_system};

/* To the line's start, and all behind it away. */
#define CLEAR "\r\x1b[K"

static atomic_bool has_progress; /* a line of progress stands there */

void pl_log_setup(pl_log_level level, pl_log_format format, int fd, const pl_clock *clock)
{
    logger.level = level;
    logger.format = format;
    logger.fd = fd;
    logger.clock = clock;
}

/* Its place in the list, or the list's length. */
static size_t place_of(pl_str word, const char *const *names, size_t n)
{
    size_t i = 0;

    while (i < n && !pl_str_eq(word, pl_str_c(names[i])))
        i++;
    return i;
}

bool pl_log_level_parse(pl_str s, pl_log_level *ret)
{
    size_t i = place_of(s, level_names, PL_COUNT(level_names));

    if (i < PL_COUNT(level_names))
        *ret = (pl_log_level)i;
    return i < PL_COUNT(level_names);
}

bool pl_log_format_parse(pl_str s, pl_log_format *ret)
{
    size_t i = place_of(s, format_names, PL_COUNT(format_names));

    if (i < PL_COUNT(format_names))
        *ret = (pl_log_format)i;
    return i < PL_COUNT(format_names);
}

static pl_str clip(pl_str s)
{
    return pl_str_sub(s, 0, PL_LOG_VALUE_MAX);
}

/* A value that a reader could not tell from its surroundings is quoted. */
static bool needs_quotes(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ' ' || s.p[i] == '"' || s.p[i] == '=')
            return true;
    return s.n == 0;
}

static void add_text_str(pl_buf *out, pl_str s)
{
    if (!needs_quotes(s)) {
        pl_text_visible(out, s, PL_TEXT_ALL);
        return;
    }
    pl_buf_ch(out, '"');
    for (pl_str part; pl_str_cut(&s, '"', &part);) {
        pl_text_visible(out, part, PL_TEXT_ALL);
        if (part.p + part.n < s.p)
            pl_buf_c(out, "\\\"");
    }
    pl_buf_ch(out, '"');
}

static void add_text_value(pl_buf *out, const pl_log_field *f)
{
    switch (f->type) {
    case PL_LOG_IS_STR:
        add_text_str(out, clip(f->s));
        break;
    case PL_LOG_IS_U64:
        pl_buf_fmt(out, "%ju", (uintmax_t)f->u);
        break;
    case PL_LOG_IS_I64:
        pl_buf_fmt(out, "%jd", (intmax_t)f->i);
        break;
    case PL_LOG_IS_BOOL:
        pl_buf_c(out, f->u ? "true" : "false");
        break;
    case PL_LOG_IS_SECRET:
        pl_buf_c(out, "***");
        break;
    }
}

static void add_json_value(pl_buf *out, const pl_log_field *f)
{
    PL_AUTO_BUF pl_buf shown = {0};

    if (f->type == PL_LOG_IS_STR) {
        /* JSON alone would let bidi marks through to whoever reads the log. */
        pl_text_visible(&shown, clip(f->s), PL_TEXT_ALL);
        pl_json_quote(out, pl_buf_view(&shown));
    } else if (f->type == PL_LOG_IS_SECRET) {
        pl_buf_c(out, "\"***\"");
    } else {
        add_text_value(out, f);
    }
}

static void add_text_fields(pl_buf *line, const pl_log_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        pl_buf_fmt(line, " %s=", fields[i].name);
        add_text_value(line, &fields[i]);
    }
}

static const pl_log_field *message_of(const pl_log_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fields[i].type == PL_LOG_IS_STR && pl_str_eq(pl_str_c(fields[i].name), PL_S("message")))
            return &fields[i];
    return NULL;
}

static void add_plain(pl_buf *line, pl_log_level level, const char *event,
                      const pl_log_field *fields, size_t n)
{
    const pl_log_field *message = message_of(fields, n);

    pl_buf_c(line, level == PL_LOG_ERROR ? "plimsoll: " : "");
    if (message) {
        pl_text_visible(line, clip(message->s), PL_TEXT_ALL);
        return;
    }
    pl_buf_c(line, event);
    add_text_fields(line, fields, n);
}

static void add_json(pl_buf *line, pl_log_level level, const char *event, const char *now,
                     const pl_log_field *fields, size_t n)
{
    pl_buf_fmt(line, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", now, level_names[level],
               event);
    for (size_t i = 0; i < n; i++) {
        pl_buf_fmt(line, ",\"%s\":", fields[i].name);
        add_json_value(line, &fields[i]);
    }
    pl_buf_ch(line, '}');
}

static bool shows_progress(void)
{
    const char *term = getenv("TERM");

    return logger.level >= PL_LOG_INFO && logger.format == PL_LOG_PLAIN && term &&
           strcmp(term, "dumb") != 0 && isatty(logger.fd);
}

void pl_log_progress(pl_str text)
{
    enum { MOST = 79 }; /* of a line that must not break */
    PL_AUTO_BUF pl_buf line = {.max = PL_LOG_LINE_MAX};

    if (!shows_progress() || (!text.n && !atomic_load(&has_progress)))
        return;
    pl_buf_c(&line, CLEAR);
    pl_text_visible(&line, text, MOST);
    atomic_store(&has_progress, text.n > 0);
    if (pl_buf_ok(&line))
        (void)!pl_write_all(logger.fd, pl_buf_view(&line), NULL);
}

void pl_log_fields(pl_log_level level, const char *event, const pl_log_field *fields, size_t n)
{
    PL_AUTO_BUF pl_buf line = {.max = PL_LOG_LINE_MAX};
    char now[PL_TIME_TEXT];

    if (level > logger.level)
        return;
    pl_time_print(pl_now_us(logger.clock), now);
    switch (logger.format) {
    case PL_LOG_PLAIN:
        pl_buf_c(&line, atomic_exchange(&has_progress, false) ? CLEAR : "");
        add_plain(&line, level, event, fields, n);
        break;
    case PL_LOG_TEXT:
        pl_buf_fmt(&line, "%s %s %s", now, level_names[level], event);
        add_text_fields(&line, fields, n);
        break;
    case PL_LOG_JSON:
        add_json(&line, level, event, now, fields, n);
        break;
    }
    pl_buf_ch(&line, '\n');
    /* A log that cannot be written has nowhere to say so. */
    if (pl_buf_ok(&line))
        (void)!pl_write_all(logger.fd, pl_buf_view(&line), NULL);
}

void pl_log_say(pl_log_level level, const char *event, const char *fmt, ...)
{
    char message[PL_LOG_VALUE_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    pl_log(level, event, PL_LOG_C("message", message));
}
