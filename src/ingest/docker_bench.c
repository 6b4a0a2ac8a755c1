/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker-bench-security's JSON (`-l FILE` writes FILE.json). WARN is a fault; INFO and NOTE leave
 * it to a person. "end" is the last but one thing that it writes, times are seconds since 1970.
 */
#include "ingest/limits.h"
#include "ingest/readers.h"

struct reading {
    pl_ingest_out *out;
    pl_err *err;
    pl_rc rc;
    size_t n_rows;
    uint64_t n_told; /* 0: it does not say */
    bool has_end;
};

static pl_outcome outcome_of(pl_str result)
{
    if (pl_str_eq(result, PL_S("PASS")))
        return PL_OUTCOME_PASS;
    return pl_str_eq(result, PL_S("WARN")) ? PL_OUTCOME_FAIL : PL_OUTCOME_UNKNOWN;
}

static void read_results(struct reading *u, pl_json_rd *r)
{
    pl_ingest_list list = {.out = u->out, .place = PL_S("results")};

    while (!u->rc && pl_ingest_next(&list, r, &u->rc, u->err)) {
        pl_str id = {"", 0}, desc = {"", 0}, result = {"", 0}, details = {"", 0};
        const pl_json_slot slots[] = {
            {"id", &id}, {"desc", &desc}, {"result", &result}, {"details", &details}};
        pl_ingest_texts(r, u->out->row, slots, PL_COUNT(slots), PL_INGEST_MESSAGE);
        if (r->is_bad)
            return;
        u->n_rows++;
        const pl_ingest_row row = {.outcome = outcome_of(result),
                                   .severity = PL_UNKNOWN_SEVERITY,
                                   .topic = PL_TOPIC_BENCHMARK,
                                   .rule = id,
                                   .title = desc,
                                   .where = details};
        if (id.n && result.n)
            u->rc = pl_ingest_put(u->out, &row, u->err);
        else
            u->rc = pl_ingest_problem_at(u->out, u->err, "has no id or no result", "result %zu",
                                         u->n_rows - 1);
    }
}

static void read_tests(struct reading *u, pl_json_rd *r)
{
    pl_ingest_list list = {.out = u->out, .place = PL_S("tests")};

    while (!u->rc && pl_ingest_next(&list, r, &u->rc, u->err)) {
        (void)pl_json_enter_object(r);
        for (pl_str key; !u->rc && pl_json_key(r, &key);) {
            if (pl_str_eq(key, PL_S("results")))
                read_results(u, r);
            else
                pl_json_skip(r);
        }
    }
}

static void read_end(struct reading *u, pl_json_rd *r)
{
    const uint64_t most = UINT32_MAX;
    uint64_t seconds = pl_json_size(r);

    u->has_end = seconds != 0;
    if (seconds && seconds < most)
        pl_ingest_ran(&u->out->run, (int64_t)seconds * 1000000);
}

static void judge_end(struct reading *u)
{
    if (!u->has_end)
        pl_ingest_ended(&u->out->run, false, PL_S("it does not say when it ended"));
    else if (u->n_told && u->n_told != u->n_rows)
        pl_ingest_ended(&u->out->run, false,
                        PL_S("its count of checks is not that of its results"));
    else if (u->n_rows)
        pl_ingest_ended(&u->out->run, true, (pl_str){"", 0});
}

pl_rc pl_ingest_docker_bench(pl_ingest_out *out, pl_str text, pl_err *err)
{
    struct reading u = {.out = out, .err = err};
    pl_json_rd r = pl_json_rd_of(text);

    if (pl_json_peek(&r) != '{')
        return pl_fail(err, PL_FORMAT, "is no object");
    pl_ingest_begin(out);
    out->run.tool = PL_S("docker-bench-security");
    (void)pl_json_enter_object(&r);
    for (pl_str key; !u.rc && pl_json_key(&r, &key);) {
        if (pl_str_eq(key, PL_S("tests")))
            read_tests(&u, &r);
        else if (pl_str_eq(key, PL_S("end")))
            read_end(&u, &r);
        else if (pl_str_eq(key, PL_S("checks")))
            u.n_told = pl_json_size(&r);
        else if (pl_str_eq(key, PL_S("dockerbenchsecurity")))
            pl_json_string_head(&r, out->arena, PL_INGEST_NAME, &out->run.version);
        else
            pl_json_skip(&r);
    }
    if (u.rc)
        return u.rc;
    out->run.benchmark = pl_ingest_text(out->arena, "docker-bench-%.*s", PL_F(out->run.version));
    judge_end(&u);
    (void)pl_json_done(&r);
    pl_ingest_cut_json(out, &r);
    return pl_ingest_end(out, err);
}
