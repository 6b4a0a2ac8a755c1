/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/record.h"

#include "core/clock.h"
#include "core/json_put.h"
#include "ingest/limits.h"

#include <stdlib.h>
#include <string.h>

/* ---- the blob ---- */

static int by_weight(const void *pa, const void *pb)
{
    const pl_ingest_row *a = pa, *b = pb;
    static const int rank[] = {
#define X(sym, word, r) [PL_##sym] = (r),
        PL_SEVERITY_LIST(X)
#undef X
    };

    if (a->outcome != b->outcome)
        return a->outcome < b->outcome ? -1 : 1;
    if (a->severity != b->severity)
        return rank[a->severity] > rank[b->severity] ? -1 : 1;
    int order = pl_str_cmp(a->rule, b->rule);
    return order ? order : pl_str_cmp(a->where, b->where);
}

static pl_rc write_rows(const pl_ingest_tools *t, const pl_ingest_run *run, pl_buf *out,
                        pl_err *err)
{
    pl_topic own = pl_ingest_topic_of(t, run->tool);
    PL_AUTO_FREE pl_ingest_row *rows = calloc(run->n_rows + 1, sizeof(*rows));

    if (!rows)
        return pl_fail(err, PL_NOMEM, "results of a run");
    if (run->n_rows)
        memcpy(rows, run->rows, run->n_rows * sizeof(*rows));
    qsort(rows, run->n_rows, sizeof(*rows), by_weight);
    for (size_t i = 0; i < run->n_rows; i++) {
        pl_jw w = {.out = out};
        pl_jw_object(&w);
        pl_jput_c(&w, "outcome", pl_outcome_word(rows[i].outcome));
        pl_jput_c(&w, "severity", pl_severity_word(rows[i].severity));
        pl_jput_c(&w, "topic",
                  pl_topic_word(rows[i].topic == PL_TOPIC_UNTOLD ? own : rows[i].topic));
        pl_jput_str(&w, "rule", rows[i].rule);
        pl_jput_str(&w, "title", rows[i].title);
        pl_jput_str(&w, "where", rows[i].where);
        pl_jw_end(&w);
        pl_buf_ch(out, '\n');
    }
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "results of a run");
}

/* ---- the body ---- */

static void put_time(pl_jw *w, const char *key, int64_t us)
{
    char text[PL_TIME_TEXT] = "";

    if (us)
        pl_time_print(us, text);
    pl_jput_c(w, key, us ? text : NULL);
}

static void put_counts(pl_jw *w, const pl_ingest_run *run)
{
    static const char *const names[] = {"fail", "unknown", "suppressed", "not_applicable", "pass"};
    _Static_assert(PL_COUNT(names) == PL_OUTCOME_COUNT, "a count for each outcome");

    pl_jopen_object(w, "counts");
    for (size_t o = 0; o < PL_OUTCOME_COUNT; o++) {
        size_t n = 0;
        for (size_t t = 0; t < PL_TOPIC_COUNT; t++)
            n += run->count[t][o];
        pl_jput_int(w, names[o], (int64_t)n);
    }
    pl_jw_end(w);
}

