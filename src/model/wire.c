/* SPDX-License-Identifier: Apache-2.0 */
#include "model/wire.h"

#include <string.h>

static void encode_present(const pl_field *f, const pl_value *v, pl_buf *out)
{
    switch (f->type) {
    case PL_T_BOOL:
        pl_buf_ch(out, v->u.b ? 1 : 0);
        break;
    case PL_T_INT:
    case PL_T_TIME:
        pl_buf_u64le(out, (uint64_t)v->u.i);
        break;
    case PL_T_STR:
    case PL_T_IP:
        pl_buf_lstr(out, v->u.s);
        break;
    case PL_T_REC:
        pl_record_encode(v->u.rec, out);
        break;
    case PL_T_STRS:
    case PL_T_INTS:
    case PL_T_RECS:
        pl_buf_u32le(out, (uint32_t)v->n);
        for (size_t i = 0; i < v->n; i++) {
            if (f->type == PL_T_STRS)
                pl_buf_lstr(out, v->u.strs[i]);
            else if (f->type == PL_T_INTS)
                pl_buf_u64le(out, (uint64_t)v->u.ints[i]);
            else
                pl_record_encode(v->u.recs[i], out);
        }
        break;
    }
}

void pl_record_encode(const pl_record *r, pl_buf *out)
{
    pl_buf_lstr(out, pl_str_c(r->kind->name));
    pl_buf_u32le(out, (uint32_t)r->kind->n);
    for (size_t i = 0; i < r->kind->n; i++) {
        const pl_value *v = &r->v[i];
        pl_buf_ch(out, (char)v->state);
        if (v->state == PL_PRESENT)
            encode_present(&r->kind->fields[i], v, out);
        else if (v->state == PL_UNREADABLE)
            pl_buf_lstr(out, pl_str_c(v->reason));
    }
}

/* ---- decoding ---- */

struct decoder {
    const pl_schema *schema;
    pl_arena *arena;
    pl_rd *in;
};

static pl_rc decode(struct decoder *d, pl_str want, unsigned depth, pl_record **ret, pl_err *err);

static pl_rc too_big(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "record does not fit its budget");
}

static pl_rc decode_str(struct decoder *d, pl_str *ret, pl_err *err)
{
    *ret = pl_arena_str(d->arena, pl_rd_lstr(d->in));
    return ret->p ? PL_OK : too_big(err);
}

static pl_rc decode_list(struct decoder *d, const pl_field *f, unsigned depth, pl_value *v,
                         pl_err *err)
{
    static const size_t item_size[] = {[PL_T_STRS] = sizeof(pl_str),
                                       [PL_T_INTS] = sizeof(int64_t),
                                       [PL_T_RECS] = sizeof(pl_record *)};
    size_t n = pl_rd_u32le(d->in);

    /* Every item takes at least four bytes of input, so a count beyond that is a lie. */
    if (n > d->in->n / 4)
        return pl_fail(err, PL_FORMAT, "list of %zu items in %zu bytes", n, d->in->n);
    void *items = pl_arena_calloc(d->arena, n ? n : 1, item_size[f->type]);
    if (!items)
        return too_big(err);

    for (size_t i = 0; i < n; i++) {
        pl_rc rc = PL_OK;
        if (f->type == PL_T_STRS)
            rc = decode_str(d, &((pl_str *)items)[i], err);
        else if (f->type == PL_T_INTS)
            ((int64_t *)items)[i] = (int64_t)pl_rd_u64le(d->in);
        else
            rc = decode(d, pl_str_c(f->of), depth + 1, &((pl_record **)items)[i], err);
        if (rc)
            return rc;
    }
    v->n = n;
    v->u.strs = items;
    return PL_OK;
}

static pl_rc decode_present(struct decoder *d, const pl_field *f, unsigned depth, pl_value *v,
                            pl_err *err)
{
    switch (f->type) {
    case PL_T_BOOL:
        v->u.b = pl_rd_u8(d->in) != 0;
        return PL_OK;
    case PL_T_INT:
    case PL_T_TIME:
        v->u.i = (int64_t)pl_rd_u64le(d->in);
        return PL_OK;
    case PL_T_STR:
    case PL_T_IP:
        return decode_str(d, &v->u.s, err);
    case PL_T_REC:
        return decode(d, pl_str_c(f->of), depth + 1, &v->u.rec, err);
    case PL_T_STRS:
    case PL_T_INTS:
    case PL_T_RECS:
        return decode_list(d, f, depth, v, err);
    }
    return pl_fail(err, PL_FORMAT, "field type %d", (int)f->type);
}

/* Reason codes come from a worker: only their own alphabet passes. */
static bool is_reason(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_:.", s.p[i]) || !s.p[i])
            return false;
    return s.n <= 64;
}

static pl_rc decode_reason(struct decoder *d, pl_value *v, pl_err *err)
{
    pl_str s = pl_rd_lstr(d->in);

    if (s.n == 0)
        return PL_OK;
    if (!is_reason(s))
        return pl_fail(err, PL_FORMAT, "malformed reason code");
    char *c = pl_arena_calloc(d->arena, s.n + 1, 1);
    if (!c)
        return too_big(err);
    memcpy(c, s.p, s.n);
    v->reason = c;
    return PL_OK;
}

static pl_rc decode_value(struct decoder *d, const pl_field *f, unsigned depth, pl_value *v,
                          pl_err *err)
{
    uint8_t state = pl_rd_u8(d->in);

    if (state > PL_PRESENT)
        return pl_fail(err, PL_FORMAT, "%s: state %u", f->name, state);
    v->state = (pl_state)state;
    pl_rc rc = PL_OK;
    if (v->state == PL_PRESENT)
        rc = decode_present(d, f, depth, v, err);
    else if (v->state == PL_UNREADABLE)
        rc = decode_reason(d, v, err);
    if (!rc && !pl_rd_ok(d->in))
        rc = pl_fail(err, PL_FORMAT, "record ends in the middle");
    return rc ? pl_wrap(err, rc, "%s", f->name) : PL_OK;
}

/* want empty: any subject or element kind. */
static pl_rc decode(struct decoder *d, pl_str want, unsigned depth, pl_record **ret, pl_err *err)
{
    if (depth > PL_WIRE_DEPTH)
        return pl_fail(err, PL_FORMAT, "records nested deeper than %d", PL_WIRE_DEPTH);

    pl_str name = pl_rd_lstr(d->in);
    const pl_kind *kind = pl_schema_kind(d->schema, name);
    if (!kind || (want.n && !pl_str_eq(name, want)))
        return pl_fail(err, PL_FORMAT, "record of kind \"%.*s\"", PL_F(pl_str_sub(name, 0, 40)));
    if (pl_rd_u32le(d->in) != kind->n)
        return pl_fail(err, PL_FORMAT, "%s: wrong count of fields", kind->name);

    pl_record *r = pl_record_new(d->arena, kind);
    if (!r)
        return too_big(err);
    for (size_t i = 0; i < kind->n; i++) {
        pl_rc rc = decode_value(d, &kind->fields[i], depth, &r->v[i], err);
        if (rc)
            return rc;
    }
    *ret = r;
    return PL_OK;
}

pl_rc pl_record_decode(const pl_schema *s, pl_arena *a, pl_rd *in, pl_record **ret, pl_err *err)
{
    struct decoder d = {s, a, in};
    return decode(&d, (pl_str){"", 0}, 0, ret, err);
}
