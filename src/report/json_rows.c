/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of plimsoll.audit/1: content, subjects, findings. */
#include "report/json_rows.h"

#include <string.h>

static pl_rc no_room(const pl_jreader *r)
{
    return pl_fail(r->err, PL_LIMIT, "the document does not fit the memory for one report");
}

/* --- content --- */

static pl_rc read_remedy(const pl_jreader *r, const pl_jpath *path, const json_t *item, pl_check *c)
{
    const json_t *remedy = NULL;
    const pl_jpath here = {.up = path, .key = "remedy"};

    pl_rc rc = pl_jobject(r, path, item, "remedy", &remedy);
    if (rc == PL_OK)
        rc = pl_jbind_object(r, &here, remedy, &pl_jt_remedy, c);
    if (rc == PL_OK)
        rc = pl_jrows(r, &here, remedy, "steps", &pl_jt_step, &c->steps, &c->n_steps);
    return rc;
}

static pl_rc read_controls(const pl_jreader *r, const pl_jpath *path, const json_t *item,
                           pl_check *c)
{
    const json_t *controls = NULL;
    const pl_jpath here = {.up = path, .key = "controls"};

    pl_rc rc = pl_jobject(r, path, item, "controls", &controls);
    size_t n = json_object_size(controls);
    pl_mapping *maps = pl_arena_calloc(r->arena, n ? n : 1, sizeof(*maps));
    if (rc != PL_OK)
        return rc;
    if (!maps)
        return no_room(r);
    c->controls = maps;
    /* jansson's iterators take a plain pointer and change nothing. */
    for (void *at = json_object_iter((json_t *)(uintptr_t)controls); at;
         at = json_object_iter_next((json_t *)(uintptr_t)controls, at)) {
        const char *key = json_object_iter_key(at);
        pl_mapping *m = &maps[c->n_controls];
        pl_str *ids = NULL;
        m->framework = pl_arena_str(r->arena, pl_str_c(key));
        if (!m->framework.p)
            return no_room(r);
        rc = pl_jstrs(r, &here, controls, key, &ids, &m->n);
        if (rc != PL_OK)
            return rc;
        m->ids = ids;
        c->n_controls++;
    }
    return PL_OK;
}

static pl_rc read_check(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                        const void *arg)
{
    (void)arg;
    pl_rc rc = pl_jtable_row(r, path, item, to, &pl_jt_check);
    if (rc == PL_OK && ((pl_check *)to)->id.n == 0)
        rc = pl_jfail(r, path, "has no id");
    if (rc == PL_OK)
        rc = read_remedy(r, path, item, to);
    if (rc == PL_OK)
        rc = read_controls(r, path, item, to);
    return rc;
}

static pl_rc read_framework(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                            const void *arg)
{
    pl_framework *f = to;

    (void)arg;
    pl_rc rc = pl_jtable_row(r, path, item, to, &pl_jt_framework);
    if (rc == PL_OK)
        rc = pl_jrows(r, path, item, "requirements", &pl_jt_requirement, &f->requirements, &f->n);
    return rc;
}

static pl_rc read_words(const pl_jreader *r, const pl_jpath *path, const json_t *item,
                        const char *key, const pl_str **ret, size_t *ret_n)
{
    pl_str *v = NULL;
    pl_rc rc = pl_jstrs(r, path, item, key, &v, ret_n);

    *ret = v;
    return rc;
}

static pl_rc read_unset(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                        const void *arg)
{
    ((pl_list *)to)->is_policy = true;
    ((pl_list *)to)->is_unset = true;
    return pl_jtable_row(r, path, item, to, arg);
}

static pl_rc read_profile_scope(const pl_jreader *r, const pl_jpath *path, const json_t *item,
                                void *to, const void *arg)
{
    pl_profile_scope *s = to;
    pl_rc rc = pl_jtable_row(r, path, item, to, arg);

    if (rc == PL_OK)
        rc = read_words(r, path, item, "only", &s->only, &s->n_only);
    return rc ? rc : read_words(r, path, item, "without", &s->without, &s->n_without);
}

