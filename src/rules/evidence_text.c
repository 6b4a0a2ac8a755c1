/* SPDX-License-Identifier: Apache-2.0 */
/* The facts behind a verdict as canonical JSON, and the hash of it that a waiver is bound to. */
#include "rules/rule.h"

#include "core/json_write.h"

#include <string.h>

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "findings do not fit their memory");
}

/* ---- canonical JSON of values ---- */

/* An element is told by its key: which of its fields matter is the conditions' business. */
static void json_record(const pl_record *r, pl_buf *out)
{
    if (r->kind->n)
        pl_evidence_value(&r->kind->fields[0], r->kind->fields[0].type, &r->v[0], out);
    else
        pl_buf_c(out, "{}");
}

static void json_item(pl_type type, const pl_value *v, size_t i, pl_buf *out)
{
    if (type == PL_T_STRS)
        pl_json_quote(out, v->u.strs[i]);
    else if (type == PL_T_INTS)
        pl_buf_int(out, v->u.ints[i]);
    else
        json_record(v->u.recs[i], out);
}

static void json_list(pl_type type, const pl_value *v, pl_buf *out)
{
    pl_buf_ch(out, '[');
    for (size_t i = 0; i < v->n; i++) {
        if (i)
            pl_buf_ch(out, ',');
        json_item(type, v, i, out);
    }
    pl_buf_ch(out, ']');
}

static void json_present(pl_type type, const pl_value *v, pl_buf *out)
{
    switch (type) {
    case PL_T_BOOL:
        pl_buf_c(out, v->u.b ? "true" : "false");
        break;
    case PL_T_INT:
    case PL_T_TIME:
        pl_buf_int(out, v->u.i);
        break;
    case PL_T_STR:
    case PL_T_IP:
        pl_json_quote(out, v->u.s);
        break;
    case PL_T_STRS:
    case PL_T_INTS:
    case PL_T_RECS:
        json_list(type, v, out);
        break;
    case PL_T_REC:
        json_record(v->u.rec, out);
        break;
    }
}

/* A secret goes in as a mark: a hash over it would let anybody guess it. */
void pl_evidence_value(const pl_field *row, pl_type type, const pl_value *v, pl_buf *out)
{
    if (v->state == PL_ABSENT)
        pl_buf_c(out, "null");
    else if (v->state == PL_UNREADABLE)
        pl_buf_fmt(out, "{\"unreadable\":\"%s\"}", v->reason ? v->reason : "unreadable");
    else if (row->flags & PL_FIELD_SECRET)
        pl_buf_c(out, "{\"secret\":true}");
    else
        json_present(type, v, out);
}

static void json_pair(const pl_named *n, const pl_record *subject, const pl_record *element,
                      pl_buf *out)
{
    const pl_field_ref *f = &n->field;
    pl_value room;

    pl_buf_str(out, n->key);
    pl_evidence_value(f->value, f->type, pl_field_get(f, subject, element, &room), out);
}

/* Without an element those of the subject, with one its own. Returns what comes before another. */
static char json_fields(const pl_named *named, size_t n, const pl_record *subject,
                        const pl_record *element, pl_buf *out)
{
    char sep = '{';

    for (size_t i = 0; i < n; i++) {
        if (named[i].field.in_element != (element != NULL))
            continue;
        pl_buf_ch(out, sep);
        json_pair(&named[i], subject, element, out);
        sep = ',';
    }
    return sep;
}

void pl_evidence_fields(const pl_named *named, size_t n, const pl_record *subject,
                        const pl_record *element, pl_buf *out)
{
    pl_buf_c(out, json_fields(named, n, subject, element, out) == '{' ? "{}" : "}");
}

/* Its key stands beside its fields: conditions may be as true of another, which nobody has seen
 * yet.
 */
