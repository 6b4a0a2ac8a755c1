/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SARIF 2.1.0 (OASIS). Every finding is a result: its kind says the verdict, and only failed ones
 * have a level. Gaps are notifications of the invocation; packages stand in the run's properties,
 * for which SARIF has no place of its own.
 */
#include "report/sarif.h"

#include "core/clock.h"
#include "core/json_put.h"
#include "report/elements.h"
#include "report/exchange.h"
#include "report/json_tables.h"
#include "report/limits.h"
#include "report/told.h"
#include "report/words.h"

#include <stdlib.h>
#include <string.h>

/* Level, the score by which code hosts sort ("security-severity") where no vector gives one, and
 * the scores in tenths that CVSS calls by this word. */
static const struct {
    const char *level, *score;
    int32_t low, high;
} severities[] = {
    [PL_INFO] = {"note", "0.0", 0, 0},         [PL_LOW] = {"note", "3.0", 1, 39},
    [PL_MEDIUM] = {"warning", "5.5", 40, 69},  [PL_HIGH] = {"error", "8.0", 70, 89},
    [PL_CRITICAL] = {"error", "9.5", 90, 100}, [PL_UNKNOWN_SEVERITY] = {"warning", NULL, 1, 0},
};

static const char *const kinds[] = {
    [PL_PASS] = "pass",
    [PL_FAIL] = "fail",
    [PL_NOT_APPLICABLE] = "notApplicable",
    [PL_WAIVED] = "fail",
    [PL_ATTESTED] = "informational",
    [PL_UNKNOWN] = "open",
};

void pl_sarif_message(pl_jw *w, const char *key, pl_str text)
{
    pl_jopen_object(w, key);
    pl_jw_key(w, "text");
    pl_jw_str(w, text);
    pl_jw_end(w);
}

const char *pl_sarif_level(pl_severity s)
{
    return severities[s].level;
}

/* ---- rules ---- */

/* A score outside its severity's range is not the one that counts: the distribution's word comes
 * first. */
static void put_score(const pl_finding *f, pl_buf *out)
{
    int32_t tenths = f->vuln ? f->vuln->cvss_tenths : -1;
    const char *usual = severities[f->severity].score;

    if (tenths >= severities[f->severity].low && tenths <= severities[f->severity].high)
        pl_buf_fmt(out, "%d.%d", tenths / 10, tenths % 10);
    else if (usual)
        pl_buf_c(out, usual);
}

static void write_rule(pl_jw *w, const pl_finding *f)
{
    PL_AUTO_BUF pl_buf remedy = {0};
    PL_AUTO_BUF pl_buf score = {0};

    put_score(f, &score);
    pl_finding_remedy(f, &remedy);
    pl_jw_object(w);
    pl_jput_str(w, "id", pl_finding_rule(f));
    pl_sarif_message(w, "shortDescription", f->check ? f->check->title : pl_finding_rule(f));
    if (f->check && f->check->rationale.n)
        pl_sarif_message(w, "fullDescription", f->check->rationale);
    if (f->vuln && f->vuln->summary.n)
        pl_sarif_message(w, "fullDescription", f->vuln->summary);
    if (remedy.n)
        pl_sarif_message(w, "help", pl_buf_view(&remedy));
    pl_jopen_object(w, "defaultConfiguration");
    pl_jput_c(w, "level", severities[f->severity].level);
    pl_jw_end(w);
    pl_jopen_object(w, "properties");
    pl_jput_some(w, "security-severity", pl_buf_view(&score));
    if (f->check)
        pl_jput_some(w, "origin", f->check->origin);
    pl_jopen_array(w, "tags");
    pl_jw_c(w, "security");
    pl_jw_c(w, f->check ? "check" : "vulnerability");
    pl_jw_end(w);
    pl_jw_end(w);
    pl_jw_end(w);
}

static int by_rule(const void *pa, const void *pb)
{
    const pl_finding *const *a = pa, *const *b = pb;

    return pl_str_cmp(pl_finding_rule(*a), pl_finding_rule(*b));
}

/* Each rule once, by its first finding. */
static void write_rules(pl_jw *w, const pl_assessment *a)
{
    PL_AUTO_FREE const pl_finding **list = malloc((a->n_findings + 1) * sizeof(*list));

    pl_jopen_array(w, "rules");
    if (!list)
        w->out->bad = true;
    if (list && a->n_findings)
        memcpy(list, a->findings, a->n_findings * sizeof(*list));
    if (list)
        qsort(list, a->n_findings, sizeof(*list), by_rule);
    for (size_t i = 0; list && i < a->n_findings; i++)
        if (i == 0 || by_rule(&list[i - 1], &list[i]) != 0)
            write_rule(w, list[i]);
    pl_jw_end(w);
}