static pl_rc read_profile(const pl_jreader *r, const json_t *doc, pl_assessment *a)
{
    const pl_jpath path = {.key = "profile"};
    const json_t *object = json_object_get(doc, "profile");
    pl_profile *p = PL_NEW(r->arena, pl_profile);

    if (!object || json_is_null(object))
        return PL_OK;
    if (!p)
        return no_room(r);
    a->profile = p;
    pl_rc rc = pl_jbind_object(r, &path, object, &pl_jt_profile, p);
    if (rc == PL_OK)
        rc = pl_jarray(r, &path, object, "scopes", sizeof(pl_profile_scope), read_profile_scope,
                       &pl_jt_profile_scope, &p->scopes, &p->n);
    return rc;
}

pl_rc pl_jread_content(const pl_jreader *r, const json_t *doc, pl_assessment *a)
{
    pl_content *c = PL_NEW(r->arena, pl_content);
    const json_t *content = NULL, *policy = NULL;
    const pl_jpath path = {.key = "policy"};

    if (!c)
        return no_room(r);
    a->content = c;
    pl_rc rc = pl_jobject(r, NULL, doc, "content", &content);
    if (rc == PL_OK)
        rc = pl_jobject(r, NULL, doc, "policy", &policy);
    if (rc == PL_OK)
        rc = pl_jbind_object(r, &(pl_jpath){.key = "content"}, content, &pl_jt_content, c);
    if (rc == PL_OK)
        rc = pl_jarray(r, NULL, doc, "checks", sizeof(pl_check), read_check, NULL, &c->checks,
                       &c->n_checks);
    if (rc == PL_OK)
        rc = pl_jarray(r, NULL, doc, "frameworks", sizeof(pl_framework), read_framework, NULL,
                       &c->frameworks, &c->n_frameworks);
    if (rc == PL_OK)
        rc = pl_jrows(r, NULL, doc, "effects", &pl_jt_effect, &c->effects, &c->n_effects);
    if (rc == PL_OK)
        rc = pl_jrows(r, &(pl_jpath){.key = "content"}, content, "changes", &pl_jt_content_change,
                      &c->changes, &c->n_changes);
    if (rc == PL_OK)
        rc = read_profile(r, doc, a);
    if (rc == PL_OK)
        rc = pl_jarray(r, &path, policy, "unset", sizeof(pl_list), read_unset, &pl_jt_list,
                       &c->lists, &c->n_lists);
    if (rc == PL_OK)
        rc = pl_jrows(r, &path, policy, "set", &pl_jt_parameter, &a->parameters, &a->n_parameters);
    return rc;
}

/* --- subjects --- */

static pl_rc read_subject(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                          const void *arg)
{
    pl_scope_subject *row = to;
    pl_subject *s = PL_NEW(r->arena, pl_subject);
    pl_subject_context *context = PL_NEW(r->arena, pl_subject_context);
    const json_t *object = NULL;

    (void)arg;
    if (!s || !context)
        return no_room(r);
    row->subject = s;
    pl_rc rc = pl_jtable_row(r, path, item, s, &pl_jt_subject);
    s->context = context;
    if (rc == PL_OK)
        rc = pl_jobject(r, path, item, "context", &object);
    if (rc == PL_OK)
        rc = pl_jbind_object(r, &(pl_jpath){.up = path, .key = "context"}, object, &pl_jt_context,
                             context);
    if (rc == PL_OK)
        rc = pl_jbind_object(r, path, item, &pl_jt_matched, row);
    if (rc == PL_OK)
        rc = pl_jrows(r, path, item, "attributes", &pl_jt_attr, &row->attrs, &row->n_attrs);
    return rc;
}

