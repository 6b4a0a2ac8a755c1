/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json_bind.h"

#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "model/finding.h"

/* ---- out ---- */

static void put_text(pl_jw *w, pl_str s)
{
    if (s.n)
        pl_jw_str(w, s);
    else
        pl_jw_null(w);
}

static void put_number(pl_jw *w, int64_t v, bool is_known)
{
    if (is_known)
        pl_jw_int(w, v);
    else
        pl_jw_null(w);
}

static void put_time(pl_jw *w, int64_t us)
{
    char text[PL_TIME_TEXT] = "";

    if (us)
        pl_time_print(us, text);
    put_text(w, pl_str_c(text));
}

static void put_value(pl_jw *w, pl_jbind_type type, const void *v)
{
    switch (type) {
    case PL_JBIND_STR:
        return put_text(w, *(const pl_str *)v);
    case PL_JBIND_CSTR:
        return put_text(w, pl_str_c(*(const char *const *)v));
    case PL_JBIND_CHARS:
        return put_text(w, pl_str_c(v));
    case PL_JBIND_BOOL:
    case PL_JBIND_KNOWN:
        return pl_jw_bool(w, *(const bool *)v);
    case PL_JBIND_INT:
        return put_number(w, *(const int64_t *)v, true);
    case PL_JBIND_INDEX:
        return put_number(w, *(const int64_t *)v, *(const int64_t *)v >= 0);
    case PL_JBIND_PPM:
        return put_number(w, *(const int32_t *)v, *(const int32_t *)v >= 0);
    case PL_JBIND_TIME:
        return put_time(w, *(const int64_t *)v);
    case PL_JBIND_VERDICT:
        return put_text(w, pl_str_c(pl_verdict_word(*(const pl_verdict *)v)));
    case PL_JBIND_SEVERITY:
        return put_text(w, pl_str_c(pl_severity_word(*(const pl_severity *)v)));
    }
}

static bool is_not_known(const pl_jbind *row, const char *from)
{
    if (row->type != PL_JBIND_KNOWN || *(const bool *)(const void *)(from + row->offset))
        return false;
    return *(const char *const *)(const void *)(from + row->size) != NULL;
}

void pl_jput(pl_jw *w, const pl_jtable *t, const void *from)
{
    for (size_t i = 0; i < t->n; i++) {
        pl_jw_key(w, t->rows[i].key);
        if (is_not_known(&t->rows[i], from))
            pl_jw_null(w);
        else
            put_value(w, t->rows[i].type, (const char *)from + t->rows[i].offset);
    }
}