static void write_tool(pl_jw *w, const pl_assessment *a)
{
    pl_jopen_object(w, "tool");
    pl_jopen_object(w, "driver");
    pl_jput_c(w, "name", "Plimsoll");
    pl_jput_str(w, "version", a->tool_version);
    write_rules(w, a);
    pl_jw_end(w);
    pl_jw_end(w);
}

/* ---- results ---- */

/* A reference as RFC 3986 wants it. */
static void put_uri(pl_jw *w, pl_str path)
{
    PL_AUTO_BUF pl_buf uri = {0};

    while (path.n && path.p[0] == '/')
        path = pl_str_sub(path, 1, path.n);
    for (size_t i = 0; i < path.n; i++) {
        char c = path.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     (c != 0 && strchr("-._~/", c));
        if (plain)
            pl_buf_ch(&uri, c);
        else
            pl_buf_fmt(&uri, "%%%02X", (unsigned)(unsigned char)c);
    }
    pl_jw_key(w, "uri");
    pl_jw_str(w, pl_buf_view(&uri));
}

static void write_logical(pl_jw *w, const pl_subject *s)
{
    pl_jopen_array(w, "logicalLocations");
    pl_jw_object(w);
    pl_jw_key(w, "name");
    pl_jw_str(w, pl_subject_label(s));
    pl_jw_key(w, "fullyQualifiedName");
    pl_jw_str(w, s->key);
    pl_jw_key(w, "kind");
    pl_jw_str(w, s->kind);
    pl_jw_end(w);
    pl_jw_end(w);
}