pl_rc pl_jread_subjects(const pl_jreader *r, const pl_jpath *path, const json_t *scope,
                        pl_assessment *a)
{
    return pl_jarray(r, path, scope, "subjects", sizeof(pl_scope_subject), read_subject, NULL,
                     &a->subjects, &a->n_subjects);
}

/* --- findings --- */

/* Checks by id and subjects by kind and key, sorted, so that many findings find theirs fast. */
typedef struct names {
    const pl_check **checks;
    size_t n_checks;
    const pl_subject **subjects;
    size_t n_subjects;
    const pl_assessment *a;
} names;

static int by_check_id(const void *pa, const void *pb)
{
    const pl_check *const *a = pa, *const *b = pb;

    return pl_str_cmp((*a)->id, (*b)->id);
}

static int by_subject(const void *pa, const void *pb)
{
    const pl_subject *const *a = pa, *const *b = pb;
    int order = pl_str_cmp((*a)->kind, (*b)->kind);

    return order ? order : pl_str_cmp((*a)->key, (*b)->key);
}

static pl_rc make_names(const pl_jreader *r, const pl_assessment *a, names *ret)
{
    const pl_content *c = a->content;

    ret->a = a;
    ret->checks = pl_arena_calloc(r->arena, c->n_checks + 1, sizeof(pl_check *));
    ret->subjects = pl_arena_calloc(r->arena, a->n_subjects + 1, sizeof(pl_subject *));
    if (!ret->checks || !ret->subjects)
        return no_room(r);
    for (size_t i = 0; i < c->n_checks; i++)
        ret->checks[ret->n_checks++] = &c->checks[i];
    for (size_t i = 0; i < a->n_subjects; i++)
        ret->subjects[ret->n_subjects++] = a->subjects[i].subject;
    qsort(ret->checks, ret->n_checks, sizeof(pl_check *), by_check_id);
    qsort(ret->subjects, ret->n_subjects, sizeof(pl_subject *), by_subject);
    return PL_OK;
}

static pl_rc find_subject(const pl_jreader *r, const pl_jpath *path, const json_t *item,
                          const names *known, const pl_subject **ret)
{
    const pl_jpath here = {.up = path, .key = "subject"};
    const json_t *object = NULL;
    pl_subject want = {0};
    const pl_subject *key = &want;

    pl_rc rc = pl_jobject(r, path, item, "subject", &object);
    if (rc == PL_OK)
        rc = pl_jbind_object(r, &here, object, &pl_jt_subject, &want);
    if (rc != PL_OK)
        return rc;
    const pl_subject **found =
        bsearch(&key, known->subjects, known->n_subjects, sizeof(pl_subject *), by_subject);
    if (!found)
        return pl_jfail(r, &here, "is not in scope.subjects");
    *ret = *found;
    return PL_OK;
}

static pl_rc find_check(const pl_jreader *r, const pl_jpath *path, const json_t *item,
                        const names *known, pl_finding *f)
{
    const json_t *id = json_object_get(item, "check");
    const pl_check want = {.id = {json_string_value(id), json_string_length(id)}};
    const pl_check *key = &want;

    const pl_check **found =
        bsearch(&key, known->checks, known->n_checks, sizeof(pl_check *), by_check_id);
    if (!found)
        return pl_jfail(r, &(pl_jpath){.up = path, .key = "check"}, "is not among the checks");
    f->check = *found;
    return PL_OK;
}

static pl_rc read_vuln(const pl_jreader *r, const pl_jpath *path, const json_t *item, pl_finding *f)
{
    const pl_jpath here = {.up = path, .key = "package"};
    pl_vuln_facts *v = PL_NEW(r->arena, pl_vuln_facts);
    const json_t *package = NULL;

    if (!v)
        return no_room(r);
    f->vuln = v;
    pl_rc rc = pl_jbind_object(r, path, item, &pl_jt_vuln, v);
    if (rc == PL_OK)
        rc = pl_jobject(r, path, item, "package", &package);
    if (rc == PL_OK)
        rc = pl_jbind_object(r, &here, package, &pl_jt_package, v);
    if (rc == PL_OK)
        rc = pl_jstrs(r, path, item, "aliases", &v->aliases, &v->n_aliases);
    return rc;
}

