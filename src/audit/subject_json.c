/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/subject_json.h"

#include "core/clock.h"

static void write_record(const pl_record *r, pl_jw *w);

static void write_time(int64_t us, pl_jw *w)
{
    char text[PL_TIME_TEXT];
    pl_time_print(us, text);
    pl_jw_c(w, text);
}

static void write_item(const pl_field *f, const pl_value *v, size_t i, pl_jw *w)
{
    if (f->type == PL_T_STRS)
        pl_jw_str(w, v->u.strs[i]);
    else if (f->type == PL_T_INTS)
        pl_jw_int(w, v->u.ints[i]);
    else
        write_record(v->u.recs[i], w);
}

static void write_list(const pl_field *f, const pl_value *v, pl_jw *w)
{
    pl_jw_array(w);
    for (size_t i = 0; i < v->n && i < PL_SUBJECT_ITEMS; i++)
        write_item(f, v, i, w);
    if (v->n > PL_SUBJECT_ITEMS) {
        pl_jw_object(w);
        pl_jw_key(w, "left_out");
        pl_jw_int(w, (int64_t)(v->n - PL_SUBJECT_ITEMS));
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void write_present(const pl_field *f, const pl_value *v, pl_jw *w)
{
    switch (f->type) {
    case PL_T_BOOL:
        pl_jw_bool(w, v->u.b);
        break;
    case PL_T_INT:
        pl_jw_int(w, v->u.i);
        break;
    case PL_T_TIME:
        write_time(v->u.i, w);
        break;
    case PL_T_STR:
    case PL_T_IP:
        pl_jw_str(w, v->u.s);
        break;
    case PL_T_STRS:
    case PL_T_INTS:
    case PL_T_RECS:
        write_list(f, v, w);
        break;
    case PL_T_REC:
        pl_jw_null(w);
        break;
    }
}

static void write_value(const pl_field *f, const pl_value *v, pl_jw *w)
{
    if (v->state == PL_ABSENT) {
        pl_jw_null(w);
    } else if (v->state == PL_UNREADABLE) {
        pl_jw_object(w);
        pl_jw_key(w, "unreadable");
        pl_jw_c(w, v->reason ? v->reason : "unreadable");
        pl_jw_end(w);
    } else if (f->flags & PL_FIELD_SECRET) {
        pl_jw_c(w, "***");
    } else {
        write_present(f, v, w);
    }
}

static void write_record(const pl_record *r, pl_jw *w)
{
    pl_jw_object(w);
    for (size_t i = 0; i < r->kind->n; i++) {
        const pl_field *f = &r->kind->fields[i];
        if (f->type == PL_T_REC)
            continue;
        pl_jw_key(w, f->name);
        write_value(f, &r->v[i], w);
    }
    pl_jw_end(w);
}

void pl_subject_json(const pl_record *r, pl_buf *out)
{
    pl_jw w = {.out = out};
    write_record(r, &w);
}
