/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/osv.h"

#include "core/clock.h"
#include "core/json_rd.h"
#include "vuln/cvss.h"
#include "vuln/ecosystem.h"
#include "vuln/limits.h"
#include "vuln/osv_ids.h"
#include "vuln/osv_range.h"

#include <string.h>

struct parse {
    pl_json_rd r;
    pl_arena *a;
    pl_osv_record *rec;
    struct pl_osv_ids ids;
    pl_severity severity; /* of the record, for affected packages that give none */
    int32_t cvss4;        /* counts where there is no vector of version 3 */
    pl_err *err;
    pl_rc rc; /* of a failure that the reader does not know of */
};

static bool is_going(const struct parse *p)
{
    return p->rc == PL_OK && !p->r.is_bad;
}

/* Makes room for one more in a list that doubles; false once max is reached or memory is used up.
 */
static bool grow(struct parse *p, void *list, size_t n, size_t size, size_t max, const char *what)
{
    void **base = list;

    if (n >= max) {
        p->rc = pl_fail(p->err, PL_LIMIT, "more than %zu %s", max, what);
        return false;
    }
    if (n && (n & (n - 1)))
        return true;
    void *bigger = pl_arena_calloc(p->a, n ? 2 * n : 1, size);
    if (!bigger) {
        p->rc = pl_fail(p->err, PL_LIMIT, "record too large");
        return false;
    }
    if (n)
        memcpy(bigger, *base, n * size);
    *base = bigger;
    return true;
}

static bool take_text(struct parse *p, size_t max, pl_str *ret)
{
    return pl_json_string(&p->r, p->a, max, ret);
}

/* An id, name or version: printable, without blanks at its ends. */
static bool take_word(struct parse *p, size_t max, pl_str *ret)
{
    pl_str s;

    if (!take_text(p, max, &s))
        return false;
    if (!pl_osv_is_word(s, max)) {
        pl_json_fail(&p->r, "empty or unprintable word");
        return false;
    }
    *ret = s;
    return true;
}

static void take_words(struct parse *p, pl_str **list, size_t *n, size_t max_n, size_t max,
                       const char *what)
{
    pl_str word;

    if (!pl_json_enter_array(&p->r))
        return;
    while (is_going(p) && pl_json_item(&p->r))
        if (take_word(p, max, &word) && grow(p, list, *n, sizeof(**list), max_n, what))
            (*list)[(*n)++] = word;
}

/* Dates before 1970 (the year 0001 of an unset field) say nothing. */
static void take_time(struct parse *p, int64_t *ret)
{
    pl_str raw;
    int64_t us;

    if (pl_json_raw(&p->r, &raw) && pl_time_parse(raw, &us) && us > 0)
        *ret = us;
}

/* The summary, or the beginning of the details where there is none. */
static void take_summary(struct parse *p, bool is_better)
{
    pl_str text;

    pl_json_string_head(&p->r, p->a, PL_VULN_SUMMARY_MAX, &text);
    if (text.n && (is_better || !p->rec->summary.n))
        p->rec->summary = pl_osv_one_line(p->a, text);
}

/*
 * {"severity": "HIGH"}, {"urgency": "low"} or {"urgency": "end-of-life"} in a database's own
 * object, of a record (state and module NULL) or of a package.
 */
static void take_own(struct parse *p, pl_severity *severity, pl_fix_state *state, pl_str *module)
{
    static const pl_str keys[] = {{"severity", 8},   {"urgency", 7}, {"ubuntu_priority", 15},
                                  {"priority", 8},   {"status", 6},  {"fix_state", 9},
                                  {"resolution", 10}};
    pl_str key, word;

    if (!pl_json_enter_object(&p->r))
        return;
    while (pl_json_key(&p->r, &key)) {
        size_t k = 0;
        if (module && pl_str_eq(key, PL_S("rpm_modularity")) && pl_json_peek(&p->r) == '"') {
            (void)take_word(p, PL_VULN_NAME_MAX, module);
            continue;
        }
        while (k < PL_COUNT(keys) && !pl_str_eq(keys[k], key))
            k++;
        if (k == PL_COUNT(keys)) {
            pl_json_skip(&p->r);
            continue;
        }
        if (!pl_json_raw(&p->r, &word))
            continue;
        if (pl_severity_of_word(word) != PL_UNKNOWN_SEVERITY)
            *severity = pl_severity_of_word(word);
        if (state && pl_fix_state_of_word(word) != PL_FIX_NONE)
            *state = pl_fix_state_of_word(word);
    }
}

