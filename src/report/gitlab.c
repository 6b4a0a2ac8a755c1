/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GitLab's container scanning report, schema 15. It has a place for what failed only; gaps are
 * messages of the scan. A failed check stands as a finding about the image's configuration.
 */
#include "core/json_put.h"
#include "report/exchange.h"
#include "report/select.h"
#include "report/words.h"

static const char *const severities[] = {
    [PL_INFO] = "Info", [PL_LOW] = "Low",           [PL_MEDIUM] = "Medium",
    [PL_HIGH] = "High", [PL_CRITICAL] = "Critical", [PL_UNKNOWN_SEVERITY] = "Unknown",
};

static void write_identifiers(pl_jw *w, const pl_finding *f)
{
    pl_str rule = pl_finding_rule(f);
    bool is_cve = pl_str_starts(rule, PL_S("CVE-"));

    pl_jopen_array(w, "identifiers");
    pl_jw_object(w);
    pl_jput_c(w, "type", is_cve ? "cve" : f->check ? "plimsoll" : "osv");
    pl_jput_str(w, "name", rule);
    pl_jput_str(w, "value", rule);
    pl_jw_end(w);
    pl_jw_end(w);
}

static void write_location(pl_jw *w, const pl_finding *f)
{
    pl_jopen_object(w, "location");
    pl_jopen_object(w, "dependency");
    pl_jopen_object(w, "package");
    pl_jput_str(w, "name", f->vuln ? f->vuln->package : PL_S("configuration"));
    pl_jw_end(w);
    pl_jw_key(w, "version");
    pl_jw_str(w, f->vuln ? f->vuln->version : PL_S(""));
    pl_jw_end(w);
    pl_jput_str(w, "operating_system",
                f->vuln && f->vuln->ecosystem.n ? f->vuln->ecosystem : PL_S("unknown"));
    pl_jput_str(w, "image", pl_subject_label(f->subject));
    pl_jw_end(w);
}

static void write_finding(pl_jw *w, const pl_finding *f)
{
    PL_AUTO_BUF pl_buf text = {0}, remedy = {0};

    pl_finding_text(f, &text);
    pl_finding_remedy(f, &remedy);
    pl_jw_object(w);
    pl_jput_c(w, "id", f->id);
    pl_jput_str(w, "name", f->check ? f->check->title : f->vuln->advisory);
    pl_jput_str(w, "description", pl_buf_view(&text));
    pl_jput_c(w, "severity", severities[f->severity]);
    pl_jput_some(w, "solution", pl_buf_view(&remedy));
    write_identifiers(w, f);
    write_location(w, f);
    pl_jopen_object(w, "details");
    pl_jopen_object(w, "owner");
    pl_jput_c(w, "name", "owner");
    pl_jput_c(w, "type", "text");
    pl_jput_str(w, "value", f->owner.n ? f->owner : PL_S("unknown"));
    pl_jw_end(w);
    pl_jw_end(w);
    pl_jw_end(w);
}

static void write_program(pl_jw *w, const char *key, const pl_assessment *a)
{
    pl_jopen_object(w, key);
    pl_jput_c(w, "id", "plimsoll");
    pl_jput_c(w, "name", "Plimsoll");
    pl_jput_str(w, "version", a->tool_version);
    pl_jopen_object(w, "vendor");
    pl_jput_c(w, "name", "Plimsoll");
    pl_jw_end(w);
    pl_jw_end(w);
}

/* Times without a zone, as the schema has them. */
static void put_time(pl_jw *w, const char *key, int64_t us)
{
    enum { BEFORE_ZONE = 19 };
    char text[PL_TIME_SECONDS];

    pl_time_seconds(us, text);
    text[BEFORE_ZONE] = '\0';
    pl_jput_c(w, key, text);
}

static void write_message(pl_jw *w, const char *level, pl_str text)
{
    pl_jw_object(w);
    pl_jput_c(w, "level", level);
    pl_jput_str(w, "value", text);
    pl_jw_end(w);
}

static void write_scan(pl_jw *w, const pl_assessment *a)
{
    pl_jopen_object(w, "scan");
    pl_jput_c(w, "type", "container_scanning");
    write_program(w, "scanner", a);
    write_program(w, "analyzer", a);
    put_time(w, "start_time", a->started_us);
    put_time(w, "end_time", a->generated_us);
    pl_jput_c(w, "status", "success");
    pl_jopen_array(w, "messages");
    for (size_t i = 0; i < a->n_gaps; i++) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&text, "not read (%.*s): %.*s", PL_F(a->gaps[i].reason), PL_F(a->gaps[i].what));
        write_message(w, "warn", pl_buf_view(&text));
    }
    if (a->filters.n) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_c(&text, "left out: ");
        pl_left_out_text(a, &text);
        write_message(w, "info", pl_buf_view(&text));
    }
    pl_jw_end(w);
    pl_jw_end(w);
}

void pl_report_gitlab(const pl_assessment *a, pl_buf *out)
{
    pl_jw w = {.out = out, .pretty = true};

    pl_jw_object(&w);
    pl_jput_c(&w, "version", "15.0.7");
    write_scan(&w, a);
    pl_jopen_array(&w, "vulnerabilities");
    for (size_t i = 0; i < a->n_findings; i++)
        if (a->findings[i]->verdict == PL_FAIL && !a->findings[i]->left_out)
            write_finding(&w, a->findings[i]);
    pl_jw_end(&w);
    pl_jopen_array(&w, "remediations");
    pl_jw_end(&w);
    pl_jw_end(&w);
    pl_buf_ch(out, '\n');
}
