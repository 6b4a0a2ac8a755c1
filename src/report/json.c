/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll.audit/1 out. The reader is json_read.c; plain members stand in json_tables.c. */
#include "report/json_tables.h"
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
    pl_jput(w, &pl_jt_advisories, adv);
    pl_jw_key(w, "age_seconds");
    if (adv->imported_us)
        pl_jw_int(w, (a->generated_us - adv->imported_us) / 1000000);
    else
        pl_jw_null(w);
    pl_jput_array(w, "feeds", &pl_jt_feed, adv->feeds, adv->n_feeds);
    pl_jw_end(w);
}

static void write_head(pl_jw *w, const pl_assessment *a)
{
    put_c(w, "schema", "plimsoll.audit/1");
    open_object(w, "tool");
    put_c(w, "name", "plimsoll");
    pl_jput(w, &pl_jt_tool, a);
    pl_jw_end(w);
    open_object(w, "content");
    pl_jput(w, &pl_jt_content, a->content);
    pl_jw_end(w);
    write_advisories(w, a);
    pl_jput(w, &pl_jt_head, a);
}

static void write_subjects(pl_jw *w, const pl_assessment *a)
{
    open_array(w, "subjects");
    for (size_t i = 0; i < a->n_subjects; i++) {
        const pl_scope_subject *s = &a->subjects[i];
        pl_jw_object(w);
        pl_jput(w, &pl_jt_subject, s->subject);
        pl_jput_array(w, "attributes", &pl_jt_attr, s->attrs, s->n_attrs);
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
    pl_jput_array(w, "exclusions", &pl_jt_exclusion, a->exclusions, a->n_exclusions);
    pl_jput_array(w, "engines", &pl_jt_engine, a->engines, a->n_engines);
    pl_jw_end(w);
}

static void write_ledger(pl_jw *w, const pl_assessment *a)
{
    open_object(w, "ledger");
    pl_jput(w, &pl_jt_ledger, &a->ledger);
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
    pl_jput(w, &pl_jt_vuln, v);
    put_strs(w, "aliases", v->aliases, v->n_aliases);
    open_object(w, "package");
    pl_jput(w, &pl_jt_package, v);
    pl_jw_end(w);
}

static void write_finding(pl_jw *w, const pl_finding *f)
{
    pl_jw_object(w);
    put_c(w, "kind", f->check ? "check" : "vulnerability");
    pl_jput(w, &pl_jt_finding, f);
    if (f->check) {
        put(w, "check", f->check->id);
        put(w, "title", f->check->title);
    }
    open_object(w, "subject");
    put(w, "kind", f->subject->kind);
    put(w, "id", f->subject->key);
    put_label(w, "name", f->subject->name);
    pl_jw_end(w);
    pl_jput_array(w, "evidence", &pl_jt_evidence, f->evidence, f->n_evidence);
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
    pl_jput(w, &pl_jt_check, c);
    open_object(w, "remedy");
    pl_jput(w, &pl_jt_remedy, c);
    pl_jput_array(w, "steps", &pl_jt_step, c->steps, c->n_steps);
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
    pl_jput(w, &pl_jt_requirement, q);
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
    pl_jput(w, &pl_jt_framework, f->framework);
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
        pl_jput(w, &pl_jt_item, e);
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
        pl_jput(w, &pl_jt_list, l);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    pl_jw_end(w);
}

void pl_report_json(const pl_assessment *a, const pl_derived *d, bool pretty, pl_buf *out)
{
    pl_jw w = {.out = out, .pretty = pretty};

    pl_jw_object(&w);
    write_head(&w, a);
    write_scope(&w, a, d);
    pl_jput_array(&w, "gaps", &pl_jt_gap, a->gaps, a->n_gaps);
    write_ledger(&w, a);
    write_summary(&w, d);
    write_findings(&w, a);
    write_checks(&w, a);
    write_frameworks(&w, d);
    write_items(&w, a);
    write_policy(&w, a);
    pl_jput_array(&w, "places", &pl_jt_place, a->places, a->n_places);
    pl_jw_end(&w);
    pl_buf_ch(out, '\n');
}
