/* SPDX-License-Identifier: Apache-2.0 */
#include "model/value.h"

#include "core/buf.h"
#include "core/clock.h"

#include <assert.h>
#include <string.h>

enum { KINDS_MAX = 96, PRINT_MAX = 1024 };

struct pl_schema {
    const pl_kind *kinds[KINDS_MAX];
    size_t n;
};

const char *pl_type_name(pl_type t)
{
    static const char *const names[] = {
        [PL_T_BOOL] = "bool",  [PL_T_INT] = "int",      [PL_T_TIME] = "time",
        [PL_T_STR] = "string", [PL_T_IP] = "ip",        [PL_T_STRS] = "strings",
        [PL_T_INTS] = "ints",  [PL_T_RECS] = "records", [PL_T_REC] = "record",
    };
    return names[t];
}

pl_record *pl_record_new(pl_arena *a, const pl_kind *kind)
{
    pl_record *r = PL_NEW(a, pl_record);
    if (!r)
        return NULL;
    r->kind = kind;
    r->v = pl_arena_calloc(a, kind->n, sizeof(*r->v));
    return r->v ? r : NULL;
}

/* The value to fill, or NULL for a record that could not be made. */
static pl_value *slot(pl_record *r, int field, pl_type want, pl_type also)
{
    if (!r)
        return NULL;
    assert(field >= 0 && (size_t)field < r->kind->n);
    pl_type is = r->kind->fields[field].type;
    assert(is == want || is == also);
    (void)is;
    return &r->v[field];
}

void pl_set_bool(pl_record *r, int field, bool v)
{
    pl_value *to = slot(r, field, PL_T_BOOL, PL_T_BOOL);
    if (to)
        *to = (pl_value){.state = PL_PRESENT, .u.b = v};
}

void pl_set_int(pl_record *r, int field, int64_t v)
{
    pl_value *to = slot(r, field, PL_T_INT, PL_T_TIME);
    if (to)
        *to = (pl_value){.state = PL_PRESENT, .u.i = v};
}

void pl_set_str(pl_record *r, int field, pl_str v)
{
    pl_value *to = slot(r, field, PL_T_STR, PL_T_IP);
    if (to)
        *to = (pl_value){.state = PL_PRESENT, .u.s = v};
}

void pl_set_strs(pl_record *r, int field, const pl_str *v, size_t n)
{
    pl_value *to = slot(r, field, PL_T_STRS, PL_T_STRS);
    if (to)
        *to = (pl_value){.state = PL_PRESENT, .n = n, .u.strs = v};
}

void pl_set_ints(pl_record *r, int field, const int64_t *v, size_t n)
{
    pl_value *to = slot(r, field, PL_T_INTS, PL_T_INTS);
    if (to)
        *to = (pl_value){.state = PL_PRESENT, .n = n, .u.ints = v};
}

void pl_set_recs(pl_record *r, int field, pl_record *const *v, size_t n)
{
    pl_value *to = slot(r, field, PL_T_RECS, PL_T_RECS);
    if (to)
        *to = (pl_value){.state = PL_PRESENT, .n = n, .u.recs = v};
}

void pl_set_rec(pl_record *r, int field, pl_record *v)
{
    pl_value *to = slot(r, field, PL_T_REC, PL_T_REC);
    if (to)
        *to = (pl_value){.state = PL_PRESENT, .u.rec = v};
}

void pl_set_absent(pl_record *r, int field)
{
    if (r)
        r->v[field] = (pl_value){.state = PL_ABSENT};
}

void pl_set_unreadable(pl_record *r, int field, const char *reason)
{
    if (r)
        r->v[field] = (pl_value){.state = PL_UNREADABLE, .reason = reason};
}

int pl_kind_field(const pl_kind *k, pl_str name)
{
    for (size_t i = 0; i < k->n; i++)
        if (pl_str_eq(pl_str_c(k->fields[i].name), name))
            return (int)i;
    return -1;
}

int pl_kind_owner(const pl_kind *k)
{
    for (size_t i = 0; i < k->n; i++)
        if (k->fields[i].flags & PL_FIELD_OWNER)
            return (int)i;
    return -1;
}

/* ---- printing ---- */

static void print_record(const pl_record *r, pl_buf *out);

static void print_item(const pl_field *f, const pl_value *v, size_t i, pl_buf *out)
{
    if (f->type == PL_T_STRS)
        pl_buf_str(out, v->u.strs[i]);
    else if (f->type == PL_T_INTS)
        pl_buf_int(out, v->u.ints[i]);
    else
        print_record(v->u.recs[i], out);
}

static void print_list(const pl_field *f, const pl_value *v, pl_buf *out)
{
    pl_buf_ch(out, '[');
    for (size_t i = 0; i < v->n; i++) {
        if (i)
            pl_buf_c(out, ", ");
        print_item(f, v, i, out);
    }
    pl_buf_ch(out, ']');
}

/* An element by its first field (its key), which is what people know it by. */
static void print_record(const pl_record *r, pl_buf *out)
{
    if (r->kind->n)
        pl_value_print(&r->kind->fields[0], &r->v[0], out);
}

static void print_time(int64_t us, pl_buf *out)
{
    char text[PL_TIME_TEXT];

    pl_time_print(us, text);
    pl_buf_c(out, text);
}

static void print_present(const pl_field *f, const pl_value *v, pl_buf *out)
{
    switch (f->type) {
    case PL_T_BOOL:
        pl_buf_c(out, v->u.b ? "true" : "false");
        break;
    case PL_T_INT:
        pl_buf_int(out, v->u.i);
        break;
    case PL_T_TIME:
        print_time(v->u.i, out);
        break;
    case PL_T_STR:
    case PL_T_IP:
        pl_buf_str(out, v->u.s);
        break;
    case PL_T_REC:
        print_record(v->u.rec, out);
        break;
    case PL_T_STRS:
    case PL_T_INTS:
    case PL_T_RECS:
        print_list(f, v, out);
        break;
    }
}

void pl_value_print(const pl_field *f, const pl_value *v, pl_buf *out)
{
    size_t from = out->n;

    if (v->state == PL_ABSENT)
        pl_buf_c(out, "absent");
    else if (v->state == PL_UNREADABLE)
        pl_buf_fmt(out, "unreadable (%s)", v->reason ? v->reason : "unreadable");
    else if (f->flags & PL_FIELD_SECRET)
        pl_buf_c(out, "***");
    else
        print_present(f, v, out);

    if (pl_buf_ok(out) && out->n - from > PRINT_MAX) {
        out->n = from + PRINT_MAX - 3;
        pl_buf_c(out, "...");
    }
}

/* ---- schema ---- */

pl_schema *pl_schema_new(void)
{
    return calloc(1, sizeof(pl_schema));
}

void pl_schema_free(pl_schema *s)
{
    free(s);
}

void pl_schema_add(pl_schema *s, const pl_kind *k)
{
    assert(s->n < KINDS_MAX && !pl_schema_kind(s, pl_str_c(k->name)));
    s->kinds[s->n++] = k;
}

const pl_kind *pl_schema_kind(const pl_schema *s, pl_str name)
{
    for (size_t i = 0; i < s->n; i++)
        if (pl_str_eq(pl_str_c(s->kinds[i]->name), name))
            return s->kinds[i];
    return NULL;
}

size_t pl_schema_count(const pl_schema *s)
{
    return s->n;
}

const pl_kind *pl_schema_at(const pl_schema *s, size_t i)
{
    return i < s->n ? s->kinds[i] : NULL;
}
