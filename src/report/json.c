/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll.audit/1 out. The reader is json_read.c; both follow docs/schema/audit-1.json. */
#include "core/clock.h"
#include "core/json_write.h"
#include "report/report.h"

static void put(pl_jw *w, const char *key, pl_str s)
{
    pl_jw_key(w, key);
    if (s.n)
        pl_jw_str(w, s);
    else
        pl_jw_null(w);
}

static void put_c(pl_jw *w, const char *key, const char *s)
{
    put(w, key, pl_str_c(s));
}

static void put_int(pl_jw *w, const char *key, int64_t v)
{
    pl_jw_key(w, key);
    pl_jw_int(w, v);
}

/* A name beside a row: whole in scope.subjects, here cut at a character's end, since a hostile name
 * of a megabyte would stand in every row. */
static void put_label(pl_jw *w, const char *key, pl_str s)
{
    pl_str cut = pl_str_sub(s, 0, PL_REPORT_LABEL);

    while (cut.n < s.n && cut.n > 0 && ((unsigned char)s.p[cut.n] & 0xc0) == 0x80)
        cut.n--;
    put(w, key, cut);
}

static void put_bool(pl_jw *w, const char *key, bool v)
{
    pl_jw_key(w, key);
    pl_jw_bool(w, v);
}

static void put_time(pl_jw *w, const char *key, int64_t us)
{
    char text[PL_TIME_TEXT] = "";

    if (us)
        pl_time_print(us, text);
    put_c(w, key, text);
}

/* Entry of the log, null when there is none. */
static void put_index(pl_jw *w, int64_t index)
{
    pl_jw_key(w, "ledger_index");
    if (index < 0)
        pl_jw_null(w);
    else
        pl_jw_int(w, index);
}

static void open_object(pl_jw *w, const char *key)
{
    pl_jw_key(w, key);
    pl_jw_object(w);
}

static void open_array(pl_jw *w, const char *key)
{
    pl_jw_key(w, key);
    pl_jw_array(w);
}

static void put_strs(pl_jw *w, const char *key, const pl_str *items, size_t n)
{
    open_array(w, key);
    for (size_t i = 0; i < n; i++)
        pl_jw_str(w, items[i]);
    pl_jw_end(w);
}

static void put_tally(pl_jw *w, const char *key, const pl_tally *t)
{
    open_object(w, key);
    put_int(w, "pass", (int64_t)t->pass);
    put_int(w, "fail", (int64_t)t->fail);
    put_int(w, "not_applicable", (int64_t)t->not_applicable);
    put_int(w, "waived", (int64_t)t->waived);
    put_int(w, "unknown", (int64_t)t->unknown);
    put_int(w, "attestation", (int64_t)t->attest);
    put_int(w, "missing_part", (int64_t)t->missing);
    pl_jw_end(w);
}

