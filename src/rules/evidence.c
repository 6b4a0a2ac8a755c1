/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict written up: severity, the facts behind it, ids and hashes. */
#include "rules/rule.h"

#include <string.h>

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "findings do not fit their memory");
}

/* ---- severity ---- */

/* What could not be read may make it worse, never better. */
static pl_severity severity_of(pl_judge *j, const pl_rule *rule, const pl_record *subject,
                               const pl_record *element)
{
    pl_severity worst_doubt = PL_INFO;
    pl_severity s = rule->check->severity;

    for (size_t i = 0; i < rule->check->n_severity_when; i++) {
        pl_why why;
        pl_truth t = pl_judge_condition(j, rule->when[i].code, subject, element, &why);
        if (t == PL_DONT_KNOW && rule->when[i].severity > worst_doubt)
            worst_doubt = rule->when[i].severity;
        if (t == PL_TRUE) {
            s = rule->when[i].severity;
            break;
        }
    }
    return s > worst_doubt ? s : worst_doubt;
}

static pl_severity worst_severity(pl_judge *j, const pl_rule *rule, const pl_record *subject,
                                  const pl_outcome *o)
{
    pl_severity worst = PL_INFO;
    bool is_bad = o->verdict == PL_FAIL || o->verdict == PL_UNKNOWN;

    if (!is_bad || rule->check->n_severity_when == 0)
        return rule->check->severity;
    if (!rule->each)
        return severity_of(j, rule, subject, NULL);
    if (o->n_elements == 0)
        return rule->check->severity;
    for (size_t i = 0; i < o->n_elements; i++) {
        pl_severity s = severity_of(j, rule, subject, o->elements[i]);
        if (s > worst)
            worst = s;
    }
    return worst;
}

/* ---- evidence rows ---- */

/* The check says who acts on its kind of fault. Where that is whoever made the image, the layers
 * say which of the two. */
static bool is_of_makers(pl_str owner)
{
    return pl_str_eq(owner, PL_S("application")) || pl_str_eq(owner, PL_S("base-image"));
}

struct rows {
    pl_judge *j;
    pl_evidence *v;
    size_t n;
};

static pl_rc add_text(struct rows *r, const char *field, pl_err *err)
{
    pl_str value = pl_arena_str(r->j->out, pl_buf_view(&r->j->text));

    if (!value.p || !pl_buf_ok(&r->j->text))
        return no_room(err);
    r->v[r->n++] = (pl_evidence){field, value};
    return PL_OK;
}

/* What needs no printing: the record's own text, which lives as long as the subject. */
static bool plain_text(const pl_field_ref *f, const pl_value *v, pl_str *ret)
{
    bool is_shown = v->state == PL_PRESENT && !(f->value->flags & PL_FIELD_SECRET);
    bool is_text = f->type == PL_T_STR || f->type == PL_T_IP;

    if (!is_shown || (!is_text && f->type != PL_T_BOOL))
        return false;
    if (!is_text)
        *ret = v->u.b ? PL_S("true") : PL_S("false");
    else
        *ret = v->u.s;
    return ret->n <= PL_RULES_PLAIN;
}

static pl_rc add_value(struct rows *r, const pl_field_ref *f, const pl_value *v, pl_err *err)
{
    pl_field row = *f->value;
    pl_str plain;

    if (plain_text(f, v, &plain)) {
        r->v[r->n++] = (pl_evidence){f->name, plain};
        return PL_OK;
    }
    row.type = f->type;
    pl_buf_reset(&r->j->text);
    pl_value_print(&row, v, &r->j->text);
    return add_text(r, f->name, err);
}

