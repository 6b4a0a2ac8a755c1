/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll.audit/1 out. The reader is json_read.c; plain members stand in json_tables.c. */
#include "core/json_put.h"
#include "report/exchange.h"
#include "report/groups.h"
#include "report/json_tables.h"
#include "report/report.h"
#include "report/words.h"

static void put_strs(pl_jw *w, const char *key, const pl_str *items, size_t n)
{
    pl_jopen_array(w, key);
    for (size_t i = 0; i < n; i++)
        pl_jw_str(w, items[i]);
    pl_jw_end(w);
}

static void put_tally(pl_jw *w, const char *key, const pl_tally *t)
{
    pl_jopen_object(w, key);
    pl_jput_int(w, "pass", (int64_t)t->pass);
    pl_jput_int(w, "fail", (int64_t)t->fail);
    pl_jput_int(w, "not_applicable", (int64_t)t->not_applicable);
    pl_jput_int(w, "waived", (int64_t)t->waived);
    pl_jput_int(w, "attested", (int64_t)t->attested);
    pl_jput_int(w, "unknown", (int64_t)t->unknown);
    pl_jput_int(w, "attestation", (int64_t)t->attest);
    pl_jput_int(w, "missing_part", (int64_t)t->missing);
    pl_jw_end(w);
}

static void write_advisories(pl_jw *w, const pl_assessment *a)
{
    const pl_advisory_state *adv = &a->advisories;

    pl_jopen_object(w, "advisories");
    pl_jput(w, &pl_jt_advisories, adv);
    pl_jw_key(w, "age_seconds");
    if (adv->imported_us)
        pl_jw_int(w, (a->generated_us - adv->imported_us) / 1000000);
    else
        pl_jw_null(w);
    pl_jput_array(w, "feeds", &pl_jt_feed, adv->feeds, adv->n_feeds);
    pl_jw_end(w);
}

