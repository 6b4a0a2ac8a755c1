/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CycloneDX 1.6 (ECMA-424), JSON. Subjects and packages are components, vulnerabilities have their
 * own list, verdicts of checks are annotations of their subject, and what could not be read is an
 * incomplete composition. Our own facts are properties "plimsoll:...".
 */
#include "core/clock.h"
#include "core/json_put.h"
#include "report/exchange.h"

enum { REF = 32 };

static const struct {
    const char *kind, *type;
} types[] = {
    {"image", "container"},
    {"container", "container"},
    {"host", "device"},
    {"engine", "platform"},
};

static const char *type_of(const pl_subject *s)
{
    for (size_t i = 0; i < PL_COUNT(types); i++)
        if (pl_str_eq(pl_str_c(types[i].kind), s->kind))
            return types[i].type;
    return "application";
}

static void put_ref(pl_jw *w, const char *key, const char *what, size_t i)
{
    char ref[REF];

    (void)snprintf(ref, sizeof(ref), "%s-%zu", what, i);
    if (key)
        pl_jput_c(w, key, ref);
    else
        pl_jw_c(w, ref);
}

static void put_property(pl_jw *w, const char *name, pl_str value)
{
    if (!value.n)
        return;
    pl_jw_object(w);
    pl_jput_c(w, "name", name);
    pl_jput_str(w, "value", value);
    pl_jw_end(w);
}

/* ---- components ---- */

static void write_subject(pl_jw *w, const pl_assessment *a, size_t i)
{
    const pl_subject *s = a->subjects[i].subject;

    pl_jw_object(w);
    pl_jput_c(w, "type", type_of(s));
    put_ref(w, "bom-ref", "subject", i);
    pl_jput_str(w, "name", s->name.n ? s->name : s->key);
    pl_jput_str(w, "version", s->key);
    pl_jopen_array(w, "properties");
    put_property(w, "plimsoll:kind", s->kind);
    put_property(w, "plimsoll:class", s->klass);
    pl_jw_end(w);
    pl_jw_end(w);
}