void pl_sarif_place(pl_jw *w, pl_str path, int64_t line, int64_t column)
{
    pl_jopen_object(w, "physicalLocation");
    pl_jopen_object(w, "artifactLocation");
    put_uri(w, path);
    pl_jw_end(w);
    if (line) {
        pl_jopen_object(w, "region");
        pl_jput_int(w, "startLine", line);
        if (column)
            pl_jput_int(w, "startColumn", column);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void write_location(pl_jw *w, const pl_subject *s, pl_str path, int64_t line, int64_t column)
{
    pl_jw_object(w);
    pl_sarif_place(w, path, line, column);
    write_logical(w, s);
    pl_jw_end(w);
}

static size_t write_files(pl_jw *w, const pl_finding *f)
{
    size_t at = 0, n = 0;
    pl_element e;

    while (f->check && f->verdict == PL_FAIL && pl_element_next(f, &at, &e)) {
        uint64_t line = 0;
        if (!pl_element_is_file(&e) || n++ >= PL_REPORT_PLACES)
            continue;
        if (!pl_str_u64(e.line, &line) || line > INT32_MAX)
            line = 0;
        write_location(w, f->subject, e.place, (int64_t)line, 0);
    }
    return n;
}

/* Where a file declares the subject; else the files behind the finding; else the package, or the
 * subject as a whole. */
static void write_locations(pl_jw *w, const pl_finding *f, const pl_scope_package *p)
{
    pl_jopen_array(w, "locations");
    if (f->file.n)
        write_location(w, f->subject, f->file, f->line, f->column);
    else if (write_files(w, f) == 0)
        write_location(w, f->subject, p && p->path.n ? p->path : pl_subject_label(f->subject), 0,
                       0);
    pl_jw_end(w);
}

static void write_properties(pl_jw *w, const pl_finding *f)
{
    pl_jopen_object(w, "properties");
    pl_jput_c(w, "verdict", pl_verdict_word(f->verdict));
    if (f->statement)
        pl_jput_c(w, "judged", pl_verdict_word(f->judged));
    pl_jput_c(w, "severity", pl_severity_word(f->severity));
    pl_jput_str(w, "owner", f->owner);
    pl_jput_c(w, "reason", f->reason);
    pl_jput_some(w, "left_out", pl_str_c(f->left_out));
    if (f->vuln) {
        pl_jput_some(w, "purl", f->vuln->purl);
        pl_jput_some(w, "fixed_version", f->vuln->fixed_version);
        pl_jput_some(w, "layer", f->vuln->layer);
    }
    pl_subject_context_put(w, f->subject);
    pl_jw_end(w);
}

static void write_result(pl_jw *w, const pl_finding *f, const pl_package_index *x)
{
    PL_AUTO_BUF pl_buf text = {0}, why = {0};

    pl_finding_text(f, &text);
    pl_jw_object(w);
    pl_jput_str(w, "ruleId", pl_finding_rule(f));
    pl_jput_c(w, "kind", kinds[f->verdict]);
    pl_jput_c(w, "level",
              strcmp(kinds[f->verdict], "fail") == 0 ? severities[f->severity].level : "none");
    pl_sarif_message(w, "message", pl_buf_view(&text));
    write_locations(w, f, pl_finding_package(x, f));
    pl_jopen_object(w, "partialFingerprints");
    pl_jput_c(w, "plimsollFinding/v1", f->id);
    pl_jw_end(w);
    if (f->verdict == PL_WAIVED || f->left_out) {
        pl_jopen_array(w, "suppressions");
        pl_jw_object(w);
        pl_jput_c(w, "kind", "external");
        if (f->verdict == PL_WAIVED && f->statement) {
            pl_jput_c(w, "status", "accepted");
            pl_told_text(f->statement, &why);
        } else {
            pl_buf_str(&why, pl_str_c(f->left_out));
        }
        pl_jput_some(w, "justification", pl_buf_view(&why));
        pl_jw_end(w);
        pl_jw_end(w);
    }
    write_properties(w, f);
    pl_jw_end(w);
}

/* ---- the run ---- */

static void write_invocation(pl_jw *w, const pl_assessment *a)
{
    char started[PL_TIME_TEXT], ended[PL_TIME_TEXT];

    pl_time_print(a->started_us, started);
    pl_time_print(a->generated_us, ended);
    pl_jopen_array(w, "invocations");
    pl_jw_object(w);
    pl_jput_bool(w, "executionSuccessful", true);
    pl_jput_c(w, "startTimeUtc", started);
    pl_jput_c(w, "endTimeUtc", ended);
    pl_jopen_array(w, "toolExecutionNotifications");
    for (size_t i = 0; i < a->n_gaps; i++) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&text, "not read: %.*s %.*s", PL_F(a->gaps[i].what), PL_F(a->gaps[i].detail));
        pl_jw_object(w);
        pl_jput_c(w, "level", "warning");
        pl_sarif_message(w, "message", pl_buf_view(&text));
        pl_jopen_object(w, "descriptor");
        pl_jput_str(w, "id", a->gaps[i].reason);
        pl_jw_end(w);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    pl_jw_end(w);
    pl_jw_end(w);
}

/* By which rules: their digest, and what the user's own folder makes of ours. */
static void write_content(pl_jw *w, const pl_assessment *a)
{
    pl_jopen_object(w, "content");
    pl_jput(w, &pl_jt_content, a->content);
    pl_jput_array(w, "changes", &pl_jt_content_change, a->content->changes, a->content->n_changes);
    pl_jput_array(w, "parameters", &pl_jt_parameter, a->parameters, a->n_parameters);
    if (a->profile) {
        pl_jopen_object(w, "profile");
        pl_jput(w, &pl_jt_profile, a->profile);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void write_run_properties(pl_jw *w, const pl_assessment *a)
{
    pl_jopen_object(w, "properties");
    write_content(w, a);
    pl_jopen_array(w, "packages");
    for (size_t i = 0; i < a->n_packages; i++) {
        const pl_scope_package *p = &a->packages[i];
        pl_jw_object(w);
        pl_jput_str(w, "name", p->name);
        pl_jput_str(w, "version", p->version);
        pl_jput_str(w, "purl", p->purl);
        pl_jput_str(w, "owner", p->owner);
        pl_jput_str(w, "subject", p->subject->key);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    pl_jw_end(w);
}

void pl_report_sarif(const pl_assessment *a, pl_buf *out)
{
    PL_AUTO_PACKAGE_INDEX pl_package_index x = {0};
    pl_jw w = {.out = out, .pretty = true};

    if (!pl_package_index_init(&x, a)) {
        out->bad = true;
        return;
    }
    pl_jw_object(&w);
    pl_jput_c(&w, "$schema",
              "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json");
    pl_jput_c(&w, "version", "2.1.0");
    pl_jopen_array(&w, "runs");
    pl_jw_object(&w);
    write_tool(&w, a);
    write_invocation(&w, a);
    pl_jopen_array(&w, "results");
    for (size_t i = 0; i < a->n_findings; i++)
        write_result(&w, a->findings[i], &x);
    pl_jw_end(&w);
    write_run_properties(&w, a);
    pl_jw_end(&w);
    pl_sarif_tools(&w, a);
    pl_jw_end(&w);
    pl_jw_end(&w);
    pl_buf_ch(out, '\n');
}
