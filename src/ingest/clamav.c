/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs of clamscan and clamdscan, which may be appended one to the other: "PATH: NAME FOUND",
 * "PATH: OK", and at the end of each run a summary. Clean files are counted, not listed. A log of
 * clamd has a time and " -> " in front of each line, and no summary.
 */
#include "core/char.h"
#include "ingest/limits.h"
#include "ingest/lines.h"
#include "ingest/readers.h"

#include <string.h>

struct reading {
    pl_ingest_out *out;
    pl_err *err;
    size_t n_found, n_ok;
    uint64_t scanned, infected, errors;
    bool has_summary, has_infected, has_time; /* the time is the end of a summary */
    bool knows_nothing;                       /* it ran without signatures */
};

static void begin(struct reading *u)
{
    *u = (struct reading){.out = u->out, .err = u->err};
    pl_ingest_begin(u->out);
    u->out->run.tool = PL_S("ClamAV");
    u->out->run.is_seen[PL_TOPIC_MALWARE] = true;
}

/* The path may have colons of its own: the last ": " is before the name. */
static bool split(pl_str line, pl_str *path, pl_str *rest)
{
    for (size_t i = line.n; i > 1; i--)
        if (line.p[i - 2] == ':' && line.p[i - 1] == ' ') {
            *path = pl_str_sub(line, 0, i - 2);
            *rest = pl_str_sub(line, i, line.n);
            return true;
        }
    return false;
}

static pl_str without_time(pl_str line)
{
    enum { WEEKDAY_TO_YEAR = 24 };
    bool has_time = line.n > WEEKDAY_TO_YEAR + 4 &&
                    pl_str_eq(pl_str_sub(line, WEEKDAY_TO_YEAR, 4), PL_S(" -> "));

    return has_time ? pl_str_sub(line, WEEKDAY_TO_YEAR + 4, line.n) : line;
}

static pl_rc put(struct reading *u, pl_outcome outcome, pl_str name, pl_str path)
{
    const pl_ingest_row row = {.outcome = outcome,
                               .severity =
                                   outcome == PL_OUTCOME_FAIL ? PL_HIGH : PL_UNKNOWN_SEVERITY,
                               .topic = PL_TOPIC_MALWARE,
                               .rule = name,
                               .where = path};
    return pl_ingest_put(u->out, &row, u->err);
}

static pl_rc take_file(struct reading *u, pl_str line)
{
    pl_str found = PL_S(" FOUND"), error = PL_S(" ERROR"), path, rest;

    if (!split(without_time(line), &path, &rest))
        return PL_OK;
    if (pl_str_ends(rest, found)) {
        u->n_found++;
        return put(u, PL_OUTCOME_FAIL, pl_str_sub(rest, 0, rest.n - found.n), path);
    }
    if (pl_str_ends(rest, error))
        return put(u, PL_OUTCOME_UNKNOWN, pl_str_sub(rest, 0, rest.n - error.n), path);
    if (pl_str_eq(rest, PL_S("OK")))
        u->n_ok++;
    return PL_OK;
}

/* "2026:11:22 05:12:14", of the machine's own zone, which is not said: taken as UTC. */
static void take_end(struct reading *u, pl_str value)
{
    char text[] = "0000-00-00T00:00:00Z";
    int64_t us = 0;

    if (value.n + 1 != strlen(text))
        return;
    memcpy(text, value.p, value.n);
    text[4] = text[7] = '-';
    text[10] = 'T';
    if (pl_ingest_time(pl_str_c(text), &us))
        pl_ingest_ran(&u->out->run, us);
}

static void take_summary(struct reading *u, pl_str line)
{
    pl_str value = line, name;

    (void)pl_str_cut(&value, ':', &name);
    value = pl_str_trim(value);
    if (pl_str_eq(name, PL_S("Engine version")))
        u->out->run.version = value;
    else if (pl_str_eq(name, PL_S("Known viruses")))
        u->knows_nothing = pl_str_eq(value, PL_S("0"));
    else if (pl_str_eq(name, PL_S("Scanned files")))
        (void)pl_str_u64(value, &u->scanned);
    else if (pl_str_eq(name, PL_S("Infected files")))
        u->has_infected = pl_str_u64(value, &u->infected);
    else if (pl_str_eq(name, PL_S("Total errors")))
        (void)pl_str_u64(value, &u->errors);
    else if (pl_str_eq(name, PL_S("Time")))
        u->has_time = true;
    else if (pl_str_eq(name, PL_S("End Date")))
        take_end(u, value);
}

/* A file in an archive has a line of its own, so there may be more lines than infected files. */
static pl_rc end(struct reading *u)
{
    pl_ingest_run *run = &u->out->run;
    uint64_t clean = u->scanned > u->infected ? u->scanned - u->infected : 0;

    /* Without a summary the next file could have been the infected one. */
    if (u->has_summary)
        run->count[PL_TOPIC_MALWARE][PL_OUTCOME_PASS] += u->n_ok ? u->n_ok : clean;
    if (u->knows_nothing)
        pl_ingest_ended(run, false, PL_S("the scanner knew no virus"));
    if (u->errors)
        pl_ingest_ended(run, false, PL_S("files could not be scanned"));
    if (u->has_infected && u->n_found < u->infected)
        pl_ingest_ended(run, false, PL_S("fewer lines than infected files"));
    if (u->has_infected && u->scanned && u->has_time)
        pl_ingest_ended(run, true, (pl_str){"", 0});
    return pl_ingest_end(u->out, u->err);
}

static bool ends_summary(pl_str line)
{
    return !pl_str_trim(line).n || pl_str_starts(line, PL_S("-----"));
}

pl_rc pl_ingest_clamav(pl_ingest_out *out, pl_str text, pl_err *err)
{
    struct reading u = {.out = out, .err = err};
    pl_ingest_lines lines = {.rest = text};
    pl_rc rc = PL_OK;

    begin(&u);
    for (pl_str line; !rc && pl_ingest_line(&lines, &line);) {
        if (pl_str_has(line, PL_S("- SCAN SUMMARY -"))) {
            u.has_summary = true;
        } else if (u.has_summary && ends_summary(line)) {
            rc = end(&u);
            if (!rc)
                begin(&u);
        } else if (u.has_summary) {
            take_summary(&u, line);
        } else {
            rc = take_file(&u, line);
        }
    }
    bool is_first = out->n_runs == 0;
    if (rc || (!is_first && !u.has_summary && !u.n_found && !u.n_ok)) {
        out->is_open = false;
        return rc;
    }
    if (lines.number && !lines.is_whole)
        pl_ingest_cut(out, text, text.p + text.n, "the last line has no end");
    return end(&u);
}
