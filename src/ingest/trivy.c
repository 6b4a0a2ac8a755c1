/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trivy's report has a list of what it looked at (Results), each with the lists of what it found.
 * One whose list is missing was looked at and found clean: that is the only word about the end.
 */
#include "core/clock.h"
#include "ingest/limits.h"
#include "ingest/readers.h"

struct reading {
    pl_ingest_out *out;
    pl_err *err;
    pl_rc rc;
    pl_str target, klass; /* of the Result at hand */
    pl_str place;         /* "Results[2]" */
};

/* Members of a row of any of the lists; those that a list does not have stay empty. */
struct row {
    pl_str id, avd, package, version, fixed, severity, title, message, status, name, file;
    pl_str line;
};

static void read_row(struct reading *u, pl_json_rd *r, struct row *to)
{
    const pl_json_slot slots[] = {
        {"VulnerabilityID", &to->id},
        {"RuleID", &to->id},
        {"ID", &to->id},
        {"AVDID", &to->avd},
        {"PkgName", &to->package},
        {"InstalledVersion", &to->version},
        {"FixedVersion", &to->fixed},
        {"Severity", &to->severity},
        {"Title", &to->title},
        {"Message", &to->message},
        {"Status", &to->status},
        {"Name", &to->name},
        {"FilePath", &to->file},
    };

    (void)pl_json_enter_object(r);
    for (pl_str key; pl_json_key(r, &key);) {
        if (pl_str_eq(key, PL_S("StartLine")))
            (void)pl_json_number(r, &to->line);
        else if (!pl_json_pick(r, u->out->row, key, slots, PL_COUNT(slots), PL_INGEST_TITLE))
            pl_json_skip(r);
    }
}

static void vulnerability(struct reading *u, const struct row *v, pl_ingest_row *to)
{
    to->topic = PL_TOPIC_VULNERABILITY;
    to->where =
        pl_ingest_text(u->out->row, "%.*s %.*s in %.*s%s%.*s", PL_F(v->package), PL_F(v->version),
                       PL_F(u->target), v->fixed.n ? ", fixed in " : "", PL_F(v->fixed));
}

static void secret(struct reading *u, const struct row *v, pl_ingest_row *to)
{
    to->topic = PL_TOPIC_SECRET;
    to->where = pl_ingest_text(u->out->row, "%.*s%s%.*s", PL_F(u->target), v->line.n ? ":" : "",
                               PL_F(v->line));
}

static void setting(struct reading *u, const struct row *v, pl_ingest_row *to)
{
    to->topic = PL_TOPIC_CONFIG;
    to->rule = v->avd.n ? v->avd : v->id;
    to->title = v->message.n ? v->message : v->title;
    to->where = u->target;
    if (pl_str_eq(v->status, PL_S("PASS")))
        to->outcome = PL_OUTCOME_PASS;
    else if (pl_str_eq(v->status, PL_S("EXCEPTION")))
        to->outcome = PL_OUTCOME_SUPPRESSED;
}

/* Trivy lists every licence that it meets; only those of some weight are findings. */
static void licence(struct reading *u, const struct row *v, pl_ingest_row *to)
{
    to->topic = PL_TOPIC_LICENCE;
    to->rule = v->name;
    to->title = pl_ingest_text(u->out->row, "licence %.*s", PL_F(v->name));
    to->where = pl_ingest_text(u->out->row, "%.*s in %.*s",
                               PL_F(v->package.n ? v->package : v->file), PL_F(u->target));
    if (pl_str_eq(v->severity, PL_S("LOW")))
        to->outcome = PL_OUTCOME_PASS;
    else if (!pl_str_eq(v->severity, PL_S("CRITICAL")) && !pl_str_eq(v->severity, PL_S("HIGH")) &&
             !pl_str_eq(v->severity, PL_S("MEDIUM")))
        to->outcome = PL_OUTCOME_UNKNOWN;
}

static const struct list {
    const char *key;
    void (*fill)(struct reading *u, const struct row *v, pl_ingest_row *to);
} lists[] = {{"Vulnerabilities", vulnerability},
             {"Misconfigurations", setting},
             {"Secrets", secret},
             {"Licenses", licence}};

static void read_list(struct reading *u, pl_json_rd *r, const struct list *l)
{
    pl_ingest_list list = {
        .out = u->out, .place = pl_ingest_text(u->out->arena, "%.*s.%s", PL_F(u->place), l->key)};

    while (!u->rc && pl_ingest_next(&list, r, &u->rc, u->err)) {
        struct row v = {0};
        read_row(u, r, &v);
        if (r->is_bad)
            return;
        pl_ingest_row row = {.outcome = PL_OUTCOME_FAIL,
                             .severity = pl_ingest_severity(v.severity),
                             .rule = v.id,
                             .title = v.title};
        l->fill(u, &v, &row);
        if (row.rule.n)
            u->rc = pl_ingest_put(u->out, &row, u->err);
        else
            u->rc = pl_ingest_problem_at(u->out, u->err, "names no rule", "%.*s[%zu]",
                                         PL_F(list.place), list.at);
    }
}

