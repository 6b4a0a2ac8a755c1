/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of a run come in any order, so each is read twice: for the tool, its rules and how it
 * ended, then for its results. What breaks off is read twice up to there.
 */
#include "core/clock.h"
#include "ingest/limits.h"
#include "ingest/readers.h"
#include "ingest/sarif_rules.h"

#include <string.h>

struct run {
    pl_ingest_out *out;
    size_t at; /* runs[at] */
    pl_sarif_rules rules;
    bool has_own_errors; /* the tool tells errors of its own */
    pl_err *err;
    pl_rc rc;
};

/* ---- the tool and how it ran ---- */

static void read_component(struct run *u, pl_json_rd *r, bool is_driver)
{
    pl_str name = {"", 0}, version = {"", 0}, semantic = {"", 0};
    const pl_json_slot slots[] = {
        {"name", &name}, {"version", &version}, {"semanticVersion", &semantic}};
    pl_arena *a = u->out->arena;

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("rules"))) {
            u->rc = u->rc ? u->rc : pl_sarif_rules_read(&u->rules, r, a, u->err);
            if (u->rc)
                return;
        } else if (!pl_json_pick(r, a, key, slots, PL_COUNT(slots), PL_INGEST_NAME)) {
            pl_json_skip(r);
        }
    }
    if (is_driver) {
        u->out->run.tool = name;
        u->out->run.version = semantic.n ? semantic : version;
    }
}

static void read_tool(struct run *u, pl_json_rd *r)
{
    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("driver"))) {
            read_component(u, r, true);
        } else if (pl_str_eq(key, PL_S("extensions")) && pl_json_peek(r) == '[') {
            (void)pl_json_enter_array(r);
            while (!u->rc && pl_json_item(r))
                read_component(u, r, false);
        } else {
            pl_json_skip(r);
        }
        if (u->rc)
            return;
    }
}

/* Notifications of level "error": the tool gave up on something (section 3.58.6). */
static bool has_errors(pl_json_rd *r)
{
    pl_str level = {"", 0};
    bool has = false;

    if (!pl_json_enter_array(r))
        return false;
    while (pl_json_item(r)) {
        if (!pl_json_enter_object(r))
            continue;
        for (pl_str key; pl_json_key(r, &key);)
            if (!pl_str_eq(key, PL_S("level")))
                pl_json_skip(r);
            else if (pl_json_raw(r, &level))
                has |= pl_str_eq(level, PL_S("error"));
    }
    return has;
}

static void read_invocation(struct run *u, pl_json_rd *r)
{
    pl_str end = {"", 0}, start = {"", 0};
    const pl_json_slot slots[] = {{"endTimeUtc", &end}, {"startTimeUtc", &start}};
    bool is_good = false, is_said = false;
    int64_t us = 0;

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("executionSuccessful")))
            is_said |= pl_json_bool(r, &is_good);
        else if (pl_str_eq(key, PL_S("toolExecutionNotifications")) ||
                 pl_str_eq(key, PL_S("toolConfigurationNotifications")))
            u->has_own_errors |= has_errors(r);
        else if (!pl_json_pick(r, u->out->arena, key, slots, 2, PL_INGEST_NAME))
            pl_json_skip(r);
    }
    if (is_said)
        pl_ingest_ended(&u->out->run, is_good, PL_S("the document says that the run failed"));
    if (pl_time_parse(end.n ? end : start, &us))
        pl_ingest_ran(&u->out->run, us);
}

static void read_invocations(struct run *u, pl_json_rd *r)
{
    if (pl_json_enter_array(r))
        while (pl_json_item(r))
            read_invocation(u, r);
}

/* The revision that was looked at. */
static void read_provenance(struct run *u, pl_json_rd *r)
{
    pl_str uri = {"", 0}, revision = {"", 0};
    const pl_json_slot slots[] = {{"repositoryUri", &uri}, {"revisionId", &revision}};
    pl_arena *a = u->out->arena;

    if (!pl_json_enter_array(r))
        return;
    while (pl_json_item(r))
        pl_ingest_texts(r, a, slots, 2, PL_INGEST_NAME);
    if (uri.n || revision.n)
        u->out->run.about = pl_ingest_text(a, "%.*s%s%.*s", PL_F(uri),
                                           uri.n && revision.n ? "@" : "", PL_F(revision));
}

static void read_properties(struct run *u, pl_json_rd *r)
{
    pl_str image = {"", 0};
    const pl_json_slot slot = {"imageName", &image};

    pl_ingest_texts(r, u->out->arena, &slot, 1, PL_INGEST_PLACE);
    if (image.n)
        u->out->run.about = image;
}

static void read_about(struct run *u, pl_json_rd r)
{
    if (!pl_json_enter_object(&r))
        return;
    for (pl_str key; !u->rc && pl_json_key(&r, &key);) {
        if (pl_str_eq(key, PL_S("tool")))
            read_tool(u, &r);
        else if (pl_str_eq(key, PL_S("invocations")))
            read_invocations(u, &r);
        else if (pl_str_eq(key, PL_S("versionControlProvenance")))
            read_provenance(u, &r);
        else if (pl_str_eq(key, PL_S("properties")))
            read_properties(u, &r);
        else
            pl_json_skip(&r);
    }
    if (u->has_own_errors)
        pl_ingest_ended(&u->out->run, false, PL_S("the tool tells errors of its own"));
}