static void write_advisories(pl_jw *w, const pl_assessment *a)
{
    const pl_advisory_state *adv = &a->advisories;

    open_object(w, "advisories");
    put_bool(w, "present", adv->present);
    put(w, "digest", adv->digest);
    put_time(w, "imported_at", adv->imported_us);
    pl_jw_key(w, "age_seconds");
    if (adv->imported_us)
        pl_jw_int(w, (a->generated_us - adv->imported_us) / 1000000);
    else
        pl_jw_null(w);
    open_array(w, "feeds");
    for (size_t i = 0; i < adv->n_feeds; i++) {
        pl_jw_object(w);
        put(w, "name", adv->feeds[i].name);
        put(w, "version", adv->feeds[i].version);
        put(w, "source", adv->feeds[i].source);
        put_time(w, "as_of", adv->feeds[i].as_of_us);
        put_bool(w, "stale", adv->feeds[i].is_stale);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    put(w, "how_to_get", adv->how_to_get);
    pl_jw_end(w);
}

static void write_head(pl_jw *w, const pl_assessment *a)
{
    put_c(w, "schema", "plimsoll.audit/1");
    open_object(w, "tool");
    put_c(w, "name", "plimsoll");
    put(w, "version", a->tool_version);
    put(w, "build", a->tool_build);
    pl_jw_end(w);
    open_object(w, "content");
    put_c(w, "digest", a->content->digest);
    pl_jw_end(w);
    write_advisories(w, a);
    put_time(w, "generated_at", a->generated_us);
    put_time(w, "started_at", a->started_us);
    put(w, "verb", a->verb);
    put(w, "system", a->system);
    put(w, "sandbox", a->sandbox);
    put_bool(w, "first_run", a->first_run);
    put_bool(w, "unprivileged", a->unprivileged);
    put(w, "baseline", a->baseline);
}

static void write_subjects(pl_jw *w, const pl_assessment *a)
{
    open_array(w, "subjects");
    for (size_t i = 0; i < a->n_subjects; i++) {
        const pl_scope_subject *s = &a->subjects[i];
        pl_jw_object(w);
        put(w, "kind", s->subject->kind);
        put(w, "id", s->subject->key);
        put(w, "name", s->subject->name);
        put(w, "class", s->subject->klass);
        open_array(w, "attributes");
        for (size_t k = 0; k < s->n_attrs; k++) {
            pl_jw_object(w);
            put(w, "name", s->attrs[k].name);
            put(w, "value", s->attrs[k].value);
            pl_jw_end(w);
        }
        pl_jw_end(w);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void write_scope(pl_jw *w, const pl_assessment *a, const pl_derived *d)
{
    open_object(w, "scope");
    write_subjects(w, a);
    open_array(w, "populations");
    for (size_t i = 0; i < d->n_populations; i++) {
        pl_jw_object(w);
        put(w, "kind", d->populations[i].kind);
        put_int(w, "count", (int64_t)d->populations[i].n);
        put_c(w, "sha256", d->populations[i].hash);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    open_array(w, "exclusions");
    for (size_t i = 0; i < a->n_exclusions; i++) {
        pl_jw_object(w);
        put(w, "what", a->exclusions[i].what);
        put(w, "reason", a->exclusions[i].reason);
        put(w, "needs", a->exclusions[i].needs);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    open_array(w, "engines");
    for (size_t i = 0; i < a->n_engines; i++) {
        pl_jw_object(w);
        put(w, "how", a->engines[i].how);
        put(w, "address", a->engines[i].address);
        put(w, "outcome", a->engines[i].outcome);
        put_bool(w, "used", a->engines[i].used);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    pl_jw_end(w);
}

static void write_gaps(pl_jw *w, const pl_assessment *a)
{
    open_array(w, "gaps");
    for (size_t i = 0; i < a->n_gaps; i++) {
        pl_jw_object(w);
        put(w, "what", a->gaps[i].what);
        put(w, "reason", a->gaps[i].reason);
        put(w, "detail", a->gaps[i].detail);
        put(w, "kind", a->gaps[i].kind);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void write_ledger(pl_jw *w, const pl_assessment *a)
{
    const pl_log_reference *l = &a->ledger;

    open_object(w, "ledger");
    put_bool(w, "recorded", l->recorded);
    put(w, "origin", l->origin);
    put_int(w, "size", l->size);
    put(w, "root", l->root);
    put(w, "directory", l->directory);
    put(w, "vkey", l->vkey);
    put(w, "recovery", l->recovery);
    pl_jw_end(w);
}

static void write_summary(pl_jw *w, const pl_derived *d)
{
    open_object(w, "summary");
    put_tally(w, "total", &d->total);
    open_array(w, "areas");
    for (size_t i = 0; i < d->n_areas; i++) {
        pl_jw_object(w);
        put(w, "area", d->areas[i].area);
        put_int(w, "checks", (int64_t)d->areas[i].n_checks);
        put_tally(w, "verdicts", &d->areas[i].tally);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    pl_jw_end(w);
}

static void write_vulnerability(pl_jw *w, const pl_vuln_facts *v)
{
    put(w, "advisory", v->advisory);
    put_strs(w, "aliases", v->aliases, v->n_aliases);
    open_object(w, "package");
    put(w, "name", v->package);
    put(w, "version", v->version);
    put(w, "source", v->source);
    put(w, "source_version", v->source_version);
    put(w, "ecosystem", v->ecosystem);
    put(w, "purl", v->purl);
    pl_jw_end(w);
    put(w, "fixed_version", v->fixed_version);
    put(w, "layer", v->layer);
    put(w, "summary", v->summary);
    put_bool(w, "kev", v->kev);
    put(w, "kev_due", v->kev_due);
    pl_jw_key(w, "epss_ppm");
    if (v->epss_ppm < 0)
        pl_jw_null(w);
    else
        pl_jw_int(w, v->epss_ppm);
}

static void write_evidence_values(pl_jw *w, const pl_finding *f)
{
    open_array(w, "evidence");
    for (size_t i = 0; i < f->n_evidence; i++) {
        pl_jw_object(w);
        put_c(w, "field", f->evidence[i].field);
        put(w, "value", f->evidence[i].value);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void write_finding(pl_jw *w, const pl_finding *f)
{
    pl_jw_object(w);
    put_c(w, "kind", f->check ? "check" : "vulnerability");
    put_c(w, "id", f->id);
    if (f->check) {
        put(w, "check", f->check->id);
        put(w, "title", f->check->title);
    }
    open_object(w, "subject");
    put(w, "kind", f->subject->kind);
    put(w, "id", f->subject->key);
    put_label(w, "name", f->subject->name);
    pl_jw_end(w);
    put_c(w, "verdict", pl_verdict_word(f->verdict));
    put_c(w, "reason", f->reason);
    put_c(w, "reason_field", f->reason_field);
    put_c(w, "severity", pl_severity_word(f->severity));
    put(w, "owner", f->owner);
    put(w, "element", f->element);
    write_evidence_values(w, f);
    put_c(w, "evidence_sha256", f->evidence_hash);
    put_c(w, "revision", f->revision);
    put_index(w, f->ledger_index);
    put_time(w, "first_seen", f->first_seen_us);
    if (f->vuln)
        write_vulnerability(w, f->vuln);
    pl_jw_end(w);
}

static void write_findings(pl_jw *w, const pl_assessment *a)
{
    open_array(w, "findings");
    for (size_t i = 0; i < a->n_findings; i++)
        write_finding(w, a->findings[i]);
    pl_jw_end(w);
}

static void write_check(pl_jw *w, const pl_check *c)
{
    pl_jw_object(w);
    put(w, "id", c->id);
    put(w, "title", c->title);
    put(w, "kind", c->kind);
    put(w, "needs", c->needs);
    put_c(w, "severity", pl_severity_word(c->severity));
    put(w, "owner", c->owner);
    put(w, "method", c->method);
    put(w, "rationale", c->rationale);
    open_object(w, "remedy");
    put(w, "text", c->remedy);
    open_array(w, "steps");
    for (size_t i = 0; i < c->n_steps; i++) {
        pl_jw_object(w);
        put(w, "key", c->steps[i].key);
        put(w, "value", c->steps[i].value);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    pl_jw_end(w);
    open_object(w, "controls");
    for (size_t i = 0; i < c->n_controls; i++) {
        pl_jw_key_str(w, c->controls[i].framework);
        pl_jw_array(w);
        for (size_t k = 0; k < c->controls[i].n; k++)
            pl_jw_str(w, c->controls[i].ids[k]);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    pl_jw_end(w);
}

static void write_checks(pl_jw *w, const pl_assessment *a)
{
    open_array(w, "checks");
    for (size_t i = 0; i < a->content->n_checks; i++)
        write_check(w, &a->content->checks[i]);
    pl_jw_end(w);
}

static void write_requirement(pl_jw *w, const pl_requirement_result *r)
{
    const pl_requirement *q = r->requirement;

    pl_jw_object(w);
    put(w, "id", q->id);
    put(w, "title", q->title);
    put(w, "section", q->section);
    put(w, "kind", q->kind);
    put_bool(w, "heading", q->is_heading);
    put(w, "baselines", q->baselines);
    put_bool(w, "in_scope", r->in_scope);
    put_c(w, "support", r->in_scope ? pl_support_word(r->support) : NULL);
    open_array(w, "checks");
    for (size_t i = 0; i < r->n; i++)
        pl_jw_str(w, r->checks[i]->check->id);
    pl_jw_end(w);
    pl_jw_end(w);
}

static const char *const support_keys[PL_SUPPORT_COUNT] = {
    [PL_SUPPORT_NOT_SUPPORTED] = "not_supported",
    [PL_SUPPORT_PARTLY] = "partly_supported",
    [PL_SUPPORT_UNKNOWN] = "unknown",
    [PL_SUPPORT_ATTESTATION] = "by_attestation",
    [PL_SUPPORT_SUPPORTED] = "supported",
    [PL_SUPPORT_NOT_APPLICABLE] = "not_applicable",
    [PL_SUPPORT_NOT_COVERED] = "not_covered",
};

static void write_framework(pl_jw *w, const pl_framework_result *f)
{
    pl_jw_object(w);
    put(w, "id", f->framework->id);
    put(w, "name", f->framework->name);
    put(w, "note", f->framework->note);
    open_object(w, "summary");
    for (int s = 0; s < PL_SUPPORT_COUNT; s++)
        put_int(w, support_keys[s], (int64_t)f->count[s]);
    put_int(w, "total", (int64_t)f->total);
    pl_jw_end(w);
    open_array(w, "requirements");
    for (size_t i = 0; i < f->n; i++)
        write_requirement(w, &f->requirements[i]);
    pl_jw_end(w);
    pl_jw_end(w);
}

static void write_frameworks(pl_jw *w, const pl_derived *d)
{
    open_array(w, "frameworks");
    for (size_t i = 0; i < d->n_frameworks; i++)
        write_framework(w, &d->frameworks[i]);
    pl_jw_end(w);
}

static void write_items(pl_jw *w, const pl_assessment *a)
{
    open_array(w, "evidence");
    for (size_t i = 0; i < a->n_items; i++) {
        const pl_evidence_item *e = &a->items[i];
        char number[PL_EVIDENCE_NUMBER];
        pl_evidence_number(e->ledger_index, number);
        pl_jw_object(w);
        put_c(w, "number", e->ledger_index < 0 ? NULL : number);
        put_index(w, e->ledger_index);
        put(w, "type", e->type);
        put(w, "role", e->role);
        put(w, "subject", e->subject_key);
        put(w, "collector", e->collector);
        put(w, "sha256", e->sha256);
        put_time(w, "collected_at", e->collected_us);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void write_policy(pl_jw *w, const pl_assessment *a)
{
    open_object(w, "policy");
    open_array(w, "unset");
    for (size_t i = 0; i < a->content->n_lists; i++) {
        const pl_list *l = &a->content->lists[i];
        if (!l->is_policy || !l->is_unset)
            continue;
        pl_jw_object(w);
        put(w, "name", l->name);
        put(w, "help", l->help);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    pl_jw_end(w);
}

static void write_places(pl_jw *w, const pl_assessment *a)
{
    open_array(w, "places");
    for (size_t i = 0; i < a->n_places; i++) {
        pl_jw_object(w);
        put(w, "what", a->places[i].what);
        put(w, "path", a->places[i].path);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

void pl_report_json(const pl_assessment *a, const pl_derived *d, bool pretty, pl_buf *out)
{
    pl_jw w = {.out = out, .pretty = pretty};

    pl_jw_object(&w);
    write_head(&w, a);
    write_scope(&w, a, d);
    write_gaps(&w, a);
    write_ledger(&w, a);
    write_summary(&w, d);
    write_findings(&w, a);
    write_checks(&w, a);
    write_frameworks(&w, d);
    write_items(&w, a);
    write_policy(&w, a);
    write_places(&w, a);
    pl_jw_end(&w);
    pl_buf_ch(out, '\n');
}
