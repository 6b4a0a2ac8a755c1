/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPDX 2.3, JSON. Subjects and packages are packages, a finding is an annotation of the package or
 * subject that it is about, and what could not be read is one of the document. Declared licences
 * that are no SPDX identifiers stand as extracted licensing information.
 */
#include "core/json_put.h"
#include "report/exchange.h"

#include <stdlib.h>

enum { ID = 48 };

static const char *id_of(const char *what, size_t i, char ret[ID])
{
    (void)snprintf(ret, ID, "SPDXRef-%s-%zu", what, i);
    return ret;
}

/* ---- annotations ---- */

typedef struct notes {
    pl_jw *w;
    const pl_assessment *a;
    size_t *first; /* finding of each package, then of each subject; n_findings: none */
    size_t *next;  /* the finding after each that is about the same */
    char when[PL_TIME_SECONDS];
    pl_buf tool; /* "Tool: plimsoll-0.1.0" */
} notes;

static void write_note(notes *n, pl_str text)
{
    pl_jw_object(n->w);
    pl_jput_c(n->w, "annotationDate", n->when);
    pl_jput_c(n->w, "annotationType", "REVIEW");
    pl_jput_str(n->w, "annotator", pl_buf_view(&n->tool));
    pl_jput_str(n->w, "comment", text);
    pl_jw_end(n->w);
}

static void write_finding(notes *n, const pl_finding *f)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_fmt(&text, "finding %s %.*s %s, owner %.*s: ", f->id, PL_F(pl_finding_rule(f)),
               pl_severity_word(f->severity), PL_F(f->owner));
    pl_finding_text(f, &text);
    pl_buf_ch(&text, ' ');
    pl_finding_remedy(f, &text);
    write_note(n, pl_buf_view(&text));
}

/* Threads the findings of each package and subject together. */
static bool thread_findings(notes *n)
{
    PL_AUTO_PACKAGE_INDEX pl_package_index x = {0};
    const pl_assessment *a = n->a;
    size_t things = a->n_packages + a->n_subjects;

    n->first = malloc((things + 1) * sizeof(size_t));
    n->next = malloc((a->n_findings + 1) * sizeof(size_t));
    if (!n->first || !n->next || !pl_package_index_init(&x, a))
        return false;
    for (size_t i = 0; i < things; i++)
        n->first[i] = a->n_findings;
    for (size_t i = a->n_findings; i-- > 0;) {
        const pl_scope_package *p = pl_finding_package(&x, a->findings[i]);
        size_t at = p ? (size_t)(p - a->packages)
                      : a->n_packages + pl_subject_at(a, a->findings[i]->subject);
        n->next[i] = n->first[at];
        n->first[at] = i;
    }
    return true;
}

static void write_findings(notes *n, size_t thing)
{
    pl_jopen_array(n->w, "annotations");
    for (size_t i = n->first[thing]; i < n->a->n_findings; i = n->next[i])
        write_finding(n, n->a->findings[i]);
    pl_jw_end(n->w);
}

/* ---- packages ---- */

static void put_constants(pl_jw *w)
{
    pl_jput_c(w, "downloadLocation", "NOASSERTION");
    pl_jput_bool(w, "filesAnalyzed", false);
    pl_jput_c(w, "licenseConcluded", "NOASSERTION");
    pl_jput_c(w, "copyrightText", "NOASSERTION");
}

static void write_subject(notes *n, size_t i)
{
    const pl_subject *s = n->a->subjects[i].subject;
    char id[ID];

    pl_jw_object(n->w);
    pl_jput_c(n->w, "SPDXID", id_of("Subject", i, id));
    pl_jput_str(n->w, "name", s->name.n ? s->name : s->key);
    pl_jput_str(n->w, "versionInfo", s->key);
    pl_jput_c(n->w, "primaryPackagePurpose",
              pl_str_eq(s->kind, PL_S("host")) ? "OPERATING-SYSTEM" : "CONTAINER");
    pl_jput_c(n->w, "licenseDeclared", "NOASSERTION");
    put_constants(n->w);
    write_findings(n, n->a->n_packages + i);
    pl_jw_end(n->w);
}

static void put_reference(pl_jw *w, const char *category, const char *type, pl_str locator)
{
    if (!locator.n)
        return;
    pl_jw_object(w);
    pl_jput_c(w, "referenceCategory", category);
    pl_jput_c(w, "referenceType", type);
    pl_jput_str(w, "referenceLocator", locator);
    pl_jw_end(w);
}

static void put_references(pl_jw *w, const pl_scope_package *p)
{
    if (!p->purl.n && !p->cpe.n)
        return;
    pl_jopen_array(w, "externalRefs");
    put_reference(w, "PACKAGE-MANAGER", "purl", p->purl);
    put_reference(w, "SECURITY", "cpe23Type", p->cpe);
    pl_jw_end(w);
}

static void put_licence(pl_jw *w, const pl_scope_package *p, size_t i)
{
    char id[ID];

    (void)snprintf(id, sizeof(id), "LicenseRef-%zu", i);
    if (pl_licence_is_spdx(p))
        pl_jput_str(w, "licenseDeclared", p->licence_spdx);
    else
        pl_jput_c(w, "licenseDeclared", p->licence.n ? id : "NOASSERTION");
}

