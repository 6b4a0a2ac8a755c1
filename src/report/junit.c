/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit XML: a suite a subject, a test case a finding. A failed finding fails, one that is unknown
 * this time is an error (so that it never looks clean), and what is not judged by this version,
 * needs a person, is waived or does not apply is skipped. Packages are properties of their suite;
 * the owner of a finding is what the case put out. Valid by junit-10.xsd of Jenkins.
 */
#include "core/text.h"
#include "report/exchange.h"
#include "report/html.h"

#include <string.h>

enum { ATTRIBUTE = 400 }; /* columns of one attribute */

typedef enum outcome { PASSED, FAILED, ERROR, SKIPPED } outcome;

static outcome outcome_of(const pl_finding *f)
{
    switch (f->verdict) {
    case PL_PASS:
        return PASSED;
    case PL_FAIL:
        return f->left_out ? SKIPPED : FAILED;
    case PL_UNKNOWN:
        if (f->left_out)
            return SKIPPED;
        return f->reason && strncmp(f->reason, "needs:", 6) == 0 ? SKIPPED : ERROR;
    case PL_NOT_APPLICABLE:
    case PL_WAIVED:
    case PL_ATTESTED:
    default:
        return SKIPPED;
    }
}

/* An attribute's text: visible, cut, NUL-terminated. */
static const char *attribute(pl_buf *room, pl_str s)
{
    pl_buf_reset(room);
    pl_text_visible(room, s, ATTRIBUTE);
    pl_buf_ch(room, '\0');
    return pl_buf_ok(room) ? room->p : "";
}

static void write_property(pl_html *h, const char *name, pl_str value)
{
    PL_AUTO_BUF pl_buf room = {0};

    pl_html_open(h, "property", "name", name, "value", attribute(&room, value), NULL);
    pl_html_close(h);
}

static void write_properties(pl_html *h, const pl_assessment *a, const pl_subject *s)
{
    pl_html_open(h, "properties", NULL);
    write_property(h, "kind", s->kind);
    write_property(h, "id", s->key);
    for (size_t i = 0; s->context && i < PL_CONTEXT_MEMBERS; i++)
        if (pl_subject_context_get(s->context, i).n)
            write_property(h, pl_subject_context_words[i], pl_subject_context_get(s->context, i));
    for (size_t i = 0; i < a->n_packages; i++) {
        const pl_scope_package *p = &a->packages[i];
        PL_AUTO_BUF pl_buf text = {0};
        if (p->subject != s)
            continue;
        pl_buf_fmt(&text, "%.*s %.*s (%.*s)", PL_F(p->name), PL_F(p->version), PL_F(p->owner));
        write_property(h, "package", pl_buf_view(&text));
    }
    pl_html_close(h);
}

/* CI tells by its name that a test is the one of yesterday: no verdict, version or place in it. */
static void say_name(const pl_finding *f, pl_buf *out)
{
    pl_buf_fmt(out, "%.*s %.*s", PL_F(pl_finding_rule(f)),
               PL_F(f->check ? f->check->title : f->vuln->package));
}

static void write_case(pl_html *h, const pl_finding *f)
{
    static const char *const elements[] = {
        [FAILED] = "failure", [ERROR] = "error", [SKIPPED] = "skipped"};
    PL_AUTO_BUF pl_buf name = {0}, text = {0}, room = {0}, remedy = {0};
    outcome o = outcome_of(f);

    say_name(f, &name);
    pl_finding_text(f, &text);
    pl_html_open(h, "testcase", "classname", f->check ? "check" : "vulnerability", "name",
                 attribute(&room, pl_buf_view(&name)), NULL);
    if (elements[o]) {
        pl_html_open(h, elements[o], "message", attribute(&room, pl_buf_view(&text)), "type",
                     pl_severity_word(f->severity), NULL);
        pl_finding_remedy(f, &remedy);
        pl_buf_fmt(&remedy, " (owner: %.*s; %s) ", PL_F(f->owner), f->id);
        pl_buf_str(&remedy, pl_buf_view(&text));
        pl_html_text(h, pl_buf_view(&remedy), PL_TEXT_ALL);
        pl_html_close(h);
    }
    /* The schema has no properties of a case. */
    pl_html_open(h, "system-out", NULL);
    pl_html_text(h, PL_S("owner: "), PL_TEXT_ALL);
    pl_html_text(h, f->owner, PL_TEXT_ALL);
    pl_html_close(h);
    pl_html_close(h);
}

