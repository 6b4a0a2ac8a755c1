/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `kube-bench --json`: {"Controls": [...], "Totals": {...}}, or with --nototals the list alone, or
 * one control of an old version. WARN is a row that a person has to look at. Its totals say how
 * many results there are.
 */
#include "ingest/limits.h"
#include "ingest/readers.h"

struct reading {
    pl_ingest_out *out;
    pl_err *err;
    pl_rc rc;
    pl_str version, node; /* of the control at hand */
    bool is_mixed;        /* controls of several benchmarks */
    size_t n_rows;
    uint64_t n_told;
    bool has_told;
};

static pl_outcome outcome_of(pl_str status)
{
    if (pl_str_eq(status, PL_S("PASS")))
        return PL_OUTCOME_PASS;
    if (pl_str_eq(status, PL_S("FAIL")))
        return PL_OUTCOME_FAIL;
    return pl_str_eq(status, PL_S("SKIP")) ? PL_OUTCOME_SUPPRESSED : PL_OUTCOME_UNKNOWN;
}

static void read_results(struct reading *u, pl_json_rd *r)
{
    pl_ingest_list list = {.out = u->out, .place = PL_S("results")};

    while (!u->rc && pl_ingest_next(&list, r, &u->rc, u->err)) {
        pl_str number = {"", 0}, desc = {"", 0}, status = {"", 0};
        const pl_json_slot slots[] = {
            {"test_number", &number}, {"test_desc", &desc}, {"status", &status}};
        pl_ingest_texts(r, u->out->row, slots, PL_COUNT(slots), PL_INGEST_MESSAGE);
        if (r->is_bad)
            return;
        u->n_rows++;
        const pl_ingest_row row = {.outcome = outcome_of(status),
                                   .severity = PL_UNKNOWN_SEVERITY,
                                   .topic = PL_TOPIC_BENCHMARK,
                                   .rule = number,
                                   .title = desc,
                                   .where = u->node};
        if (number.n && status.n)
            u->rc = pl_ingest_put(u->out, &row, u->err);
        else
            u->rc = pl_ingest_problem_at(u->out, u->err, "has no number or no status",
                                         "control %.*s, result %zu", PL_F(u->node), list.at);
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

static void read_control(struct reading *u, pl_json_rd *r)
{
    const pl_json_slot slots[] = {{"version", &u->version}, {"node_type", &u->node}};
    pl_json_rd head = *r;

    u->version = u->node = (pl_str){"", 0};
    pl_ingest_texts(&head, u->out->arena, slots, 2, PL_INGEST_NAME);
    u->is_mixed |= u->n_rows && !pl_str_eq(u->version, u->out->run.benchmark);
    u->out->run.benchmark = u->version;
    (void)pl_json_enter_object(r);
    for (pl_str key; !u->rc && pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("tests")))
            read_tests(u, r);
        else
            pl_json_skip(r);
    }
}

static void read_controls(struct reading *u, pl_json_rd *r)
{
    pl_ingest_list list = {.out = u->out, .place = PL_S("Controls")};

    while (!u->rc && pl_ingest_next(&list, r, &u->rc, u->err))
        read_control(u, r);
}

static void read_totals(struct reading *u, pl_json_rd *r)
{
    static const char *const names[] = {"total_pass", "total_fail", "total_warn", "total_info",
                                        "total_skip", "total_manu", "total_erro"};

    if (!pl_json_enter_object(r))
        return;
    u->has_told = true;
    for (pl_str key; pl_json_key(r, &key);) {
        bool is_one = false;
        for (size_t i = 0; i < PL_COUNT(names); i++)
            is_one |= pl_str_eq(key, pl_str_c(names[i]));
        if (!is_one) {
            pl_json_skip(r);
            continue;
        }
        uint64_t n = pl_json_size(r);
        u->n_told = n < UINT32_MAX ? u->n_told + n : UINT32_MAX;
    }
}

static void read_object(struct reading *u, pl_json_rd *r)
{
    pl_json_rd head = *r;
    bool is_list = false;

    (void)pl_json_enter_object(&head);
    for (pl_str key; pl_json_key(&head, &key); pl_json_skip(&head))
        is_list |= pl_str_eq(key, PL_S("Controls"));
    if (!is_list) {
        read_control(u, r);
        return;
    }
    (void)pl_json_enter_object(r);
    for (pl_str key; !u->rc && pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("Controls")))
            read_controls(u, r);
        else if (pl_str_eq(key, PL_S("Totals")))
            read_totals(u, r);
        else
            pl_json_skip(r);
    }
}

pl_rc pl_ingest_kube_bench(pl_ingest_out *out, pl_str text, pl_err *err)
{
    struct reading u = {.out = out, .err = err};
    pl_json_rd r = pl_json_rd_of(text);

    pl_ingest_begin(out);
    out->run.tool = PL_S("kube-bench");
    if (pl_json_peek(&r) == '{')
        read_object(&u, &r);
    else if (pl_json_peek(&r) == '[')
        read_controls(&u, &r);
    else
        return pl_fail(err, PL_FORMAT, "is neither an object nor a list");
    if (u.rc)
        return u.rc;
    if (u.is_mixed)
        out->run.benchmark = (pl_str){"", 0};
    if (u.has_told && u.n_told != u.n_rows)
        pl_ingest_ended(&out->run, false, PL_S("its totals are not those of its results"));
    else if (u.has_told && u.n_rows)
        pl_ingest_ended(&out->run, true, (pl_str){"", 0});
    (void)pl_json_done(&r);
    pl_ingest_cut_json(out, &r);
    return pl_ingest_end(out, err);
}
