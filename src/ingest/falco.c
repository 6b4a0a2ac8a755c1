/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Falco's events with json_output, one a line. Each is something that was seen; that nothing was
 * seen is said by no line, so a run of a sensor never says that it ended.
 */
#include "core/clock.h"
#include "ingest/limits.h"
#include "ingest/lines.h"
#include "ingest/readers.h"

struct event {
    pl_str rule, priority, output, time, host, container;
};

static bool read_event(pl_ingest_out *out, pl_str line, struct event *to, const char **ret_why)
{
    const pl_json_slot slots[] = {{"rule", &to->rule},
                                  {"priority", &to->priority},
                                  {"output", &to->output},
                                  {"time", &to->time},
                                  {"hostname", &to->host}};
    const pl_json_slot names[] = {{"container.name", &to->container}};
    pl_json_rd r = pl_json_rd_of(line);

    *ret_why = "is no object";
    if (pl_json_peek(&r) != '{')
        return false;
    (void)pl_json_enter_object(&r);
    for (pl_str key; pl_json_key(&r, &key);) {
        if (pl_str_eq(key, PL_S("output_fields")))
            pl_ingest_texts(&r, out->row, names, 1, PL_INGEST_NAME);
        else if (!pl_json_pick(&r, out->row, key, slots, PL_COUNT(slots), PL_INGEST_MESSAGE))
            pl_json_skip(&r);
    }
    bool is_read = pl_json_done(&r);
    *ret_why = is_read ? "names no rule" : r.why;
    return is_read && to->rule.n;
}

/* What ran until the newest event ran. */
static void note(pl_ingest_out *out, const struct event *e)
{
    int64_t us = 0;

    if (pl_time_parse(e->time, &us) && us > out->run.ran_us)
        out->run.ran_us = us;
    if (!out->run.about.n && e->host.n)
        out->run.about = pl_arena_str(out->arena, pl_str_sub(e->host, 0, PL_INGEST_NAME));
}

static pl_rc put_event(pl_ingest_out *out, const struct event *e, pl_err *err)
{
    const pl_ingest_row row = {
        .outcome = PL_OUTCOME_FAIL,
        .severity = pl_ingest_severity(e->priority),
        .topic = PL_TOPIC_EVENT,
        .rule = e->rule,
        .title = e->output,
        .where =
            pl_ingest_text(out->row, "%.*s%s%.*s at %.*s", PL_F(e->host),
                           e->container.n ? ", container " : "", PL_F(e->container), PL_F(e->time)),
    };
    return pl_ingest_put(out, &row, err);
}

/* Lines of its own about itself, which stand between the events on its output: "Fri Nov  3 15:48:07
 * 2023: Falco version: 0.36.2 (x86_64)". */
static bool is_own_line(pl_ingest_out *out, pl_str line)
{
    static const char days[] = "MonTueWedThuFriSatSun";
    enum { STAMP = 24 };
    const pl_str mark = PL_S(": Falco version: ");
    pl_str rest = pl_str_sub(line, STAMP, line.n), version;

    if (line.n < STAMP || !pl_str_has(pl_str_c(days), pl_str_sub(line, 0, 3)) ||
        !pl_str_starts(rest, PL_S(": ")))
        return false;
    if (pl_str_starts(rest, mark)) {
        rest = pl_str_sub(rest, mark.n, rest.n);
        (void)pl_str_cut(&rest, ' ', &version);
        out->run.version = pl_arena_str(out->arena, pl_str_sub(version, 0, PL_INGEST_NAME));
    }
    return true;
}

pl_rc pl_ingest_falco(pl_ingest_out *out, pl_str text, pl_err *err)
{
    pl_ingest_lines lines = {.rest = text};
    pl_rc rc = PL_OK;

    pl_ingest_begin(out);
    out->run.tool = PL_S("Falco");
    for (pl_str line; !rc && pl_ingest_line(&lines, &line);) {
        struct event e = {0};
        const char *why = NULL;
        if (!pl_str_trim(line).n || is_own_line(out, line))
            continue;
        pl_arena_reset(out->row);
        if (read_event(out, line, &e, &why)) {
            note(out, &e);
            rc = put_event(out, &e, err);
        } else if (lines.is_whole) {
            rc = pl_ingest_problem_at(out, err, why, "line %zu", lines.number);
        } else {
            pl_ingest_cut(out, text, line.p, why);
        }
    }
    return rc ? rc : pl_ingest_end(out, err);
}