/* One of [{"type": "CVSS_V3", "score": VECTOR}, {"type": "Ubuntu", "score": "medium"}]. */
static void take_score(struct parse *p, pl_severity *own)
{
    pl_str key, type = {0}, score = {0};

    if (!pl_json_enter_object(&p->r))
        return;
    while (pl_json_key(&p->r, &key)) {
        if (pl_str_eq(key, PL_S("type")))
            (void)pl_json_raw(&p->r, &type);
        else if (pl_str_eq(key, PL_S("score")))
            (void)pl_json_raw(&p->r, &score);
        else
            pl_json_skip(&p->r);
    }
    int32_t base = pl_str_eq(type, PL_S("CVSS_V3")) ? pl_cvss3_base(score) : -1;
    int32_t newer = pl_str_eq(type, PL_S("CVSS_V4")) ? pl_cvss4_score(score) : -1;
    if (base > p->rec->cvss)
        p->rec->cvss = base;
    if (newer > p->cvss4)
        p->cvss4 = newer;
    if (pl_str_eq(type, PL_S("Ubuntu")) && pl_severity_of_word(score) != PL_UNKNOWN_SEVERITY)
        *own = pl_severity_of_word(score);
}

static void take_scores(struct parse *p, pl_severity *own)
{
    if (!pl_json_enter_array(&p->r))
        return;
    while (pl_json_item(&p->r))
        take_score(p, own);
}

static void take_event(struct parse *p, struct pl_osv_range *range)
{
    static const struct {
        pl_str key;
        enum pl_osv_event_kind kind;
    } kinds[] = {{{"introduced", 10}, PL_OSV_EVENT_INTRODUCED},
                 {{"fixed", 5}, PL_OSV_EVENT_FIXED},
                 {{"last_affected", 13}, PL_OSV_EVENT_LAST}};
    pl_str key, version;

    if (!pl_json_enter_object(&p->r))
        return;
    while (is_going(p) && pl_json_key(&p->r, &key)) {
        size_t k = 0;
        while (k < PL_COUNT(kinds) && !pl_str_eq(kinds[k].key, key))
            k++;
        if (k == PL_COUNT(kinds))
            pl_json_skip(&p->r);
        else if (take_word(p, PL_VULN_VERSION_MAX, &version) &&
                 grow(p, &range->events, range->n, sizeof(*range->events), PL_VULN_EVENTS_MAX,
                      "events of a range"))
            range->events[range->n++] = (struct pl_osv_event){kinds[k].kind, version};
    }
}

static void take_range(struct parse *p, struct pl_osv_range *range)
{
    pl_str key, type = {0};

    if (!pl_json_enter_object(&p->r))
        return;
    while (is_going(p) && pl_json_key(&p->r, &key)) {
        if (pl_str_eq(key, PL_S("type"))) {
            (void)pl_json_raw(&p->r, &type);
        } else if (pl_str_eq(key, PL_S("events")) && pl_json_enter_array(&p->r)) {
            while (is_going(p) && pl_json_item(&p->r))
                take_event(p, range);
        } else if (!pl_str_eq(key, PL_S("events"))) {
            pl_json_skip(&p->r);
        }
    }
    if (pl_str_eq(type, PL_S("GIT")))
        range->n = 0;
}

struct raw_affected {
    pl_str ecosystem, package;
    struct pl_osv_range *ranges;
    size_t n_ranges;
    pl_str *versions;
    size_t n_versions;
    pl_severity severity;
    pl_fix_state state;
    pl_str module;
};