void pl_jput_array(pl_jw *w, const char *key, const pl_jtable *t, const void *items, size_t n)
{
    pl_jw_key(w, key);
    pl_jw_array(w);
    for (size_t i = 0; i < n; i++) {
        pl_jw_object(w);
        pl_jput(w, t, (const char *)items + i * t->size);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

/* ---- in ---- */

static void print_path(pl_buf *out, const pl_jpath *path)
{
    enum { STEPS = 16 };
    const pl_jpath *steps[STEPS];
    size_t n = 0;

    for (; path && n < STEPS; path = path->up)
        steps[n++] = path;
    while (n--) {
        if (!steps[n]->key)
            pl_buf_fmt(out, "[%zu]", steps[n]->at);
        else
            pl_buf_fmt(out, "%s%s", out->n ? "." : "", steps[n]->key);
    }
}

pl_rc pl_jfail(const pl_jreader *r, const pl_jpath *path, const char *what)
{
    PL_AUTO_BUF pl_buf text = {0};

    print_path(&text, path);
    return pl_fail(r->err, PL_FORMAT, "%.*s: %s", PL_F(pl_buf_view(&text)), what);
}

static pl_rc no_room(const pl_jreader *r)
{
    return pl_fail(r->err, PL_LIMIT, "the document does not fit the memory for one report");
}

static pl_rc bind_text(const pl_jreader *r, const pl_jpath *path, const json_t *v,
                       const pl_jbind *row, char *to)
{
    pl_str s = {json_string_value(v), json_string_length(v)};
    int64_t us = 0;

    switch (row->type) {
    case PL_JBIND_STR:
    case PL_JBIND_CSTR:
        if (row->type == PL_JBIND_CSTR && memchr(s.p, 0, s.n))
            return pl_jfail(r, path, "must not hold NUL");
        s = pl_arena_str(r->arena, (pl_str){s.p, s.n + 1});
        if (!s.p)
            return no_room(r);
        s.n--;
        if (row->type == PL_JBIND_STR)
            *(pl_str *)(void *)to = s;
        else
            *(const char **)(void *)to = s.p;
        return PL_OK;
    case PL_JBIND_CHARS:
        return pl_str_to_c(s, to, row->size) ? PL_OK : pl_jfail(r, path, "is too long");
    case PL_JBIND_TIME:
        if (!pl_time_parse(s, &us))
            return pl_jfail(r, path, "is not a time");
        *(int64_t *)(void *)to = us;
        return PL_OK;
    case PL_JBIND_VERDICT:
        return pl_verdict_parse(s, (pl_verdict *)(void *)to) ? PL_OK
                                                             : pl_jfail(r, path, "is no verdict");
    case PL_JBIND_SEVERITY:
        return pl_severity_parse(s, (pl_severity *)(void *)to)
                   ? PL_OK
                   : pl_jfail(r, path, "is no severity");
    case PL_JBIND_BOOL:
    case PL_JBIND_KNOWN:
    case PL_JBIND_INT:
    case PL_JBIND_INDEX:
    case PL_JBIND_PPM:
    default:
        return pl_jfail(r, path, "must not be a string");
    }
}

static pl_rc bind_int(const pl_jreader *r, const pl_jpath *path, json_int_t v, const pl_jbind *row,
                      char *to)
{
    if (row->type == PL_JBIND_INT || (row->type == PL_JBIND_INDEX && v >= 0)) {
        *(int64_t *)(void *)to = v;
        return PL_OK;
    }
    if (row->type == PL_JBIND_PPM && v >= -1 && v <= 1000000) {
        *(int32_t *)(void *)to = (int32_t)v;
        return PL_OK;
    }
    return pl_jfail(r, path, "is not a number that can stand here");
}

static pl_rc bind_value(const pl_jreader *r, const pl_jpath *path, const json_t *v,
                        const pl_jbind *row, char *to)
{
    if (json_is_string(v))
        return bind_text(r, path, v, row, to);
    if (json_is_integer(v))
        return bind_int(r, path, json_integer_value(v), row, to);
    if (json_is_boolean(v) && (row->type == PL_JBIND_BOOL || row->type == PL_JBIND_KNOWN)) {
        *(bool *)(void *)to = json_is_true(v);
        return PL_OK;
    }
    return pl_jfail(r, path, "has the wrong type");
}

/* What stands for null where 0 is a value. */
static void bind_null(const pl_jbind *row, char *to)
{
    if (row->type == PL_JBIND_INDEX)
        *(int64_t *)(void *)to = -1;
    if (row->type == PL_JBIND_PPM)
        *(int32_t *)(void *)to = -1;
}

pl_rc pl_jbind_object(const pl_jreader *r, const pl_jpath *path, const json_t *object,
                      const pl_jtable *t, void *to)
{
    if (object && !json_is_object(object))
        return pl_jfail(r, path, "must be an object");
    for (size_t i = 0; i < t->n; i++) {
        const pl_jbind *row = &t->rows[i];
        const json_t *v = json_object_get(object, row->key);
        pl_jpath here = {.up = path, .key = row->key};
        pl_rc rc = PL_OK;
        if (!v || json_is_null(v))
            bind_null(row, (char *)to + row->offset);
        else
            rc = bind_value(r, &here, v, row, (char *)to + row->offset);
        if (rc != PL_OK)
            return rc;
    }
    return PL_OK;
}

pl_rc pl_jarray(const pl_jreader *r, const pl_jpath *path, const json_t *object, const char *key,
                size_t item_size, pl_jitem read, const void *arg, void *ret_items, size_t *ret_n)
{
    const json_t *array = json_object_get(object, key);
    pl_jpath here = {.up = path, .key = key};
    size_t n = json_array_size(array);

    if (array && !json_is_null(array) && !json_is_array(array))
        return pl_jfail(r, &here, "must be an array");
    char *items = pl_arena_calloc(r->arena, n ? n : 1, item_size);
    if (!items)
        return no_room(r);
    for (size_t i = 0; i < n; i++) {
        pl_jpath at = {.up = &here, .at = i};
        pl_rc rc = read(r, &at, json_array_get(array, i), items + i * item_size, arg);
        if (rc != PL_OK)
            return rc;
    }
    *(void **)ret_items = items;
    *ret_n = n;
    return PL_OK;
}

pl_rc pl_jtable_row(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                    const void *arg)
{
    if (!item || !json_is_object(item))
        return pl_jfail(r, path, "must be an object");
    return pl_jbind_object(r, path, item, arg, to);
}

pl_rc pl_jrows(const pl_jreader *r, const pl_jpath *path, const json_t *object, const char *key,
               const pl_jtable *t, void *ret_items, size_t *ret_n)
{
    return pl_jarray(r, path, object, key, t->size, pl_jtable_row, t, ret_items, ret_n);
}

static pl_rc read_str(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                      const void *arg)
{
    static const pl_jbind text = {.type = PL_JBIND_STR};

    (void)arg;
    return json_is_string(item) ? bind_text(r, path, item, &text, to)
                                : pl_jfail(r, path, "must be a string");
}

pl_rc pl_jstrs(const pl_jreader *r, const pl_jpath *path, const json_t *object, const char *key,
               pl_str **ret, size_t *ret_n)
{
    return pl_jarray(r, path, object, key, sizeof(pl_str), read_str, NULL, (void *)ret, ret_n);
}

pl_rc pl_jobject(const pl_jreader *r, const pl_jpath *path, const json_t *object, const char *key,
                 const json_t **ret)
{
    const json_t *v = json_object_get(object, key);
    pl_jpath here = {.up = path, .key = key};

    if (v && !json_is_null(v) && !json_is_object(v))
        return pl_jfail(r, &here, "must be an object");
    *ret = json_is_object(v) ? v : NULL;
    return PL_OK;
}
