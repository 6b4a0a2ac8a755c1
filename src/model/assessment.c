/* SPDX-License-Identifier: Apache-2.0 */
#include "model/assessment.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"

static const char *const support_words[] = {
#define X(sym, word, text) [PL_SUPPORT_##sym] = word,
    PL_SUPPORT_LIST(X)
#undef X
};

static const char *const support_texts[] = {
#define X(sym, word, text) [PL_SUPPORT_##sym] = text,
    PL_SUPPORT_LIST(X)
#undef X
};

/* Fields that tell a reader which thing a subject is; shown as far as the kind has them. */
static const struct {
    const char *kind, *field, *label;
} shown_fields[] = {
    {"host", "host.os_name", "operating system"},
    {"host", "host.kernel_release", "kernel"},
    {"engine", "engine.version", "version"},
    {"engine", "engine.endpoint", "at"},
    {"image", "image.digest", "manifest"},
    {"image", "image.os.name", "operating system"},
    {"image", "image.base.name", "base image"},
    {"image", "image.base.digest", "base image's digest"},
    {"image", "image.base.hint", "owner"},
    {"container", "container.image.name", "image"},
    {"container", "container.image.digest", "manifest"},
    {"container", "container.state", "state"},
    {"container", "k8s.ns.name", "namespace"},
    {"container", "k8s.pod.name", "pod"},
    {"container", "container.pod_security", "pod security"},
    {"container", "container.stack", "stack"},
    {"container", "container.service", "service"},
    {"container", "container.task", "task"},
    {"container", "container.cluster", "cluster"},
};

void pl_assessment_init(pl_assessment *a)
{
    static const pl_content no_content;

    *a = (pl_assessment){
        .verb = PL_S("audit"), .tool_version = PL_S("unknown"), .content = &no_content};
}

const char *pl_support_word(pl_support s)
{
    return support_words[s];
}

const char *pl_support_text(pl_support s)
{
    return support_texts[s];
}

pl_str pl_check_area(pl_str check_id)
{
    pl_str area;

    return pl_str_cut(&check_id, '-', &area) ? area : (pl_str){0};
}

void pl_evidence_number(int64_t ledger_index, char ret[PL_EVIDENCE_NUMBER])
{
    if (ledger_index < 0)
        (void)snprintf(ret, PL_EVIDENCE_NUMBER, "not recorded");
    else
        (void)snprintf(ret, PL_EVIDENCE_NUMBER, "E-%04lld", (long long)ledger_index);
}

static size_t attrs_of(const pl_subject *s, pl_arena *arena, pl_named out[])
{
    size_t n = 0;

    for (size_t i = 0; s->rec && i < PL_COUNT(shown_fields); i++) {
        if (!pl_str_eq(s->kind, pl_str_c(shown_fields[i].kind)))
            continue;
        int field = pl_kind_field(s->rec->kind, pl_str_c(shown_fields[i].field));
        if (field < 0 || pl_get(s->rec, field)->state != PL_PRESENT)
            continue;
        PL_AUTO_BUF pl_buf text = {0};
        pl_value_print(&s->rec->kind->fields[field], pl_get(s->rec, field), &text);
        out[n++] =
            (pl_named){pl_str_c(shown_fields[i].label), pl_arena_str(arena, pl_buf_view(&text))};
    }
    return n;
}

pl_rc pl_assessment_subjects(pl_assessment *a, pl_arena *arena, pl_subject *const *subjects,
                             size_t n, const char *(*matched_of)(const pl_subject *), pl_err *err)
{
    pl_scope_subject *rows = pl_arena_calloc(arena, n ? n : 1, sizeof(*rows));

    for (size_t i = 0; rows && i < n; i++) {
        pl_named found[PL_COUNT(shown_fields)] = {0};
        size_t n_found = attrs_of(subjects[i], arena, found);
        pl_named *attrs = pl_arena_calloc(arena, PL_COUNT(shown_fields), sizeof(*attrs));
        pl_subject_context *context = PL_NEW(arena, pl_subject_context);
        if (!attrs || !context)
            return pl_fail(err, PL_LIMIT, "subjects in scope: the memory of the audit is used up");
        memcpy(attrs, found, n_found * sizeof(*attrs));
        pl_subject_context_of(subjects[i], context);
        subjects[i]->context = context;
        rows[i] = (pl_scope_subject){subjects[i], attrs, n_found,
                                     matched_of ? matched_of(subjects[i]) : NULL};
    }
    if (!rows)
        return pl_fail(err, PL_LIMIT, "subjects in scope: the memory of the audit is used up");
    a->subjects = rows;
    a->n_subjects = n;
    return PL_OK;
}

pl_rc pl_assessment_use_profile(pl_assessment *a, pl_arena *arena, pl_err *err)
{
    const pl_profile *p = a->content->profile;
    const pl_framework **v = pl_arena_calloc(arena, p ? p->n + 1 : 1, sizeof(*v));
    size_t n = 0;

    if (!v)
        return pl_fail(err, PL_LIMIT, "profile: the memory is used up");
    for (size_t i = 0; p && i < p->n; i++) {
        v[n] = pl_content_framework(a->content, p->scopes[i].framework);
        n += v[n] != NULL;
    }
    a->profile = p;
    if (p) {
        a->frameworks = v;
        a->n_frameworks = n;
    }
    return PL_OK;
}