static void take_ranges(struct parse *p, struct raw_affected *raw)
{
    if (!pl_json_enter_array(&p->r))
        return;
    while (is_going(p) && pl_json_item(&p->r))
        if (grow(p, &raw->ranges, raw->n_ranges, sizeof(*raw->ranges), PL_VULN_RANGES_MAX,
                 "ranges of a package"))
            take_range(p, &raw->ranges[raw->n_ranges++]);
}

static void take_package(struct parse *p, struct raw_affected *raw)
{
    pl_str key;

    if (!pl_json_enter_object(&p->r))
        return;
    while (is_going(p) && pl_json_key(&p->r, &key)) {
        if (pl_str_eq(key, PL_S("ecosystem")))
            (void)take_word(p, PL_VULN_NAME_MAX, &raw->ecosystem);
        else if (pl_str_eq(key, PL_S("name")))
            (void)take_word(p, PL_VULN_NAME_MAX, &raw->package);
        else
            pl_json_skip(&p->r);
    }
}

static void keep_affected(struct parse *p, const struct raw_affected *raw)
{
    pl_version_order order = pl_version_order_find(raw->ecosystem);
    pl_osv_record *rec = p->rec;

    if (!raw->ecosystem.n || !raw->package.n) {
        /* A commit range without a package is legal, and nothing that we match. */
        rec->n_skipped++;
        return;
    }
    if (!order) {
        rec->n_skipped++;
        return;
    }
    if (raw->state == PL_FIX_NOT_AFFECTED)
        return;
    if (!grow(p, &rec->affected, rec->n_affected, sizeof(*rec->affected), PL_VULN_AFFECTED_MAX,
              "affected packages"))
        return;
    pl_osv_affected *aff = &rec->affected[rec->n_affected++];
    *aff = (pl_osv_affected){.ecosystem = pl_ecosystem_canonical(raw->ecosystem),
                             .package = pl_ecosystem_package(p->a, raw->ecosystem, raw->package),
                             .severity = raw->severity,
                             .state = raw->state,
                             .module = raw->module.n ? raw->module : (pl_str){"", 0}};
    if (!aff->package.n)
        p->rc = pl_fail(p->err, PL_LIMIT, "record too large");
    struct pl_osv_ranges ranges = {raw->ranges, raw->n_ranges, raw->versions, raw->n_versions};
    if (p->rc == PL_OK)
        p->rc = pl_osv_intervals(&ranges, order, p->a, aff, p->err);
    if (p->rc != PL_OK)
        p->rc = pl_wrap(p->err, p->rc, "package %.*s in %.*s", PL_F(raw->package),
                        PL_F(raw->ecosystem));
}

static void take_affected(struct parse *p)
{
    struct raw_affected raw = {.severity = PL_UNKNOWN_SEVERITY};
    pl_str key;

    if (!pl_json_enter_object(&p->r))
        return;
    while (is_going(p) && pl_json_key(&p->r, &key)) {
        if (pl_str_eq(key, PL_S("package")))
            take_package(p, &raw);
        else if (pl_str_eq(key, PL_S("ranges")))
            take_ranges(p, &raw);
        else if (pl_str_eq(key, PL_S("versions")))
            take_words(p, &raw.versions, &raw.n_versions, PL_VULN_VERSIONS_MAX, PL_VULN_VERSION_MAX,
                       "versions of a package");
        else if (pl_str_eq(key, PL_S("severity")))
            take_scores(p, &raw.severity);
        else if (pl_str_eq(key, PL_S("database_specific")) ||
                 pl_str_eq(key, PL_S("ecosystem_specific")))
            take_own(p, &raw.severity, &raw.state, &raw.module);
        else
            pl_json_skip(&p->r);
    }
    if (is_going(p))
        keep_affected(p, &raw);
}

static void take_all_affected(struct parse *p)
{
    if (!pl_json_enter_array(&p->r))
        return;
    while (is_going(p) && pl_json_item(&p->r))
        take_affected(p);
}

static void take_withdrawn(struct parse *p)
{
    p->rec->is_withdrawn = pl_json_peek(&p->r) == '"';
    pl_json_skip(&p->r);
}