/* What passed is counted, and listed only when Trivy was asked to. */
static void read_passed(struct reading *u, pl_json_rd *r)
{
    pl_str number;
    uint64_t n;

    if (!pl_json_enter_object(r))
        return;
    for (pl_str key; pl_json_key(r, &key);)
        if (!pl_str_eq(key, PL_S("Successes")))
            pl_json_skip(r);
        else if (pl_json_number(r, &number) && pl_str_u64(number, &n) && n < PL_INGEST_ROWS)
            u->out->run.count[PL_TOPIC_CONFIG][PL_OUTCOME_PASS] += n;
}

/* The kind of what was looked at, which says that it was, also where nothing was found. False: of
 * no kind that is known. */
static bool note_clean(struct reading *u)
{
    bool is_known = false;

    static const struct {
        const char *klass;
        pl_topic topic;
    } kinds[] = {{"os-pkgs", PL_TOPIC_VULNERABILITY}, {"lang-pkgs", PL_TOPIC_VULNERABILITY},
                 {"config", PL_TOPIC_CONFIG},         {"secret", PL_TOPIC_SECRET},
                 {"license", PL_TOPIC_LICENCE},       {"license-file", PL_TOPIC_LICENCE}};

    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        if (pl_str_eq(u->klass, pl_str_c(kinds[i].klass)))
            is_known = u->out->run.is_seen[kinds[i].topic] = true;
    return is_known;
}

static void read_target(struct reading *u, pl_json_rd r)
{
    const pl_json_slot slots[] = {{"Target", &u->target}, {"Class", &u->klass}};

    u->target = u->klass = (pl_str){"", 0};
    pl_ingest_texts(&r, u->out->arena, slots, 2, PL_INGEST_PLACE);
}

static void read_result(struct reading *u, pl_json_rd *r)
{
    read_target(u, *r);
    (void)pl_json_enter_object(r);
    for (pl_str key; !u->rc && pl_json_key(r, &key);) {
        const struct list *l = NULL;
        for (size_t i = 0; i < PL_COUNT(lists); i++)
            if (pl_str_eq(key, pl_str_c(lists[i].key)))
                l = &lists[i];
        if (l)
            read_list(u, r, l);
        else if (pl_str_eq(key, PL_S("MisconfSummary")))
            read_passed(u, r);
        else
            pl_json_skip(r);
    }
    if (!u->rc && !r->is_bad && note_clean(u))
        pl_ingest_ended(&u->out->run, true, (pl_str){"", 0});
}

static void read_head(struct reading *u, pl_json_rd r)
{
    pl_str created = {"", 0};
    const pl_json_slot slots[] = {{"ArtifactName", &u->out->run.about}, {"CreatedAt", &created}};
    const pl_json_slot version = {"Version", &u->out->run.version};
    pl_arena *a = u->out->arena;
    int64_t us = 0;

    u->out->run.tool = PL_S("Trivy");
    (void)pl_json_enter_object(&r);
    for (pl_str key; pl_json_key(&r, &key);) {
        if (pl_str_eq(key, PL_S("Trivy")))
            pl_ingest_texts(&r, a, &version, 1, PL_INGEST_NAME);
        else if (!pl_json_pick(&r, a, key, slots, 2, PL_INGEST_PLACE))
            pl_json_skip(&r);
    }
    if (pl_time_parse(created, &us))
        pl_ingest_ran(&u->out->run, us);
}

static void read_results(struct reading *u, pl_json_rd *r)
{
    pl_ingest_list list = {.out = u->out, .place = PL_S("Results")};

    while (!u->rc && pl_ingest_next(&list, r, &u->rc, u->err)) {
        u->place = pl_ingest_text(u->out->arena, "Results[%zu]", list.at);
        read_result(u, r);
    }
}

pl_rc pl_ingest_trivy(pl_ingest_out *out, pl_str text, pl_err *err)
{
    struct reading u = {.out = out, .err = err};
    pl_json_rd r = pl_json_rd_of(text);
    pl_str number;

    if (pl_json_peek(&r) != '{')
        return pl_fail(err, PL_FORMAT, "is no object");
    pl_ingest_begin(out);
    read_head(&u, r);
    (void)pl_json_enter_object(&r);
    for (pl_str key; !u.rc && pl_json_key(&r, &key);) {
        if (pl_str_eq(key, PL_S("Results")))
            read_results(&u, &r);
        else if (!pl_str_eq(key, PL_S("SchemaVersion")))
            pl_json_skip(&r);
        else if (pl_json_number(&r, &number) && !pl_str_eq(number, PL_S("2")))
            u.rc = pl_fail(err, PL_UNSUPPORTED, "SchemaVersion %.*s: 2 is read",
                           PL_F(pl_str_sub(number, 0, 20)));
    }
    if (u.rc)
        return u.rc;
    (void)pl_json_done(&r);
    pl_ingest_cut_json(out, &r);
    return pl_ingest_end(out, err);
}