/* ---- results ---- */

struct result {
    pl_str rule, level, kind, baseline, message, uri, line, logical;
    uint64_t rule_index;
    bool has_index, is_suppressed;
};

static void read_message(struct run *u, pl_json_rd *r, pl_str *ret)
{
    const pl_json_slot slot = {"text", ret};

    pl_ingest_texts(r, u->out->row, &slot, 1, PL_INGEST_MESSAGE);
}

static void read_line(pl_json_rd *r, struct result *to)
{
    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("startLine")))
            (void)pl_json_number(r, &to->line);
        else
            pl_json_skip(r);
    }
}

static void read_physical(struct run *u, pl_json_rd *r, struct result *to)
{
    const pl_json_slot uri = {"uri", &to->uri};

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("region")))
            read_line(r, to);
        else if (!pl_str_eq(key, PL_S("artifactLocation")))
            pl_json_skip(r);
        else
            pl_ingest_texts(r, u->out->row, &uri, 1, PL_INGEST_PLACE);
    }
}

static void read_logical(struct run *u, pl_json_rd *r, struct result *to)
{
    pl_str name = {"", 0}, full = {"", 0};
    const pl_json_slot slots[] = {{"name", &name}, {"fullyQualifiedName", &full}};

    if (!pl_json_enter_array(r))
        return;
    while (pl_json_item(r))
        pl_ingest_texts(r, u->out->row, slots, 2, PL_INGEST_PLACE);
    to->logical = full.n ? full : name;
}

/* The first location is where it is told. */
static void read_locations(struct run *u, pl_json_rd *r, struct result *to)
{
    bool is_first = true;

    if (!pl_json_enter_array(r))
        return;
    for (; pl_json_item(r); is_first = false) {
        if (!is_first) {
            pl_json_skip(r);
            continue;
        }
        if (!pl_json_enter_object(r))
            continue;
        for (pl_str key; pl_json_key(r, &key);) {
            if (pl_str_eq(key, PL_S("physicalLocation")))
                read_physical(u, r, to);
            else if (pl_str_eq(key, PL_S("logicalLocations")))
                read_logical(u, r, to);
            else
                pl_json_skip(r);
        }
    }
}

/* Suppressed only when nobody still has to say so (section 3.27.23). */
static bool is_suppressed(pl_json_rd *r)
{
    size_t n = 0, n_open = 0;
    pl_str status;

    if (!pl_json_enter_array(r))
        return false;
    for (; pl_json_item(r); n++) {
        if (!pl_json_enter_object(r)) {
            n_open++;
            continue;
        }
        for (pl_str key; pl_json_key(r, &key);)
            if (!pl_str_eq(key, PL_S("status")))
                pl_json_skip(r);
            else if (!pl_json_raw(r, &status) || !pl_str_eq(status, PL_S("accepted")))
                n_open++;
    }
    return n && !n_open;
}

static void read_rule_of(struct run *u, pl_json_rd *r, struct result *to)
{
    pl_str id = {"", 0};
    const pl_json_slot slot = {"id", &id};

    pl_ingest_texts(r, u->out->row, &slot, 1, PL_INGEST_NAME);
    to->rule = to->rule.n ? to->rule : id;
}

static void read_members(struct run *u, pl_json_rd *r, struct result *to)
{
    const pl_json_slot slots[] = {{"ruleId", &to->rule},
                                  {"level", &to->level},
                                  {"kind", &to->kind},
                                  {"baselineState", &to->baseline}};
    pl_str number;

    (void)pl_json_enter_object(r);
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("message")))
            read_message(u, r, &to->message);
        else if (pl_str_eq(key, PL_S("locations")))
            read_locations(u, r, to);
        else if (pl_str_eq(key, PL_S("suppressions")))
            to->is_suppressed = is_suppressed(r);
        else if (pl_str_eq(key, PL_S("rule")))
            read_rule_of(u, r, to);
        else if (pl_str_eq(key, PL_S("ruleIndex")))
            to->has_index = pl_json_number(r, &number) && pl_str_u64(number, &to->rule_index);
        else if (!pl_json_pick(r, u->out->row, key, slots, PL_COUNT(slots), PL_INGEST_NAME))
            pl_json_skip(r);
    }
}

/* Section 3.27.9: without a kind it is a fault. */
static pl_outcome outcome_of(const struct result *v)
{
    if (pl_str_eq(v->baseline, PL_S("absent")) || pl_str_eq(v->kind, PL_S("pass")))
        return PL_OUTCOME_PASS;
    if (pl_str_eq(v->kind, PL_S("notApplicable")) || pl_str_eq(v->kind, PL_S("informational")))
        return PL_OUTCOME_NOT_APPLICABLE;
    if (v->is_suppressed)
        return PL_OUTCOME_SUPPRESSED;
    if (pl_str_eq(v->kind, PL_S("open")) || pl_str_eq(v->kind, PL_S("review")))
        return PL_OUTCOME_UNKNOWN;
    return PL_OUTCOME_FAIL;
}