static void take_key(struct parse *p, pl_str key)
{
    pl_osv_record *rec = p->rec;

    if (pl_str_eq(key, PL_S("id")))
        (void)take_word(p, PL_VULN_ID_MAX, &rec->id);
    else if (pl_str_eq(key, PL_S("modified")))
        take_time(p, &rec->modified_us);
    else if (pl_str_eq(key, PL_S("published")))
        take_time(p, &rec->published_us);
    else if (pl_str_eq(key, PL_S("withdrawn")))
        take_withdrawn(p);
    else if (pl_str_eq(key, PL_S("summary")))
        take_summary(p, true);
    else if (pl_str_eq(key, PL_S("details")))
        take_summary(p, false);
    else if (pl_str_eq(key, PL_S("aliases")))
        take_words(p, (pl_str **)&p->ids.aliases, &p->ids.n_aliases, PL_VULN_IDS_MAX,
                   PL_VULN_ID_MAX, "aliases");
    else if (pl_str_eq(key, PL_S("upstream")))
        take_words(p, (pl_str **)&p->ids.upstream, &p->ids.n_upstream, PL_VULN_IDS_MAX,
                   PL_VULN_ID_MAX, "upstream ids");
    else if (pl_str_eq(key, PL_S("related")))
        take_words(p, (pl_str **)&p->ids.related, &p->ids.n_related, PL_VULN_IDS_MAX,
                   PL_VULN_ID_MAX, "related ids");
    else if (pl_str_eq(key, PL_S("severity")))
        take_scores(p, &p->severity);
    else if (pl_str_eq(key, PL_S("database_specific")))
        take_own(p, &p->severity, NULL, NULL);
    else if (pl_str_eq(key, PL_S("affected")))
        take_all_affected(p);
    else
        pl_json_skip(&p->r);
}

/* What the packages did not say of their severity, the record says, or its vector. */
static void settle_severity(struct parse *p)
{
    if (p->rec->cvss < 0)
        p->rec->cvss = p->cvss4;
    pl_severity s =
        p->severity != PL_UNKNOWN_SEVERITY ? p->severity : pl_cvss_severity(p->rec->cvss);
    for (size_t i = 0; i < p->rec->n_affected; i++)
        if (p->rec->affected[i].severity == PL_UNKNOWN_SEVERITY)
            p->rec->affected[i].severity = s;
}

static pl_rc finish(struct parse *p, pl_err *err)
{
    if (p->rc != PL_OK)
        return p->rc;
    if (!pl_json_done(&p->r))
        return pl_fail(err, PL_FORMAT, "byte %zu: %s", (size_t)(p->r.p - p->r.start), p->r.why);
    if (!p->rec->id.n)
        return pl_fail(err, PL_FORMAT, "no id");
    if (!pl_osv_name(p->rec, &p->ids, p->a))
        return pl_fail(err, PL_LIMIT, "record too large");
    settle_severity(p);
    return PL_OK;
}

pl_rc pl_osv_parse(pl_str json, pl_arena *a, pl_osv_record *ret, pl_err *err)
{
    pl_osv_record rec = {.cvss = -1};
    struct parse p = {.r = pl_json_rd_of(json),
                      .a = a,
                      .rec = &rec,
                      .severity = PL_UNKNOWN_SEVERITY,
                      .cvss4 = -1,
                      .err = err};
    pl_str key;

    if (json.n > PL_VULN_RECORD_MAX)
        return pl_fail(err, PL_LIMIT, "record of %zu bytes", json.n);
    if (!pl_json_enter_object(&p.r))
        return pl_fail(err, PL_FORMAT, "not a JSON object");
    while (is_going(&p) && pl_json_key(&p.r, &key))
        take_key(&p, key);
    pl_rc rc = finish(&p, err);
    if (rc != PL_OK)
        return rec.id.n ? pl_wrap(err, rc, "advisory %.*s", PL_F(rec.id)) : rc;
    *ret = rec;
    return PL_OK;
}