void pl_evidence_item(const pl_named *named, size_t n, const pl_record *subject,
                      const pl_record *item, pl_buf *out)
{
    const pl_field *key = &item->kind->fields[0];

    pl_buf_ch(out, '[');
    pl_evidence_value(key, key->type, &item->v[0], out);
    pl_buf_ch(out, ',');
    pl_evidence_fields(named, n, subject, item, out);
    pl_buf_ch(out, ']');
}

pl_rc pl_evidence_subject(pl_judge *j, const pl_rule *rule, const pl_record *subject, pl_buf *out,
                          pl_err *err)
{
    char sep = json_fields(rule->named, rule->n_named, subject, NULL, out);
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < rule->n_somes; i++) {
        pl_buf_ch(out, sep);
        rc = pl_some_json(j, &rule->somes[i], subject, out, err);
        sep = ',';
    }
    pl_buf_c(out, sep == '{' ? "{}" : "}");
    return rc;
}

/* ---- the evidence hash ---- */

static int by_text(const void *a, const void *b)
{
    return pl_str_cmp(*(const pl_str *)a, *(const pl_str *)b);
}

/* The elements that made the verdict, in an order that does not depend on the engine's. */
static pl_rc json_elements(pl_judge *j, const pl_rule *rule, const pl_record *subject,
                           const pl_outcome *o, pl_buf *out, pl_err *err)
{
    PL_AUTO_FREE pl_str *texts = calloc(o->n_elements + 1, sizeof(*texts));
    pl_buf *all = &j->parts;
    size_t at = 0;

    if (!texts)
        return no_room(err);
    pl_buf_reset(all);
    for (size_t i = 0; i < o->n_elements; i++) {
        pl_evidence_item(rule->named, rule->n_named, subject, o->elements[i], all);
        texts[i].n = all->n - at;
        at = all->n;
    }
    if (!pl_buf_ok(all))
        return no_room(err);
    /* The buffer moves while it grows, so the slices are set when it has stopped. */
    at = 0;
    for (size_t i = 0; i < o->n_elements; i++) {
        texts[i].p = all->p + at;
        at += texts[i].n;
    }
    qsort(texts, o->n_elements, sizeof(*texts), by_text);
    pl_buf_ch(out, '[');
    for (size_t i = 0; i < o->n_elements; i++) {
        if (i)
            pl_buf_ch(out, ',');
        pl_buf_str(out, texts[i]);
    }
    pl_buf_ch(out, ']');
    return PL_OK;
}

/* {"elements": what of the list, "subject": fields}; groups have theirs ready. */
static pl_rc evidence_text(pl_judge *j, const pl_rule *rule, const pl_record *subject,
                           const pl_outcome *o, pl_err *err)
{
    pl_buf *b = &j->text;
    pl_rc rc = PL_OK;

    pl_buf_reset(b);
    if (o->group_evidence.n) {
        pl_buf_str(b, o->group_evidence);
        return PL_OK;
    }
    if (rule->each) {
        pl_buf_c(b, "{\"elements\":");
        if (!o->has_list)
            pl_buf_c(b, "null");
        else if (o->list.state == PL_UNREADABLE)
            pl_evidence_value(rule->each->row, PL_T_RECS, &o->list, b);
        else
            rc = json_elements(j, rule, subject, o, b, err);
        pl_buf_c(b, ",\"subject\":");
    }
    if (!rc)
        rc = pl_evidence_subject(j, rule, subject, b, err);
    if (rule->each)
        pl_buf_ch(b, '}');
    return rc || pl_buf_ok(b) ? rc : no_room(err);
}

pl_rc pl_evidence_hash(pl_judge *j, const pl_rule *rule, const pl_record *subject,
                       const pl_outcome *o, char ret[PL_HASH_HEX], pl_err *err)
{
    unsigned char hash[PL_SHA256];

    pl_rc rc = evidence_text(j, rule, subject, o, err);
    if (rc)
        return rc;
    pl_sha256_add(j->sha, j->text.p, j->text.n);
    pl_sha256_end(j->sha, hash);
    pl_hex(hash, PL_SHA256, ret);
    return PL_OK;
}