static pl_severity severity_of(const struct result *v, const pl_sarif_rule *rule)
{
    pl_str level = v->level.n ? v->level : rule ? rule->level : (pl_str){"", 0};

    if (rule && rule->severity != PL_UNKNOWN_SEVERITY)
        return rule->severity;
    return level.n ? pl_ingest_severity(level) : PL_MEDIUM;
}

static pl_str where_of(struct run *u, const struct result *v)
{
    pl_str place = v->uri.n ? v->uri : v->logical;

    if (!v->line.n || !v->uri.n)
        return place;
    return pl_ingest_text(u->out->row, "%.*s:%.*s", PL_F(place), PL_F(v->line));
}

static pl_rc put_result(struct run *u, struct result *v, size_t at)
{
    if (!v->rule.n && v->has_index && v->rule_index < u->rules.n)
        v->rule = u->rules.v[v->rule_index].id;
    if (!v->rule.n && !v->message.n)
        return pl_ingest_problem_at(u->out, u->err, "has neither a rule nor a message",
                                    "runs[%zu].results[%zu]", u->at, at);
    const pl_sarif_rule *rule = pl_sarif_rule_of(&u->rules, v->rule);
    const pl_ingest_row row = {
        .outcome = outcome_of(v),
        .severity = severity_of(v, rule),
        .rule = v->rule,
        .title = v->message.n ? v->message
                 : rule       ? rule->title
                              : (pl_str){"", 0},
        .where = where_of(u, v),
    };
    return pl_ingest_put(u->out, &row, u->err);
}

static pl_rc read_results(struct run *u, pl_json_rd *r)
{
    pl_ingest_list list = {.out = u->out,
                           .place = pl_ingest_text(u->out->arena, "runs[%zu].results", u->at)};
    pl_rc rc = PL_OK;

    if (pl_json_peek(r) == 'n') /* section 3.14.23: the run did not get that far */
        pl_ingest_ended(&u->out->run, false, PL_S("results are null: the run did not look"));
    while (pl_ingest_next(&list, r, &rc, u->err)) {
        struct result v = {0};
        read_members(u, r, &v);
        if (!r->is_bad) /* half of a result may say the opposite of the whole */
            rc = put_result(u, &v, list.at);
        if (rc)
            break;
    }
    return rc;
}

static pl_rc read_run(struct run *u, pl_json_rd *r)
{
    pl_rc rc = PL_OK;
    bool has_results = false;

    pl_ingest_begin(u->out);
    read_about(u, *r);
    if (!u->rc)
        u->rc = pl_sarif_rules_sort(&u->rules, u->out->arena, u->err);
    if (u->rc)
        return u->rc;
    (void)pl_json_enter_object(r);
    for (pl_str key; !rc && pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("results"))) {
            has_results = true;
            rc = read_results(u, r);
        } else {
            pl_json_skip(r);
        }
    }
    if (rc)
        return rc;
    pl_ingest_cut_json(u->out, r);
    if (!has_results)
        pl_ingest_ended(&u->out->run, false, PL_S("the run has no list of results"));
    return pl_ingest_end(u->out, u->err);
}

static pl_rc read_runs(pl_ingest_out *out, pl_json_rd *r, pl_err *err)
{
    pl_ingest_list list = {.out = out, .place = PL_S("runs")};
    pl_rc rc = PL_OK;

    while (!rc && pl_ingest_next(&list, r, &rc, err)) {
        struct run u = {.out = out, .at = list.at, .err = err};
        rc = read_run(&u, r);
    }
    return rc;
}

pl_rc pl_ingest_sarif(pl_ingest_out *out, pl_str text, pl_err *err)
{
    pl_json_rd r = pl_json_rd_of(text);
    pl_rc rc = PL_OK;

    if (pl_json_peek(&r) != '{')
        return pl_fail(err, PL_FORMAT, "is no object");
    (void)pl_json_enter_object(&r);
    for (pl_str key; !rc && pl_json_key(&r, &key);) {
        pl_str version = {"", 0};
        if (pl_str_eq(key, PL_S("runs"))) {
            rc = read_runs(out, &r, err);
        } else if (pl_str_eq(key, PL_S("version")) && pl_json_raw(&r, &version)) {
            if (!pl_str_eq(version, PL_S("2.1.0")))
                rc = pl_fail(err, PL_UNSUPPORTED, "SARIF \"%.*s\": 2.1.0 is read",
                             PL_F(pl_str_sub(version, 0, 40)));
        } else if (!pl_str_eq(key, PL_S("version"))) {
            pl_json_skip(&r);
        }
    }
    if (rc)
        return rc;
    (void)pl_json_done(&r);
    pl_ingest_cut_json(out, &r);
    return PL_OK;
}