static void put_controls(pl_jw *w, const pl_ingest_tools *t, const pl_ingest_bearing *v, size_t n,
                         int64_t ran_us)
{
    const int64_t day_us = INT64_C(86400) * 1000000;

    pl_jopen_array(w, "controls");
    for (size_t i = 0; i < n; i++) {
        pl_jw_object(w);
        pl_jput_str(w, "control", v[i].control);
        pl_jput_c(w, "topic", pl_topic_word(v[i].topic));
        pl_jput_bool(w, "by_row", v[i].is_by_row);
        pl_jput_int(w, "fail", (int64_t)v[i].fail);
        pl_jput_int(w, "pass", (int64_t)v[i].pass);
        pl_jput_int(w, "other", (int64_t)v[i].other);
        put_time(w, "until", ran_us ? ran_us + pl_ingest_days(t, v[i].topic) * day_us : 0);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void put_problems(pl_jw *w, const pl_ingest_document *doc)
{
    pl_jput_int(w, "n_problems", (int64_t)doc->n_problems_all);
    pl_jopen_array(w, "problems");
    for (size_t i = 0; i < doc->n_problems && i < PL_INGEST_KEPT; i++) {
        PL_AUTO_BUF pl_buf line = {0};
        pl_buf_fmt(&line, "%.*s: %.*s", PL_F(doc->problems[i].place), PL_F(doc->problems[i].what));
        pl_jw_str(w, pl_buf_view(&line));
    }
    pl_jw_end(w);
}

static const char *end_word(const pl_ingest_run *run, const pl_ingest_document *doc)
{
    if (run->is_cut || doc->is_cut)
        return "cut";
    return run->end == PL_RUN_END_FAILED ? "failed"
           : run->end == PL_RUN_END_SAID ? "said"
                                         : "not-said";
}

struct recording {
    const pl_ingest_tools *tools;
    const char *content;
    const pl_ingest_file *file;
    const pl_ingest_document *doc;
    pl_arena *arena;
};

static void put_head(pl_jw *w, const struct recording *r, const pl_ingest_run *run, size_t at)
{
    bool is_claimed = !run->ran_us && r->file->ran_us;

    pl_jput_str(w, "tool", run->tool);
    pl_jput_str(w, "version", run->version.n ? run->version : r->file->version);
    pl_jput_bool(w, "version_claimed", !run->version.n && r->file->version.n);
    pl_jput_str(w, "format", r->doc->format);
    pl_jput_str(w, "about", r->file->about.n ? r->file->about : run->about);
    pl_jput_str(w, "benchmark", run->benchmark);
    pl_jput_str(w, "file", r->file->name);
    pl_jput_str(w, "sha256", r->file->sha256);
    pl_jput_int(w, "bytes", (int64_t)r->file->bytes);
    pl_jput_int(w, "run", (int64_t)at);
    put_time(w, "ran", is_claimed ? r->file->ran_us : run->ran_us);
    pl_jput_bool(w, "ran_claimed", is_claimed);
    pl_jput_c(w, "end", end_word(run, r->doc));
    pl_jput_str(w, "why", r->doc->is_cut ? r->doc->why : run->why);
    pl_jput_c(w, "content", r->content);
}

static pl_rc write_body(const struct recording *r, const pl_ingest_run *run, size_t at,
                        json_t **ret, pl_err *err)
{
    const pl_ingest_bearing *bearings = NULL;
    PL_AUTO_BUF pl_buf text = {0};
    pl_jw w = {.out = &text};
    size_t n = 0;
    pl_rc rc = pl_ingest_bearings(r->tools, run, r->arena, &bearings, &n, err);

    if (rc)
        return rc;
    pl_jw_object(&w);
    put_head(&w, r, run, at);
    put_counts(&w, run);
    put_controls(&w, r->tools, bearings, n, run->ran_us ? run->ran_us : r->file->ran_us);
    put_problems(&w, r->doc);
    pl_jw_end(&w);
    *ret = pl_buf_ok(&text) ? json_loadb(text.p, text.n, 0, NULL) : NULL;
    return *ret ? PL_OK : pl_fail(err, PL_NOMEM, "entry of a run");
}

/* ---- all runs ---- */

static void free_all(json_t **bodies, pl_buf *blobs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_decref(bodies[i]);
        pl_buf_done(&blobs[i]);
    }
}

static pl_rc append(const pl_ledger_options *o, const pl_ledger_rec *recs, size_t n,
                    uint64_t *ret_indices, pl_err *err)
{
    PL_AUTO_LEDGER pl_ledger *log = NULL;
    pl_ledger_options own = *o;

    own.role = "ingest";
    pl_rc rc = pl_ledger_open(&own, &log, err);
    if (!rc)
        rc = pl_ledger_append_many(log, recs, n, PL_LEDGER_PUBLISHED, ret_indices, NULL, err);
    if (!rc)
        rc = pl_ledger_close(PL_TAKE(log, NULL), NULL, err);
    return rc ? pl_wrap(err, rc, "evidence log") : PL_OK;
}

pl_rc pl_ingest_record(const pl_ledger_options *o, const pl_ingest_tools *t, const char *content,
                       const pl_ingest_file *file, const pl_ingest_document *doc, pl_arena *a,
                       uint64_t *ret_indices, pl_err *err)
{
    const struct recording r = {t, content, file, doc, a};
    json_t *bodies[PL_INGEST_RUNS] = {0};
    pl_buf rows[PL_INGEST_RUNS] = {0};
    pl_ledger_blob blobs[PL_INGEST_RUNS];
    pl_ledger_rec recs[PL_INGEST_RUNS];
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < doc->n_runs; i++) {
        rc = write_body(&r, &doc->runs[i], i, &bodies[i], err);
        if (!rc)
            rc = write_rows(t, &doc->runs[i], &rows[i], err);
        blobs[i] = (pl_ledger_blob){"results", "application/x-ndjson", pl_buf_view(&rows[i])};
        recs[i] = (pl_ledger_rec){
            .type = PL_INGEST_ENTRY, .body = bodies[i], .blobs = &blobs[i], .n_blobs = 1};
    }
    if (!rc)
        rc = append(o, recs, doc->n_runs, ret_indices, err);
    free_all(bodies, rows, doc->n_runs);
    return rc;
}
