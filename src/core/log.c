/* SPDX-License-Identifier: Apache-2.0 */
#include "core/log.h"

#include "core/io.h"
#include "core/json_write.h"
#include "core/limits.h"
#include "core/text.h"

static const char *const level_names[] = {[PL_LOG_ERROR] = "error",
                                          [PL_LOG_WARN] = "warn",
                                          [PL_LOG_INFO] = "info",
                                          [PL_LOG_DEBUG] = "debug"};

static struct {
    pl_log_level level;
    pl_log_format format;
    int fd;
    const pl_clock *clock;
} logger = {PL_LOG_WARN, PL_LOG_TEXT, STDERR_FILENO, &pl_clock_system};

void pl_log_setup(pl_log_level level, pl_log_format format, int fd, const pl_clock *clock)
{
    logger.level = level;
    logger.format = format;
    logger.fd = fd;
    logger.clock = clock;
}

bool pl_log_level_parse(pl_str s, pl_log_level *ret)
{
    for (size_t i = 0; i < PL_COUNT(level_names); i++)
        if (pl_str_eq(s, pl_str_c(level_names[i]))) {
            *ret = (pl_log_level)i;
            return true;
        }
    return false;
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

void pl_log_fields(pl_log_level level, const char *event, const pl_log_field *fields, size_t n)
{
    PL_AUTO_BUF pl_buf line = {.max = PL_LOG_LINE_MAX};
    bool is_json = logger.format == PL_LOG_JSON;
    char now[PL_TIME_TEXT];

    if (level > logger.level)
        return;
    pl_time_print(pl_now_us(logger.clock), now);
    pl_buf_fmt(&line, is_json ? "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"" : "%s %s %s",
               now, level_names[level], event);
    for (size_t i = 0; i < n; i++) {
        pl_buf_fmt(&line, is_json ? ",\"%s\":" : " %s=", fields[i].name);
        if (is_json)
            add_json_value(&line, &fields[i]);
        else
            add_text_value(&line, &fields[i]);
    }
    pl_buf_c(&line, is_json ? "}\n" : "\n");
    /* A log that cannot be written has nowhere to say so. */
    if (pl_buf_ok(&line))
        (void)!pl_write_all(logger.fd, pl_buf_view(&line), NULL);
}