/* Statements come before findings in memory, not in the document. */
static pl_rc link_statement(const pl_jreader *r, const pl_jpath *path, const json_t *item,
                            const names *known, pl_finding *f)
{
    const json_t *at = json_object_get(item, "statement");
    const pl_jpath here = {.up = path, .key = "statement"};

    if (!at || json_is_null(at))
        return PL_OK;
    if (!json_is_integer(at) || json_integer_value(at) < 0 ||
        (uint64_t)json_integer_value(at) >= known->a->n_statements)
        return pl_jfail(r, &here, "is not the position of one of the statements");
    f->statement = &known->a->statements[json_integer_value(at)];
    return pl_jbind_object(r, path, item, &pl_jt_judged, f);
}

static pl_rc read_finding(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                          const void *arg)
{
    pl_finding *f = to;
    const char *kind = json_string_value(json_object_get(item, "kind"));
    const bool is_vuln = kind && strcmp(kind, "vulnerability") == 0;

    f->verdict = PL_UNKNOWN;
    if (!kind || (!is_vuln && strcmp(kind, "check") != 0))
        return pl_jfail(r, path, "kind is neither check nor vulnerability");
    const pl_jpath place = {.up = path, .key = "declared_at"};
    const json_t *at = NULL;
    pl_rc rc = pl_jtable_row(r, path, item, f, &pl_jt_finding);
    if (rc == PL_OK)
        rc = pl_jobject(r, path, item, "declared_at", &at);
    if (rc == PL_OK)
        rc = pl_jbind_object(r, &place, at, &pl_jt_finding_place, f);
    if (rc == PL_OK)
        rc = find_subject(r, path, item, arg, &f->subject);
    if (rc == PL_OK)
        rc = is_vuln ? read_vuln(r, path, item, f) : find_check(r, path, item, arg, f);
    if (rc == PL_OK)
        rc = pl_jrows(r, path, item, "owners", &pl_jt_share, &f->owners, &f->n_owners);
    if (rc == PL_OK)
        rc = pl_jstrs(r, path, item, "marks", &f->marks, &f->n_marks);
    if (rc == PL_OK)
        rc = pl_jrows(r, path, item, "evidence", &pl_jt_evidence, &f->evidence, &f->n_evidence);
    if (rc == PL_OK)
        rc = link_statement(r, path, item, arg, f);
    return rc;
}

static pl_rc read_package(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                          const void *arg)
{
    pl_scope_package *p = to;
    pl_rc rc = pl_jtable_row(r, path, item, p, &pl_jt_scope_package);

    return rc ? rc : find_subject(r, path, item, arg, &p->subject);
}

pl_rc pl_jread_findings(const pl_jreader *r, const json_t *doc, pl_assessment *a)
{
    names known = {0};
    pl_finding *rows = NULL;
    size_t n = 0;

    pl_rc rc = make_names(r, a, &known);
    if (rc == PL_OK)
        rc = pl_jarray(r, NULL, doc, "findings", sizeof(pl_finding), read_finding, &known, &rows,
                       &n);
    if (rc == PL_OK)
        rc = pl_jarray(r, NULL, doc, "packages", sizeof(pl_scope_package), read_package, &known,
                       &a->packages, &a->n_packages);
    if (rc != PL_OK)
        return rc;
    const pl_finding **list = pl_arena_calloc(r->arena, n + 1, sizeof(pl_finding *));
    if (!list)
        return no_room(r);
    for (size_t i = 0; i < n; i++)
        list[i] = &rows[i];
    a->findings = list;
    a->n_findings = n;
    return PL_OK;
}
