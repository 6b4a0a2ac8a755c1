/* SPDX-License-Identifier: Apache-2.0 */
#include "report/elements.h"

#include "model/content.h"
#include "report/limits.h"

#include <string.h>

static const char *name_of(const pl_evidence *row)
{
    const char *dot = strrchr(row->field, '.');

    return dot ? dot + 1 : row->field;
}

static bool is(const pl_evidence *row, const char *name)
{
    return strcmp(name_of(row), name) == 0;
}

static pl_str kind_of(const pl_evidence *row)
{
    pl_str rest = pl_str_c(row->field), kind;

    (void)pl_str_cut(&rest, '.', &kind);
    return kind;
}

bool pl_element_is_subject(const pl_finding *f, const pl_evidence *row)
{
    return pl_str_eq(kind_of(row), f->check ? f->check->kind : f->subject->kind);
}

static bool begins_next(const pl_evidence *rows, size_t n, const pl_evidence *row)
{
    if (!pl_str_eq(kind_of(rows), kind_of(row)))
        return true;
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].field, row->field) == 0)
            return true;
    return false;
}

static pl_str value_of(const pl_element *e, const char *name)
{
    for (size_t i = 0; i < e->n; i++)
        if (is(&e->rows[i], name) && !pl_str_eq(e->rows[i].value, PL_S("absent")))
            return e->rows[i].value;
    return (pl_str){"", 0};
}

bool pl_element_next(const pl_finding *f, size_t *at, pl_element *ret)
{
    size_t i = *at;

    while (i < f->n_evidence && pl_element_is_subject(f, &f->evidence[i]))
        i++;
    if (i == f->n_evidence)
        return false;
    *ret = (pl_element){.rows = &f->evidence[i], .n = 1};
    while (i + ret->n < f->n_evidence && !begins_next(ret->rows, ret->n, &f->evidence[i + ret->n]))
        ret->n++;
    *at = i + ret->n;
    ret->place = value_of(ret, "where");
    if (!ret->place.n)
        ret->place = value_of(ret, "path");
    if (!ret->place.n)
        ret->place = ret->rows[0].value;
    ret->line = value_of(ret, "line");
    return true;
}

bool pl_element_is_file(const pl_element *e)
{
    return pl_str_starts(e->place, PL_S("/"));
}

/* ---- as text ---- */

/* What says enough without its field's name. */
static bool is_plain(const pl_evidence *row)
{
    static const char *const names[] = {"kind",    "why",     "rule", "name", "mode",
                                        "package", "version", "id",   "purl"};

    for (size_t i = 0; i < PL_COUNT(names); i++)
        if (is(row, names[i]))
            return true;
    return false;
}

static bool is_told(const pl_element *e, const pl_evidence *row)
{
    return row->value.p != e->place.p && row->value.n && !is(row, "line") && !is(row, "layer") &&
           !is(row, "owner") && !pl_str_eq(row->value, PL_S("absent")) &&
           !pl_str_eq(row->value, PL_S("false"));
}

static void say_row(const pl_evidence *row, pl_buf *out)
{
    pl_str value = pl_str_sub(row->value, 0, PL_REPORT_FACT);

    if (is(row, "is_deleted")) {
        pl_buf_c(out, " deleted by an upper layer");
    } else if (is_plain(row)) {
        pl_buf_fmt(out, " %.*s", PL_F(value));
    } else {
        pl_buf_ch(out, ' ');
        for (const char *c = name_of(row); *c; c++)
            pl_buf_ch(out, *c == '_' ? ' ' : *c);
        pl_buf_fmt(out, " %.*s", PL_F(value));
    }
}

void pl_element_text(const pl_element *e, pl_buf *out)
{
    pl_str owner = value_of(e, "owner");

    pl_buf_str(out, pl_str_sub(e->place, 0, PL_REPORT_FACT));
    if (e->line.n)
        pl_buf_fmt(out, ":%.*s", PL_F(e->line));
    for (size_t i = 0; i < e->n; i++)
        if (is_told(e, &e->rows[i]))
            say_row(&e->rows[i], out);
    if (owner.n)
        pl_buf_fmt(out, " (%.*s)", PL_F(owner));
}

size_t pl_elements_hidden(const pl_finding *f)
{
    const pl_evidence *last = f->n_evidence ? &f->evidence[f->n_evidence - 1] : NULL;
    pl_str number, rest = last ? last->value : (pl_str){"", 0};
    uint64_t n = 0;

    if (!last || !pl_element_is_subject(f, last) || !pl_str_ends(rest, PL_S(" more")))
        return 0;
    (void)pl_str_cut(&rest, ' ', &number);
    return pl_str_u64(number, &n) ? (size_t)n : 0;
}