/* What is no SPDX expression throughout stands as the package has it. */
static void put_licence(pl_jw *w, const pl_scope_package *p)
{
    if (!p->licence.n)
        return;
    pl_jopen_array(w, "licenses");
    pl_jw_object(w);
    if (pl_licence_is_spdx(p)) {
        pl_jput_str(w, "expression", p->licence_spdx);
    } else {
        pl_jopen_object(w, "license");
        pl_jput_str(w, "name", p->licence);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    pl_jw_end(w);
}

static void write_package(pl_jw *w, const pl_assessment *a, size_t i)
{
    const pl_scope_package *p = &a->packages[i];

    pl_jw_object(w);
    pl_jput_c(w, "type", "library");
    put_ref(w, "bom-ref", "package", i);
    pl_jput_str(w, "name", p->name);
    pl_jput_some(w, "version", p->version);
    put_licence(w, p);
    pl_jput_some(w, "cpe", p->cpe);
    pl_jput_some(w, "purl", p->purl);
    pl_jopen_array(w, "properties");
    put_property(w, "plimsoll:owner", p->owner);
    put_property(w, "plimsoll:layer", p->layer);
    put_property(w, "plimsoll:path", p->path);
    put_property(w, "plimsoll:source", p->source);
    put_property(w, "plimsoll:source_version", p->source_version);
    put_property(w, "plimsoll:ecosystem", p->ecosystem);
    put_property(w, "plimsoll:owned_by", p->owned_by);
    put_property(w, "plimsoll:provenance", p->provenance);
    put_property(w, "plimsoll:confidence", p->confidence);
    put_property(w, "plimsoll:scope", p->scope);
    pl_jw_end(w);
    pl_jw_end(w);
}

/* With one subject, that is what the document is about; else the system that was audited. */
static bool is_single(const pl_assessment *a)
{
    return a->n_subjects == 1;
}

static void write_metadata(pl_jw *w, const pl_assessment *a)
{
    char when[PL_TIME_TEXT];

    pl_time_print(a->generated_us, when);
    pl_jopen_object(w, "metadata");
    pl_jput_c(w, "timestamp", when);
    pl_jopen_object(w, "tools");
    pl_jopen_array(w, "components");
    pl_jw_object(w);
    pl_jput_c(w, "type", "application");
    pl_jput_c(w, "name", "plimsoll");
    pl_jput_some(w, "version", a->tool_version);
    pl_jw_end(w);
    pl_jw_end(w);
    pl_jw_end(w);
    pl_jw_key(w, "component");
    if (is_single(a)) {
        write_subject(w, a, 0);
    } else {
        pl_jw_object(w);
        pl_jput_c(w, "type", "platform");
        pl_jput_c(w, "bom-ref", "system");
        pl_jput_str(w, "name", a->system.n ? a->system : PL_S("system"));
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void write_components(pl_jw *w, const pl_assessment *a)
{
    pl_jopen_array(w, "components");
    for (size_t i = 0; !is_single(a) && i < a->n_subjects; i++)
        write_subject(w, a, i);
    for (size_t i = 0; i < a->n_packages; i++)
        write_package(w, a, i);
    pl_jw_end(w);
}

/* Packages stand subject by subject. */
static void write_dependencies(pl_jw *w, const pl_assessment *a)
{
    size_t p = 0;

    pl_jopen_array(w, "dependencies");
    for (size_t i = 0; i < a->n_subjects; i++) {
        pl_jw_object(w);
        put_ref(w, "ref", "subject", i);
        pl_jopen_array(w, "dependsOn");
        for (; p < a->n_packages && a->packages[p].subject == a->subjects[i].subject; p++)
            put_ref(w, NULL, "package", p);
        pl_jw_end(w);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

/* ---- findings ---- */

static void write_affects(pl_jw *w, const pl_assessment *a, const pl_package_index *x,
                          const pl_finding *f)
{
    const pl_scope_package *p = pl_finding_package(x, f);

    pl_jopen_array(w, "affects");
    pl_jw_object(w);
    if (p)
        put_ref(w, "ref", "package", (size_t)(p - a->packages));
    else
        put_ref(w, "ref", "subject", pl_subject_at(a, f->subject));
    pl_jw_end(w);
    pl_jw_end(w);
}

/* What VEX says, in CycloneDX's words (impact analysis). What an ignore file says is no analysis.
 */
static const struct {
    const char *said, *state;
} states[] = {{"not_affected", "not_affected"},
              {"fixed", "resolved"},
              {"affected", "exploitable"},
              {"under_investigation", "in_triage"}};

/* OpenVEX's reasons by CycloneDX's, which are kept as they are. */
static const struct {
    const char *said, *justification;
} reasons[] = {{"component_not_present", "code_not_present"},
               {"vulnerable_code_not_present", "code_not_present"},
               {"vulnerable_code_not_in_execute_path", "code_not_reachable"},
               {"inline_mitigations_already_exist", "protected_by_mitigating_control"},
               {"code_not_present", "code_not_present"},
               {"code_not_reachable", "code_not_reachable"},
               {"requires_configuration", "requires_configuration"},
               {"requires_dependency", "requires_dependency"},
               {"requires_environment", "requires_environment"},
               {"protected_by_compiler", "protected_by_compiler"},
               {"protected_at_runtime", "protected_at_runtime"},
               {"protected_at_perimeter", "protected_at_perimeter"},
               {"protected_by_mitigating_control", "protected_by_mitigating_control"}};

static void write_analysis(pl_jw *w, const pl_vuln_facts *v)
{
    const char *state = NULL;

    for (size_t i = 0; i < PL_COUNT(states); i++)
        if (pl_str_eq(v->vex_status, pl_str_c(states[i].said)))
            state = states[i].state;
    if (!state)
        return;
    pl_jopen_object(w, "analysis");
    pl_jput_c(w, "state", state);
    for (size_t i = 0; i < PL_COUNT(reasons); i++)
        if (pl_str_eq(v->vex_reason, pl_str_c(reasons[i].said)))
            pl_jput_c(w, "justification", reasons[i].justification);
    pl_jput_some(w, "detail", v->vex_reason);
    pl_jw_end(w);
}

/* The severity may be the distribution's, the score is that of the vectors. */
static void write_rating(pl_jw *w, const pl_finding *f)
{
    PL_AUTO_BUF pl_buf score = {0};
    int32_t tenths = f->vuln->cvss_tenths;

    pl_jopen_array(w, "ratings");
    pl_jw_object(w);
    if (tenths >= 0) {
        pl_buf_fmt(&score, "%d.%d", tenths / 10, tenths % 10);
        pl_jw_key(w, "score");
        pl_jw_raw(w, pl_buf_view(&score));
    }
    pl_jput_c(w, "severity", pl_severity_word(f->severity));
    pl_jw_end(w);
    pl_jw_end(w);
}

static void write_vulnerability(pl_jw *w, const pl_assessment *a, const pl_package_index *x,
                                size_t i)
{
    const pl_finding *f = a->findings[i];
    PL_AUTO_BUF pl_buf remedy = {0};

    pl_finding_remedy(f, &remedy);
    pl_jw_object(w);
    put_ref(w, "bom-ref", "finding", i);
    pl_jput_str(w, "id", f->vuln->advisory);
    pl_jopen_array(w, "references");
    for (size_t k = 0; k < f->vuln->n_aliases; k++) {
        pl_jw_object(w);
        pl_jput_str(w, "id", f->vuln->aliases[k]);
        pl_jopen_object(w, "source");
        pl_jput_c(w, "name", "OSV");
        pl_jw_end(w);
        pl_jw_end(w);
    }
    pl_jw_end(w);
    write_rating(w, f);
    pl_jput_some(w, "description", f->vuln->summary);
    pl_jput_some(w, "recommendation", pl_buf_view(&remedy));
    write_analysis(w, f->vuln);
    write_affects(w, a, x, f);
    pl_jopen_array(w, "properties");
    put_property(w, "plimsoll:finding", pl_str_c(f->id));
    put_property(w, "plimsoll:owner", f->owner);
    put_property(w, "plimsoll:verdict", pl_str_c(pl_verdict_word(f->verdict)));
    put_property(w, "plimsoll:left_out", pl_str_c(f->left_out));
    put_property(w, "plimsoll:fixed_version", f->vuln->fixed_version);
    pl_jw_end(w);
    pl_jw_end(w);
}

static void write_vulnerabilities(pl_jw *w, const pl_assessment *a, const pl_package_index *x)
{
    pl_jopen_array(w, "vulnerabilities");
    for (size_t i = 0; i < a->n_findings; i++)
        if (a->findings[i]->vuln)
            write_vulnerability(w, a, x, i);
    pl_jw_end(w);
}

static void write_annotation(pl_jw *w, const pl_assessment *a, size_t i, const char *when)
{
    const pl_finding *f = a->findings[i];
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_fmt(&text, "%.*s %s, owner %.*s: ", PL_F(f->check->id), pl_severity_word(f->severity),
               PL_F(f->owner));
    pl_finding_text(f, &text);
    pl_jw_object(w);
    put_ref(w, "bom-ref", "finding", i);
    pl_jopen_array(w, "subjects");
    put_ref(w, NULL, "subject", pl_subject_at(a, f->subject));
    pl_jw_end(w);
    pl_jopen_object(w, "annotator");
    pl_jopen_object(w, "component");
    pl_jput_c(w, "type", "application");
    pl_jput_c(w, "name", "plimsoll");
    pl_jw_end(w);
    pl_jw_end(w);
    pl_jput_c(w, "timestamp", when);
    pl_jput_str(w, "text", pl_buf_view(&text));
    pl_jw_end(w);
}

static void write_annotations(pl_jw *w, const pl_assessment *a)
{
    char when[PL_TIME_TEXT];

    pl_time_print(a->generated_us, when);
    pl_jopen_array(w, "annotations");
    for (size_t i = 0; i < a->n_findings; i++)
        if (a->findings[i]->check)
            write_annotation(w, a, i, when);
    pl_jw_end(w);
}

static void write_gaps(pl_jw *w, const pl_assessment *a)
{
    pl_jopen_array(w, "compositions");
    pl_jw_object(w);
    pl_jput_c(w, "aggregate", a->n_gaps ? "incomplete" : "complete");
    pl_jopen_array(w, "assemblies");
    for (size_t i = 0; i < a->n_subjects; i++)
        put_ref(w, NULL, "subject", i);
    pl_jw_end(w);
    pl_jw_end(w);
    pl_jw_end(w);
    pl_jopen_array(w, "properties");
    for (size_t i = 0; i < a->n_gaps; i++) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&text, "%.*s: %.*s", PL_F(a->gaps[i].reason), PL_F(a->gaps[i].what));
        put_property(w, "plimsoll:gap", pl_buf_view(&text));
    }
    pl_jw_end(w);
}

void pl_report_cyclonedx(const pl_assessment *a, pl_buf *out)
{
    PL_AUTO_PACKAGE_INDEX pl_package_index x = {0};
    pl_jw w = {.out = out, .pretty = true};
    char uuid[PL_UUID];
    char serial[PL_UUID + 16];

    if (!pl_package_index_init(&x, a)) {
        out->bad = true;
        return;
    }
    pl_report_uuid(a, uuid);
    (void)snprintf(serial, sizeof(serial), "urn:uuid:%s", uuid);
    pl_jw_object(&w);
    pl_jput_c(&w, "bomFormat", "CycloneDX");
    pl_jput_c(&w, "specVersion", "1.6");
    pl_jput_c(&w, "serialNumber", serial);
    pl_jput_int(&w, "version", 1);
    write_metadata(&w, a);
    write_components(&w, a);
    write_dependencies(&w, a);
    write_gaps(&w, a);
    write_vulnerabilities(&w, a, &x);
    write_annotations(&w, a);
    pl_jw_end(&w);
    pl_buf_ch(out, '\n');
}
