/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit XML has no standard; this is what its writers agree on: <testsuite tests="N"
 * timestamp=".."> with <testcase classname name> and in it nothing (passed), <failure>, <error> or
 * <skipped>. It names no tool. The counts of its suites say how many cases there should be.
 */
#include "core/clock.h"
#include "core/xml_rd.h"
#include "ingest/limits.h"
#include "ingest/readers.h"

struct reading {
    pl_ingest_out *out;
    pl_xml *xml;
    pl_str name, klass, message;
    pl_outcome outcome;
    bool in_case;
    unsigned depth, suites; /* open elements; open suites */
    bool has_outer;         /* the suite around the cases counts those of suites in it as well */
    uint64_t n_told, n_cases;
    bool has_told;
};

static pl_str keep(struct reading *u, pl_str s, size_t max)
{
    pl_str kept = pl_arena_str(u->out->row, pl_str_sub(s, 0, max));

    return kept.p ? kept : (pl_str){"", 0};
}

/* A suite within another one is counted by the outer. */
static void start_suite(struct reading *u, const char **attributes)
{
    pl_str time = pl_xml_attribute(attributes, "timestamp");
    pl_str name = pl_xml_attribute(attributes, "name");
    uint64_t n = 0;
    int64_t us = 0;

    if (u->suites++ == 0 && pl_str_u64(pl_xml_attribute(attributes, "tests"), &n)) {
        u->has_told = true;
        u->n_told = n < UINT32_MAX ? u->n_told + n : UINT32_MAX;
    }
    if (pl_ingest_time(time, &us))
        pl_ingest_ran(&u->out->run, us);
    if (!u->out->run.about.n && name.n)
        u->out->run.about = pl_arena_str(u->out->arena, pl_str_sub(name, 0, PL_INGEST_NAME));
}

static void start_case(struct reading *u, const char **attributes)
{
    pl_arena_reset(u->out->row);
    u->in_case = true;
    u->outcome = PL_OUTCOME_PASS;
    u->message = (pl_str){"", 0};
    u->name = keep(u, pl_xml_attribute(attributes, "name"), PL_INGEST_NAME);
    u->klass = keep(u, pl_xml_attribute(attributes, "classname"), PL_INGEST_NAME);
}

/* Of several the worst counts. */
static void start_outcome(struct reading *u, const char **attributes, pl_outcome outcome)
{
    if (u->outcome <= outcome)
        return;
    u->outcome = outcome;
    u->message = keep(u, pl_xml_attribute(attributes, "message"), PL_INGEST_MESSAGE);
}

static pl_rc on_start(void *arg, pl_str name, const char **attributes, pl_err *err)
{
    struct reading *u = arg;

    (void)err;
    if (pl_str_eq(name, PL_S("testsuite")))
        start_suite(u, attributes);
    else if (pl_str_eq(name, PL_S("testcase")))
        start_case(u, attributes);
    else if (u->in_case && pl_str_eq(name, PL_S("failure")))
        start_outcome(u, attributes, PL_OUTCOME_FAIL);
    else if (u->in_case && pl_str_eq(name, PL_S("error")))
        start_outcome(u, attributes, PL_OUTCOME_UNKNOWN);
    else if (u->in_case && pl_str_eq(name, PL_S("skipped")))
        start_outcome(u, attributes, PL_OUTCOME_NOT_APPLICABLE);
    return PL_OK;
}

static pl_rc end_case(struct reading *u, pl_err *err)
{
    u->in_case = false;
    u->n_cases++;
    if (!u->name.n)
        return pl_ingest_problem_at(u->out, err, "a test case without a name", "line %lu",
                                    pl_xml_line(u->xml));
    const pl_ingest_row row = {.outcome = u->outcome,
                               .severity = PL_MEDIUM,
                               .topic = PL_TOPIC_TEST,
                               .rule = u->name,
                               .title = u->message,
                               .where = u->klass};
    return pl_ingest_put(u->out, &row, err);
}

static pl_rc on_end(void *arg, pl_str name, pl_str text, pl_err *err)
{
    struct reading *u = arg;

    (void)text;
    if (pl_str_eq(name, PL_S("testsuite")) && u->suites)
        u->suites--;
    return u->in_case && pl_str_eq(name, PL_S("testcase")) ? end_case(u, err) : PL_OK;
}

/* More cases than told are no sign of an early end: some writers count a suite's own only. */
static void judge_end(struct reading *u)
{
    if (u->has_told && u->n_cases < u->n_told)
        pl_ingest_ended(&u->out->run, false, PL_S("fewer test cases than its suites say"));
    else if (u->has_told && u->n_cases)
        pl_ingest_ended(&u->out->run, true, (pl_str){"", 0});
}

pl_rc pl_ingest_junit(pl_ingest_out *out, pl_str text, pl_err *err)
{
    struct reading u = {.out = out};
    const pl_xml_handler h = {on_start, on_end, &u};
    PL_AUTO_XML pl_xml *xml = NULL;

    pl_ingest_begin(out);
    out->run.tool = PL_S("JUnit XML");
    pl_rc rc = pl_xml_open(&h, &xml, err);
    u.xml = xml;
    if (!rc)
        rc = pl_ingest_xml(out, xml, text, err);
    if (rc)
        return rc;
    judge_end(&u);
    return pl_ingest_end(out, err);
}
