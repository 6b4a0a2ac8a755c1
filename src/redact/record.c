/* SPDX-License-Identifier: Apache-2.0 */
#include "redact/redact_priv.h"

#include "redact/limits.h"

struct copy {
    pl_redactor *r;
    pl_arena *a;
    unsigned depth;
};

static pl_rc copy_record(struct copy *c, const pl_record *in, bool is_keyed, pl_record **ret,
                         pl_err *err);

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "redacted record is over its budget");
}

/* A value as a whole: itself, or the mark in its place. */
static pl_rc whole(struct copy *c, pl_str name, pl_str in, pl_str *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_redaction red;
    pl_rc rc = pl_redact_pair(c->r, name, in, &red, err);

    if (rc)
        return rc;
    if (!red.is_redacted)
        pl_buf_str(&b, in);
    else
        pl_buf_fmt(&b, "[redacted:%.*s%s%s]", PL_F(red.kind), red.ref[0] ? ":" : "", red.ref);
    *ret = pl_arena_str(c->a, pl_buf_view(&b));
    return pl_buf_ok(&b) && ret->p ? PL_OK : no_room(err);
}

static pl_rc in_place(struct copy *c, pl_str in, pl_str *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_rc rc = pl_redact_text(c->r, in, &b, err);

    if (rc)
        return rc;
    *ret = pl_arena_str(c->a, pl_buf_view(&b));
    return pl_buf_ok(&b) && ret->p ? PL_OK : no_room(err);
}

/* "password" of "--password"; empty for what is no option, or brings its own value. */
static pl_str option_name(pl_str item)
{
    if (!pl_str_starts(item, PL_S("-")) || pl_str_has(item, PL_S("=")))
        return PL_S("");
    while (item.n && item.p[0] == '-')
        item = pl_str_sub(item, 1, item.n);
    return item;
}

/* A list may be a command line: an argument is judged with the option in front of it. */
static pl_rc copy_strs(struct copy *c, const pl_field *f, pl_value *v, pl_err *err)
{
    pl_str *out = pl_arena_calloc(c->a, v->n + 1, sizeof(*out));
    pl_str option = PL_S("");
    pl_rc rc = out ? PL_OK : no_room(err);

    for (size_t i = 0; !rc && i < v->n; i++) {
        bool is_whole = option.n || f->flags & PL_FIELD_SECRET;
        rc = is_whole ? whole(c, option, v->u.strs[i], &out[i], err)
                      : in_place(c, v->u.strs[i], &out[i], err);
        option = option_name(v->u.strs[i]);
    }
    v->u.strs = out;
    return rc;
}

static pl_rc copy_recs(struct copy *c, const pl_field *f, pl_value *v, pl_err *err)
{
    pl_record **out = pl_arena_calloc(c->a, v->n + 1, sizeof(pl_record *));
    pl_rc rc = out ? PL_OK : no_room(err);

    for (size_t i = 0; !rc && i < v->n; i++)
        rc = copy_record(c, v->u.recs[i], f->flags & PL_FIELD_KEYED, &out[i], err);
    v->u.recs = out;
    return rc;
}

/* v is a copy of the value: what it points to is replaced. */
static pl_rc copy_value(struct copy *c, const pl_field *f, pl_str key, pl_value *v, pl_err *err)
{
    pl_record *rec = NULL;
    pl_rc rc;

    if (v->state != PL_PRESENT)
        return PL_OK;
    switch (f->type) {
    case PL_T_STR:
        return key.n || f->flags & PL_FIELD_SECRET ? whole(c, key, v->u.s, &v->u.s, err)
                                                   : in_place(c, v->u.s, &v->u.s, err);
    case PL_T_STRS:
        return copy_strs(c, f, v, err);
    case PL_T_RECS:
        return copy_recs(c, f, v, err);
    case PL_T_REC:
        rc = copy_record(c, v->u.rec, false, &rec, err);
        v->u.rec = rec;
        return rc;
    case PL_T_BOOL:
    case PL_T_INT:
    case PL_T_TIME:
    case PL_T_IP:
    case PL_T_INTS:
        break;
    }
    return PL_OK;
}

/*
 * Key of an element with a key and a value, empty for any other record: of a list with
 * PL_FIELD_KEYED, or of a kind whose value is marked PL_FIELD_SECRET (env). Two texts side by side
 * are not enough: the version of a package called libsecret is no secret.
 */
static pl_str key_of(const pl_record *in, bool is_keyed)
{
    const pl_kind *k = in->kind;
    bool is_pair = !k->is_subject && k->n >= 2 && k->fields[0].type == PL_T_STR &&
                   k->fields[1].type == PL_T_STR && in->v[0].state == PL_PRESENT;
    return is_pair && (is_keyed || k->fields[1].flags & PL_FIELD_SECRET) ? in->v[0].u.s : PL_S("");
}

static pl_rc copy_record(struct copy *c, const pl_record *in, bool is_keyed, pl_record **ret,
                         pl_err *err)
{
    pl_record *out = pl_record_new(c->a, in->kind);
    pl_str key = key_of(in, is_keyed);
    pl_rc rc = out ? PL_OK : no_room(err);

    if (++c->depth > PL_REDACT_RECORD_DEPTH)
        return pl_fail(err, PL_LIMIT, "record is deeper than %d levels", PL_REDACT_RECORD_DEPTH);
    for (size_t i = 0; !rc && i < in->kind->n; i++) {
        out->v[i] = in->v[i];
        rc = copy_value(c, &in->kind->fields[i], i == 1 ? key : PL_S(""), &out->v[i], err);
    }
    c->depth--;
    *ret = out;
    return rc;
}

pl_rc pl_redact_record(pl_redactor *r, const pl_record *in, pl_arena *a, pl_record **ret,
                       pl_err *err)
{
    struct copy c = {r, a, 0};
    pl_record *out = NULL;
    pl_rc rc = copy_record(&c, in, false, &out, err);

    if (rc)
        return pl_wrap(err, rc, "record %s", in->kind->name);
    *ret = out;
    return PL_OK;
}