static void write_profile(pl_jw *w, const pl_profile *p)
{
    if (!p)
        return;
    pl_jopen_object(w, "profile");
    pl_jput(w, &pl_jt_profile, p);
    pl_jopen_array(w, "scopes");
    for (size_t i = 0; i < p->n; i++) {
        pl_jw_object(w);
        pl_jput(w, &pl_jt_profile_scope, &p->scopes[i]);
        put_strs(w, "only", p->scopes[i].only, p->scopes[i].n_only);
        put_strs(w, "without", p->scopes[i].without, p->scopes[i].n_without);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    pl_jw_end(w);
}

static void write_head(pl_jw *w, const pl_assessment *a)
{
    pl_jput_c(w, "schema", "plimsoll.audit/1");
    pl_jopen_object(w, "tool");
    pl_jput_c(w, "name", "plimsoll");
    pl_jput(w, &pl_jt_tool, a);
    pl_jw_end(w);
    pl_jopen_object(w, "content");
    pl_jput(w, &pl_jt_content, a->content);
    pl_jput_array(w, "changes", &pl_jt_content_change, a->content->changes, a->content->n_changes);
    pl_jw_end(w);
    write_profile(w, a->profile);
    write_advisories(w, a);
    pl_jput(w, &pl_jt_head, a);
}

static void write_subjects(pl_jw *w, const pl_assessment *a)
{
    pl_jopen_array(w, "subjects");
    for (size_t i = 0; i < a->n_subjects; i++) {
        const pl_scope_subject *s = &a->subjects[i];
        pl_jw_object(w);
        pl_jput(w, &pl_jt_subject, s->subject);
        pl_jput(w, &pl_jt_matched, s);
        pl_subject_context_put(w, s->subject);
        pl_jput_array(w, "attributes", &pl_jt_attr, s->attrs, s->n_attrs);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void write_scope(pl_jw *w, const pl_assessment *a, const pl_derived *d)
{
    pl_jopen_object(w, "scope");
    write_subjects(w, a);
    pl_jopen_array(w, "populations");
    for (size_t i = 0; i < d->n_populations; i++) {
        pl_jw_object(w);
        pl_jput_str(w, "kind", d->populations[i].kind);
        pl_jput_int(w, "count", (int64_t)d->populations[i].n);
        pl_jput_c(w, "sha256", d->populations[i].hash);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    pl_jput_array(w, "exclusions", &pl_jt_exclusion, a->exclusions, a->n_exclusions);
    pl_jput_array(w, "engines", &pl_jt_engine, a->engines, a->n_engines);
    pl_jw_end(w);
}

static void write_ledger(pl_jw *w, const pl_assessment *a)
{
    pl_jopen_object(w, "ledger");
    pl_jput(w, &pl_jt_ledger, &a->ledger);
    pl_jw_end(w);
}

static void write_summary(pl_jw *w, const pl_derived *d)
{
    pl_jopen_object(w, "summary");
    put_tally(w, "total", &d->total);
    pl_jopen_array(w, "areas");
    for (size_t i = 0; i < d->n_areas; i++) {
        pl_jw_object(w);
        pl_jput_str(w, "area", d->areas[i].area);
        pl_jput_int(w, "checks", (int64_t)d->areas[i].n_checks);
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
    pl_jopen_object(w, "package");
    pl_jput(w, &pl_jt_package, v);
    pl_jw_end(w);
}

static void write_subject_ref(pl_jw *w, const pl_subject *s)
{
    pl_jopen_object(w, "subject");
    pl_jput_str(w, "kind", s->kind);
    pl_jput_str(w, "id", s->key);
    pl_jput_str(w, "name", pl_label(s->name));
    pl_jw_end(w);
}

static void write_finding(pl_jw *w, const pl_assessment *a, const pl_finding *f)
{
    pl_jw_object(w);
    pl_jput_c(w, "kind", f->check ? "check" : "vulnerability");
    pl_jput(w, &pl_jt_finding, f);
    if (f->check) {
        pl_jput_str(w, "check", f->check->id);
        pl_jput_str(w, "title", f->check->title);
    }
    write_subject_ref(w, f->subject);
    if (f->statement) {
        pl_jput_int(w, "statement", f->statement - a->statements);
        pl_jput_c(w, "judged", pl_verdict_word(f->judged));
    }
    if (f->file.n) {
        pl_jopen_object(w, "declared_at");
        pl_jput(w, &pl_jt_finding_place, f);
        pl_jw_end(w);
    }
    pl_jput_array(w, "owners", &pl_jt_share, f->owners, f->n_owners);
    if (f->n_marks)
        put_strs(w, "marks", f->marks, f->n_marks);
    pl_jput_array(w, "evidence", &pl_jt_evidence, f->evidence, f->n_evidence);
    if (f->vuln)
        write_vulnerability(w, f->vuln);
    pl_jw_end(w);
}

static void write_statements(pl_jw *w, const pl_assessment *a)
{
    pl_jopen_array(w, "statements");
    for (size_t i = 0; i < a->n_statements; i++) {
        const pl_statement *s = &a->statements[i];
        pl_jw_object(w);
        pl_jput(w, &pl_jt_statement, s);
        pl_jput_array(w, "files", &pl_jt_statement_file, s->files, s->n_files);
        pl_jput_array(w, "requirements", &pl_jt_requirement_id, s->requirements, s->n_requirements);
        put_strs(w, "written", s->written, s->n_written);
        put_strs(w, "executed", s->executed, s->n_executed);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void write_decisions(pl_jw *w, const pl_assessment *a)
{
    pl_jopen_array(w, "decisions");
    for (size_t i = 0; i < a->n_decisions; i++) {
        const pl_decision *d = &a->decisions[i];
        pl_jw_object(w);
        pl_jput(w, &pl_jt_decision, d);
        pl_jput_array(w, "requirements", &pl_jt_requirement_id, d->requirements, d->n_requirements);
        put_strs(w, "changes", d->changes, d->n_changes);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

/* Not there when there are none. */
static void write_ingested(pl_jw *w, const pl_assessment *a)
{
    if (a->n_ingested == 0)
        return;
    pl_jopen_array(w, "ingested");
    for (size_t i = 0; i < a->n_ingested; i++) {
        const pl_ingested *v = &a->ingested[i];
        pl_jw_object(w);
        pl_jput_c(w, "kind", "ingested");
        pl_jput(w, &pl_jt_ingested, v);
        put_strs(w, "problems", v->problems, v->n_problems_kept);
        pl_jput_array(w, "controls", &pl_jt_ingested_control, v->controls, v->n_controls);
        pl_jput_array(w, "results", &pl_jt_ingested_row, v->rows, v->n_rows);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void write_findings(pl_jw *w, const pl_assessment *a)
{
    pl_jopen_array(w, "findings");
    for (size_t i = 0; i < a->n_findings; i++)
        write_finding(w, a, a->findings[i]);
    pl_jw_end(w);
}

static void write_check(pl_jw *w, const pl_check *c)
{
    pl_jw_object(w);
    pl_jput(w, &pl_jt_check, c);
    pl_jopen_object(w, "remedy");
    pl_jput(w, &pl_jt_remedy, c);
    pl_jput_array(w, "steps", &pl_jt_step, c->steps, c->n_steps);
    pl_jw_end(w);
    pl_jopen_object(w, "controls");
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
    pl_jopen_array(w, "checks");
    for (size_t i = 0; i < a->content->n_checks; i++)
        write_check(w, &a->content->checks[i]);
    pl_jw_end(w);
}

/* Files of the decisions that name it. */
static void write_decided(pl_jw *w, const pl_assessment *a, pl_str framework, pl_str id)
{
    bool is_open = false;

    for (size_t i = 0; i < a->n_decisions; i++) {
        const pl_decision *d = &a->decisions[i];
        for (size_t k = 0; k < d->n_requirements; k++) {
            if (!pl_str_eq(d->requirements[k].framework, framework) ||
                !pl_str_eq(d->requirements[k].id, id))
                continue;
            if (!is_open)
                pl_jopen_array(w, "decisions");
            is_open = true;
            pl_jw_str(w, d->file);
            break;
        }
    }
    if (is_open)
        pl_jw_end(w);
}

static void write_requirement(pl_jw *w, const pl_assessment *a, pl_str framework,
                              const pl_requirement_result *r)
{
    const pl_requirement *q = r->requirement;

    pl_jw_object(w);
    pl_jput(w, &pl_jt_requirement, q);
    pl_jput_bool(w, "in_scope", r->in_scope);
    pl_jput_c(w, "support", r->in_scope ? pl_support_word(r->support) : NULL);
    pl_jopen_array(w, "checks");
    for (size_t i = 0; i < r->n; i++)
        pl_jw_str(w, r->checks[i]->check->id);
    pl_jw_end(w);
    write_decided(w, a, framework, q->id);
    pl_jw_end(w);
}

static void write_packages(pl_jw *w, const pl_assessment *a)
{
    pl_jopen_array(w, "packages");
    for (size_t i = 0; i < a->n_packages; i++) {
        pl_jw_object(w);
        pl_jput(w, &pl_jt_scope_package, &a->packages[i]);
        write_subject_ref(w, a->packages[i].subject);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static const char *const support_keys[PL_SUPPORT_COUNT] = {
    [PL_SUPPORT_NOT_SUPPORTED] = "not_supported",
    [PL_SUPPORT_PARTLY] = "partly_supported",
    [PL_SUPPORT_UNKNOWN] = "unknown",
    [PL_SUPPORT_ATTESTATION] = "by_attestation",
    [PL_SUPPORT_ATTESTED] = "attested",
    [PL_SUPPORT_SUPPORTED] = "supported",
    [PL_SUPPORT_NOT_APPLICABLE] = "not_applicable",
    [PL_SUPPORT_NOT_COVERED] = "not_covered",
};

static void write_framework(pl_jw *w, const pl_assessment *a, const pl_framework_result *f)
{
    pl_jw_object(w);
    pl_jput(w, &pl_jt_framework, f->framework);
    pl_jopen_object(w, "summary");
    for (int s = 0; s < PL_SUPPORT_COUNT; s++)
        pl_jput_int(w, support_keys[s], (int64_t)f->count[s]);
    pl_jput_int(w, "total", (int64_t)f->total);
    pl_jw_end(w);
    pl_jopen_array(w, "requirements");
    for (size_t i = 0; i < f->n; i++)
        write_requirement(w, a, f->framework->id, &f->requirements[i]);
    pl_jw_end(w);
    pl_jw_end(w);
}

static void write_frameworks(pl_jw *w, const pl_assessment *a, const pl_derived *d)
{
    pl_jopen_array(w, "frameworks");
    for (size_t i = 0; i < d->n_frameworks; i++)
        write_framework(w, a, &d->frameworks[i]);
    pl_jw_end(w);
}

static void write_items(pl_jw *w, const pl_assessment *a)
{
    pl_jopen_array(w, "evidence");
    for (size_t i = 0; i < a->n_items; i++) {
        const pl_evidence_item *e = &a->items[i];
        char number[PL_EVIDENCE_NUMBER];
        pl_evidence_number(e->ledger_index, number);
        pl_jw_object(w);
        pl_jput_c(w, "number", e->ledger_index < 0 ? NULL : number);
        pl_jput(w, &pl_jt_item, e);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void write_policy(pl_jw *w, const pl_assessment *a)
{
    pl_jopen_object(w, "policy");
    pl_jopen_array(w, "unset");
    for (size_t i = 0; i < a->content->n_lists; i++) {
        const pl_list *l = &a->content->lists[i];
        if (!l->is_policy || !l->is_unset)
            continue;
        pl_jw_object(w);
        pl_jput(w, &pl_jt_list, l);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    pl_jput_array(w, "set", &pl_jt_parameter, a->parameters, a->n_parameters);
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
    pl_groups_put(&w, a);
    write_findings(&w, a);
    write_statements(&w, a);
    write_decisions(&w, a);
    write_ingested(&w, a);
    pl_jput_array(&w, "changes", &pl_jt_change, a->changes, a->n_changes);
    write_packages(&w, a);
    write_checks(&w, a);
    write_frameworks(&w, a, d);
    pl_jput_array(&w, "effects", &pl_jt_effect, a->content->effects, a->content->n_effects);
    write_items(&w, a);
    write_policy(&w, a);
    pl_jput_array(&w, "places", &pl_jt_place, a->places, a->n_places);
    pl_jw_end(&w);
    pl_buf_ch(out, '\n');
}