static void write_package(notes *n, size_t i)
{
    const pl_scope_package *p = &n->a->packages[i];
    PL_AUTO_BUF pl_buf comment = {0}, source = {0};
    char id[ID];

    pl_buf_fmt(&comment, "owner %.*s; found at %.*s", PL_F(p->owner), PL_F(p->path));
    if (p->layer.n)
        pl_buf_fmt(&comment, "; layer %.*s", PL_F(p->layer));
    if (p->owned_by.n)
        pl_buf_fmt(&comment, "; owned by %.*s", PL_F(p->owned_by));
    if (p->confidence.n)
        pl_buf_fmt(&comment, "; its name is %.*s", PL_F(p->confidence));
    if (p->provenance.n)
        pl_buf_fmt(&comment, "; taken from %.*s", PL_F(p->provenance));
    if (p->source.n)
        pl_buf_fmt(&source, "built package from: %.*s %.*s", PL_F(p->source),
                   PL_F(p->source_version));
    pl_jw_object(n->w);
    pl_jput_c(n->w, "SPDXID", id_of("Package", i, id));
    pl_jput_str(n->w, "name", p->name);
    pl_jput_some(n->w, "versionInfo", p->version);
    pl_jput_some(n->w, "sourceInfo", pl_buf_view(&source));
    pl_jput_str(n->w, "comment", pl_buf_view(&comment));
    put_licence(n->w, p, i);
    put_constants(n->w);
    put_references(n->w, p);
    write_findings(n, i);
    pl_jw_end(n->w);
}

/* ---- the document ---- */

static void write_relation(pl_jw *w, const char *from, const char *type, const char *to)
{
    pl_jw_object(w);
    pl_jput_c(w, "spdxElementId", from);
    pl_jput_c(w, "relationshipType", type);
    pl_jput_c(w, "relatedSpdxElement", to);
    pl_jw_end(w);
}

static void write_relations(pl_jw *w, const pl_assessment *a)
{
    char from[ID], to[ID];

    pl_jopen_array(w, "relationships");
    for (size_t i = 0; i < a->n_subjects; i++)
        write_relation(w, "SPDXRef-DOCUMENT", "DESCRIBES", id_of("Subject", i, to));
    for (size_t i = 0; i < a->n_packages; i++)
        write_relation(w, id_of("Subject", pl_subject_at(a, a->packages[i].subject), from),
                       "CONTAINS", id_of("Package", i, to));
    pl_jw_end(w);
}

static void write_licences(pl_jw *w, const pl_assessment *a)
{
    char id[ID];

    pl_jopen_array(w, "hasExtractedLicensingInfos");
    for (size_t i = 0; i < a->n_packages; i++) {
        if (!a->packages[i].licence.n || pl_licence_is_spdx(&a->packages[i]))
            continue;
        (void)snprintf(id, sizeof(id), "LicenseRef-%zu", i);
        pl_jw_object(w);
        pl_jput_c(w, "licenseId", id);
        pl_jput_str(w, "name", a->packages[i].licence);
        pl_jput_str(w, "extractedText", a->packages[i].licence);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void write_gaps(notes *n)
{
    pl_jopen_array(n->w, "annotations");
    for (size_t i = 0; i < n->a->n_gaps; i++) {
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&text, "not read (%.*s): %.*s", PL_F(n->a->gaps[i].reason),
                   PL_F(n->a->gaps[i].what));
        write_note(n, pl_buf_view(&text));
    }
    pl_jw_end(n->w);
}

static void write_head(const notes *n)
{
    char uuid[PL_UUID];
    char space[PL_UUID + 64];

    pl_report_uuid(n->a, uuid);
    (void)snprintf(space, sizeof(space), "https://plimsoll.invalid/spdx/%s", uuid);
    pl_jput_c(n->w, "spdxVersion", "SPDX-2.3");
    pl_jput_c(n->w, "dataLicense", "CC0-1.0");
    pl_jput_c(n->w, "SPDXID", "SPDXRef-DOCUMENT");
    pl_jput_str(n->w, "name", n->a->system.n ? n->a->system : PL_S("plimsoll"));
    pl_jput_c(n->w, "documentNamespace", space);
    pl_jopen_object(n->w, "creationInfo");
    pl_jput_c(n->w, "created", n->when);
    pl_jopen_array(n->w, "creators");
    pl_jw_str(n->w, pl_buf_view(&n->tool));
    pl_jw_end(n->w);
    pl_jw_end(n->w);
}

static void write_document(notes *n)
{
    pl_jw_object(n->w);
    write_head(n);
    pl_jopen_array(n->w, "packages");
    for (size_t i = 0; i < n->a->n_subjects; i++)
        write_subject(n, i);
    for (size_t i = 0; i < n->a->n_packages; i++)
        write_package(n, i);
    pl_jw_end(n->w);
    write_relations(n->w, n->a);
    write_licences(n->w, n->a);
    write_gaps(n);
    pl_jw_end(n->w);
    pl_buf_ch(n->w->out, '\n');
}

void pl_report_spdx(const pl_assessment *a, pl_buf *out)
{
    pl_jw w = {.out = out, .pretty = true};
    notes n = {.w = &w, .a = a};

    pl_time_seconds(a->generated_us, n.when);
    pl_buf_fmt(&n.tool, "Tool: plimsoll-%.*s", PL_F(a->tool_version));
    if (thread_findings(&n))
        write_document(&n);
    else
        out->bad = true;
    free(n.first);
    free(n.next);
    pl_buf_done(&n.tool);
}