static void open_suite(pl_html *h, const pl_assessment *a, const pl_subject *s)
{
    PL_AUTO_BUF pl_buf room = {0};
    size_t count[SKIPPED + 1] = {0}, all = 0;
    char tests[24], failures[24], errors[24], skipped[24];

    for (size_t i = 0; i < a->n_findings; i++) {
        if (a->findings[i]->subject != s)
            continue;
        count[outcome_of(a->findings[i])]++;
        all++;
    }
    (void)snprintf(tests, sizeof(tests), "%zu", all);
    (void)snprintf(failures, sizeof(failures), "%zu", count[FAILED]);
    (void)snprintf(errors, sizeof(errors), "%zu", count[ERROR]);
    (void)snprintf(skipped, sizeof(skipped), "%zu", count[SKIPPED]);
    pl_html_open(h, "testsuite", "name", attribute(&room, s->name.n ? s->name : s->key), "tests",
                 tests, "failures", failures, "errors", errors, "skipped", skipped, NULL);
}

static void write_suite(pl_html *h, const pl_assessment *a, const pl_subject *s)
{
    open_suite(h, a, s);
    write_properties(h, a, s);
    for (size_t i = 0; i < a->n_findings; i++)
        if (a->findings[i]->subject == s)
            write_case(h, a->findings[i]);
    pl_html_close(h);
}

/* What could not be read is a suite of its own, of errors. */
static void write_gaps(pl_html *h, const pl_assessment *a)
{
    PL_AUTO_BUF pl_buf room = {0};
    char n[24];

    (void)snprintf(n, sizeof(n), "%zu", a->n_gaps);
    pl_html_open(h, "testsuite", "name", "not read", "tests", n, "failures", "0", "errors", n,
                 "skipped", "0", NULL);
    for (size_t i = 0; i < a->n_gaps; i++) {
        pl_html_open(h, "testcase", "classname", "gap", "name", attribute(&room, a->gaps[i].what),
                     NULL);
        pl_html_open(h, "error", "message", attribute(&room, a->gaps[i].reason), "type", "gap",
                     NULL);
        pl_html_text(h, a->gaps[i].detail, PL_TEXT_ALL);
        pl_html_close(h);
        pl_html_close(h);
    }
    pl_html_close(h);
}

/* ---- other tools ---- */

/* Whatever a tool says is skipped here: it is no test of ours that passes or fails. */
static void write_tool_case(pl_html *h, const pl_ingested_row *r, pl_str tool)
{
    PL_AUTO_BUF pl_buf name = {0}, text = {0}, room = {0};

    pl_buf_fmt(&name, "%.*s %.*s", PL_F(r->rule), PL_F(r->where));
    pl_buf_fmt(&text, "%.*s says %.*s: %.*s", PL_F(tool), PL_F(r->outcome), PL_F(r->title));
    pl_html_open(h, "testcase", "classname", "other-tool", "name",
                 attribute(&room, pl_buf_view(&name)), NULL);
    pl_html_open(h, "skipped", "message", attribute(&room, pl_buf_view(&text)), "type",
                 "other-tool", NULL);
    pl_html_close(h);
    pl_html_close(h);
}

static void write_tool(pl_html *h, const pl_ingested *v)
{
    PL_AUTO_BUF pl_buf tool = {0}, title = {0}, room = {0};
    char n[24], number[PL_EVIDENCE_NUMBER];

    pl_evidence_number(v->number, number);
    pl_buf_fmt(&tool, "%.*s %.*s", PL_F(v->tool), PL_F(v->version));
    pl_buf_fmt(&title, "other tool: %.*s (%s)", PL_F(pl_buf_view(&tool)), number);
    (void)snprintf(n, sizeof(n), "%zu", v->n_rows);
    pl_html_open(h, "testsuite", "name", attribute(&room, pl_buf_view(&title)), "tests", n,
                 "failures", "0", "errors", "0", "skipped", n, NULL);
    pl_html_open(h, "properties", NULL);
    write_property(h, "kind", PL_S("other-tool"));
    write_property(h, "tool", pl_buf_view(&tool));
    write_property(h, "evidence", pl_str_c(number));
    write_property(h, "state", pl_str_c(v->state));
    write_property(h, "about", v->about);
    write_property(h, "file", v->file);
    write_property(h, "sha256", v->sha256);
    pl_html_close(h);
    for (size_t i = 0; i < v->n_rows; i++)
        write_tool_case(h, &v->rows[i], pl_buf_view(&tool));
    pl_html_close(h);
}

void pl_report_junit(const pl_assessment *a, pl_buf *out)
{
    pl_html h = {.out = out};

    pl_buf_c(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    pl_html_open(&h, "testsuites", "name", "plimsoll", NULL);
    for (size_t i = 0; i < a->n_subjects; i++)
        write_suite(&h, a, a->subjects[i].subject);
    write_gaps(&h, a);
    for (size_t i = 0; i < a->n_ingested; i++)
        write_tool(&h, &a->ingested[i]);
    pl_html_close(&h);
    pl_buf_ch(out, '\n');
}
