/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XCCDF 1.2 TestResult (NIST IR 7275r4, section 6.6.4), alone, at the end of its Benchmark or in an
 * ARF collection. Several are several runs.
 */
#include "core/clock.h"
#include "core/xml_rd.h"
#include "ingest/limits.h"
#include "ingest/readers.h"

#include <string.h>

struct reading {
    pl_ingest_out *out;
    pl_xml *xml;
    bool in_result, in_rule, has_end;
    size_t n_rows;
    pl_str rule, severity;
    char words[PL_INGEST_NAME]; /* of the result, which may stand before its rule's other parts */
    size_t n_words;
};

static const struct {
    const char *word;
    pl_outcome outcome;
    bool is_left_out;
} words[] = {
    {"pass", PL_OUTCOME_PASS, false},
    {"fixed", PL_OUTCOME_PASS, false},
    {"fail", PL_OUTCOME_FAIL, false},
    {"error", PL_OUTCOME_UNKNOWN, false},
    {"unknown", PL_OUTCOME_UNKNOWN, false},
    {"notchecked", PL_OUTCOME_UNKNOWN, false},
    {"notapplicable", PL_OUTCOME_NOT_APPLICABLE, false},
    {"informational", PL_OUTCOME_NOT_APPLICABLE, false},
    {"notselected", PL_OUTCOME_NOT_APPLICABLE, true},
};

/* "cpe:/a:redhat:openscap:1.3.7" or "cpe:2.3:a:..." */
static void read_system(struct reading *u, pl_str system)
{
    pl_str rest = system, part, parts[8] = {{"", 0}};
    size_t n = 0;
    pl_arena *a = u->out->arena;

    while (n < PL_COUNT(parts) && pl_str_cut(&rest, ':', &part))
        parts[n++] = part;
    bool is_new = n > 5 && pl_str_eq(parts[1], PL_S("2.3"));
    pl_str name = is_new ? parts[4] : n > 3 ? parts[3] : system;
    pl_str version = is_new ? parts[5] : n > 4 ? parts[4] : (pl_str){"", 0};
    u->out->run.tool = pl_arena_str(a, pl_str_sub(name, 0, PL_INGEST_NAME));
    u->out->run.version = pl_arena_str(a, pl_str_sub(version, 0, PL_INGEST_NAME));
}

static void start_run(struct reading *u, const char **attributes)
{
    pl_str end = pl_xml_attribute(attributes, "end-time");
    int64_t us = 0;

    pl_ingest_begin(u->out);
    u->in_result = true;
    u->n_rows = 0;
    u->has_end = pl_ingest_time(end, &us);
    pl_ingest_ran(&u->out->run, us);
    read_system(u, pl_xml_attribute(attributes, "test-system"));
}

static void start_rule(struct reading *u, const char **attributes)
{
    pl_arena_reset(u->out->row);
    u->in_rule = true;
    u->n_words = 0;
    u->rule = pl_arena_str(u->out->row,
                           pl_str_sub(pl_xml_attribute(attributes, "idref"), 0, PL_INGEST_NAME));
    u->severity = pl_arena_str(
        u->out->row, pl_str_sub(pl_xml_attribute(attributes, "severity"), 0, PL_INGEST_NAME));
}

static pl_rc on_start(void *arg, pl_str name, const char **attributes, pl_err *err)
{
    struct reading *u = arg;

    (void)err;
    if (pl_str_eq(name, PL_S("TestResult")) && !u->in_result)
        start_run(u, attributes);
    else if (u->in_result && pl_str_eq(name, PL_S("rule-result")))
        start_rule(u, attributes);
    return PL_OK;
}

static pl_rc end_rule(struct reading *u, pl_err *err)
{
    pl_str word = {u->words, u->n_words};

    u->in_rule = false;
    for (size_t i = 0; i < PL_COUNT(words); i++) {
        if (!pl_str_eq(word, pl_str_c(words[i].word)) || !u->rule.n)
            continue;
        u->n_rows += !words[i].is_left_out;
        const pl_ingest_row row = {.outcome = words[i].outcome,
                                   .severity = pl_ingest_severity(u->severity),
                                   .topic = PL_TOPIC_BASELINE,
                                   .rule = u->rule};
        return words[i].is_left_out ? PL_OK : pl_ingest_put(u->out, &row, err);
    }
    return pl_ingest_problem_at(u->out, err, "a rule-result without a known result", "line %lu",
                                pl_xml_line(u->xml));
}

/* A profile that selects no rule has looked at nothing. */
static pl_rc end_run(struct reading *u, pl_err *err)
{
    u->in_result = false;
    if (!u->has_end)
        pl_ingest_ended(&u->out->run, false, PL_S("the result has no end-time"));
    else if (u->n_rows)
        pl_ingest_ended(&u->out->run, true, (pl_str){"", 0});
    return pl_ingest_end(u->out, err);
}

static pl_rc on_end(void *arg, pl_str name, pl_str text, pl_err *err)
{
    struct reading *u = arg;
    pl_str clean = pl_str_trim(text);

    if (u->in_rule && pl_str_eq(name, PL_S("result")) && clean.n < sizeof(u->words)) {
        memcpy(u->words, clean.p, clean.n);
        u->n_words = clean.n;
    } else if (u->in_rule && pl_str_eq(name, PL_S("rule-result"))) {
        return end_rule(u, err);
    } else if (u->in_result && pl_str_eq(name, PL_S("target")) && !u->out->run.about.n) {
        u->out->run.about = pl_arena_str(u->out->arena, pl_str_sub(clean, 0, PL_INGEST_NAME));
    } else if (u->in_result && pl_str_eq(name, PL_S("TestResult"))) {
        return end_run(u, err);
    }
    return PL_OK;
}

pl_rc pl_ingest_xccdf(pl_ingest_out *out, pl_str text, pl_err *err)
{
    struct reading u = {.out = out};
    const pl_xml_handler h = {on_start, on_end, &u};
    PL_AUTO_XML pl_xml *xml = NULL;
    pl_rc rc = pl_xml_open(&h, &xml, err);

    u.xml = xml;
    return rc ? rc : pl_ingest_xml(out, xml, text, err);
}