/* The evidence fields of the subject, or those of one element. */
static pl_rc add_fields(struct rows *r, const pl_rule *rule, const pl_record *subject,
                        const pl_record *element, pl_err *err)
{
    pl_value room;

    for (size_t i = 0; i < rule->n_evidence; i++) {
        const pl_field_ref *f = &rule->evidence[i];
        if (f->in_element != (element != NULL))
            continue;
        pl_rc rc = add_value(r, f, pl_field_get(f, subject, element, &room), err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

/* Whose this one is, where a verdict may have several owners. */
static pl_rc add_element_owner(struct rows *r, const pl_rule *rule, const pl_record *e, pl_err *err)
{
    int field = is_of_makers(rule->check->owner) ? pl_kind_owner(e->kind) : -1;

    if (field < 0)
        return PL_OK;
    pl_buf_reset(&r->j->text);
    pl_value_print(&e->kind->fields[field], pl_get(e, field), &r->j->text);
    return add_text(r, e->kind->fields[field].name, err);
}

static pl_rc add_elements(struct rows *r, const pl_rule *rule, const pl_record *subject,
                          const pl_outcome *o, pl_err *err)
{
    size_t shown = o->n_elements < PL_RULES_EVIDENCE ? o->n_elements : PL_RULES_EVIDENCE;

    for (size_t i = 0; i < shown; i++) {
        pl_rc rc = add_fields(r, rule, subject, o->elements[i], err);
        if (!rc)
            rc = add_element_owner(r, rule, o->elements[i], err);
        if (rc)
            return rc;
    }
    if (shown == o->n_elements)
        return PL_OK;
    pl_buf_reset(&r->j->text);
    pl_buf_fmt(&r->j->text, "%zu more", o->n_elements - shown);
    return add_text(r, rule->each->name, err);
}

/* What each some() found in its list. */
static pl_rc add_somes(struct rows *r, const pl_rule *rule, const pl_record *subject, pl_err *err)
{
    pl_value items;

    for (size_t i = 0; i < rule->n_somes; i++) {
        pl_rc rc = pl_some_items(r->j, &rule->somes[i], subject, &items, err);
        if (!rc)
            rc = add_value(r, &rule->somes[i].code->left->field, &items, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

/* At most so many rows: the subject's with the lists that some() looks into, the list of each or
 * what more there is, and the elements'. */
static size_t count_rows(const pl_rule *rule, const pl_outcome *o)
{
    size_t elements = o->verdict == PL_PASS ? 0 : o->n_elements;
    size_t shown = elements < PL_RULES_EVIDENCE ? elements : PL_RULES_EVIDENCE;

    return (rule->n_evidence + 1) * (shown + 1) + rule->n_somes;
}

static pl_rc add_evidence(pl_judge *j, const pl_rule *rule, const pl_record *subject,
                          const pl_outcome *o, pl_finding *ret, pl_err *err)
{
    struct rows r = {.j = j};
    bool is_bad = o->verdict == PL_FAIL || o->verdict == PL_UNKNOWN;

    if (rule->needs || o->verdict == PL_NOT_APPLICABLE)
        return PL_OK;
    r.v = pl_arena_calloc(j->out, count_rows(rule, o), sizeof(*r.v));
    if (!r.v)
        return no_room(err);
    pl_rc rc = add_fields(&r, rule, subject, NULL, err);
    if (!rc && is_bad)
        rc = add_somes(&r, rule, subject, err);
    if (!rc && rule->each && is_bad && o->n_elements)
        rc = add_elements(&r, rule, subject, o, err);
    else if (!rc && rule->each && o->has_list)
        rc = add_value(&r, rule->each, &o->list, err);
    ret->evidence = r.v;
    ret->n_evidence = r.n;
    return rc;
}

/* ---- owners ---- */

/* Who acts first, where an element is the application's, one whose owner is not known, or the
 * base's: what is left after the application's part is the other's. */
static const char *const in_turn[] = {"application", "unknown", "base-image"};

static pl_str owner_of(const pl_record *r, pl_str otherwise)
{
    int field = pl_kind_owner(r->kind);
    const pl_value *v = field < 0 ? NULL : pl_get(r, field);

    return v && v->state == PL_PRESENT ? v->u.s : otherwise;
}

static pl_rc add_shares(pl_judge *j, const pl_outcome *o, pl_finding *ret, pl_err *err)
{
    pl_owner_share *shares = pl_arena_calloc(j->out, PL_COUNT(in_turn), sizeof(*shares));

    if (!shares)
        return no_room(err);
    ret->owners = shares;
    for (size_t k = 0; k < PL_COUNT(in_turn); k++) {
        pl_owner_share s = {.owner = pl_str_c(in_turn[k])};
        for (size_t i = 0; i < o->n_elements; i++)
            s.n += pl_str_eq(owner_of(o->elements[i], PL_S("unknown")), s.owner);
        if (s.n)
            shares[ret->n_owners++] = s;
    }
    if (ret->n_owners)
        ret->owner = shares[0].owner;
    return PL_OK;
}

static pl_rc add_owner(pl_judge *j, const pl_rule *rule, const pl_subject *subject,
                       const pl_outcome *o, pl_finding *ret, pl_err *err)
{
    bool is_bad = o->verdict == PL_FAIL || o->verdict == PL_UNKNOWN;

    ret->owner = rule->check->owner;
    if (!is_bad || !is_of_makers(ret->owner))
        return PL_OK;
    if (rule->each && o->n_elements && pl_kind_owner(o->elements[0]->kind) >= 0)
        return add_shares(j, o, ret, err);
    ret->owner = owner_of(subject->rec, ret->owner);
    return PL_OK;
}

/* ---- the finding ---- */

/* Key of the first element that failed, when there are no more than max. */
static pl_str element_key(pl_judge *j, const pl_outcome *o, size_t max)
{
    const pl_record *e =
        o->verdict == PL_FAIL && o->n_elements && o->n_elements <= max ? o->elements[0] : NULL;

    if (!e || e->kind->n == 0)
        return (pl_str){"", 0};
    pl_buf_reset(&j->text);
    pl_value_print(&e->kind->fields[0], &e->v[0], &j->text);
    return pl_arena_str(j->out, pl_buf_view(&j->text));
}

/* 1 + the field of the subject that was judged element by element; 0: none. */
static int list_of(const pl_record *r, const pl_outcome *o)
{
    for (size_t i = 0; o->has_list && o->list.state == PL_PRESENT && i < r->kind->n; i++)
        if (r->kind->fields[i].type == PL_T_RECS && r->v[i].state == PL_PRESENT &&
            r->v[i].u.recs == o->list.u.recs)
            return (int)i + 1;
    return 0;
}

/* Which of a declared subject's list is the first that failed. */
static void set_fault(pl_judge *j, const pl_outcome *o, pl_finding *ret)
{
    if (!ret->subject->source || o->verdict != PL_FAIL || !o->n_elements)
        return;
    ret->fault_list = list_of(ret->subject->rec, o);
    ret->fault_element = element_key(j, o, SIZE_MAX);
    for (size_t i = 0; ret->fault_list && i < o->list.n; i++)
        if (o->list.u.recs[i] == o->elements[0])
            ret->fault_at = i;
}

pl_rc pl_judge_write(pl_judge *j, const pl_rule *rule, const pl_subject *subject,
                     const pl_outcome *o, pl_finding *ret, pl_err *err)
{
    bool has_reason = o->verdict == PL_UNKNOWN || o->verdict == PL_NOT_APPLICABLE;

    *ret = (pl_finding){
        .check = rule->check,
        .subject = subject,
        .verdict = o->verdict,
        .reason = has_reason ? o->why.reason : NULL,
        .reason_field = has_reason ? o->why.field : NULL,
        .severity = worst_severity(j, rule, subject->rec, o),
        .element = element_key(j, o, 1),
        .ledger_index = -1,
    };
    set_fault(j, o, ret);
    if (!ret->element.p)
        return no_room(err);
    memcpy(ret->revision, rule->revision, sizeof(ret->revision));
    /* Whichever and however many elements fail it, it is this check on this class of subjects: a
     * second one does not begin the first one's time anew. */
    pl_finding_id_with(j->sha, subject->klass, rule->check->id, PL_S(""), ret->id);
    pl_rc rc = add_owner(j, rule, subject, o, ret, err);
    if (!rc && rule->each && o->verdict == PL_FAIL && o->n_elements)
        rc = pl_judge_marks(j, o, ret, err);
    if (!rc)
        rc = add_evidence(j, rule, subject->rec, o, ret, err);
    /* Only these can be waived, and hashing all the others would cost as much as judging them. */
    bool is_bad = o->verdict == PL_FAIL || o->verdict == PL_UNKNOWN;
    if (rc || rule->needs || !is_bad)
        return rc;
    return pl_evidence_hash(j, rule, subject->rec, o, ret->evidence_hash, err);
}
