/* SPDX-License-Identifier: Apache-2.0 */
/* All fields of a record as text, one a line, elements indented: for golden files. */
#pragma once

#include "core/buf.h"
#include "model/value.h"

static void dump_record(const pl_record *r, int depth, pl_buf *out);

static void dump_field(const pl_field *f, const pl_value *v, int depth, pl_buf *out)
{
    pl_buf_fmt(out, "%*s%s: ", depth * 2, "", f->name);
    if (v->state != PL_PRESENT || f->type != PL_T_RECS) {
        pl_value_print(f, v, out);
        pl_buf_ch(out, '\n');
        return;
    }
    pl_buf_fmt(out, "%zu\n", v->n);
    for (size_t i = 0; i < v->n; i++) {
        pl_buf_fmt(out, "%*s-\n", depth * 2 + 2, "");
        dump_record(v->u.recs[i], depth + 2, out);
    }
}

static void dump_record(const pl_record *r, int depth, pl_buf *out)
{
    for (size_t i = 0; i < r->kind->n; i++)
        dump_field(&r->kind->fields[i], &r->v[i], depth, out);
}
