/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json_bind.h"

#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "model/finding.h"

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
    case PL_JBIND_INT:
    case PL_JBIND_PPM:
    default:
        return pl_jfail(r, path, "must not be a string");
    }
}

static pl_rc bind_int(const pl_jreader *r, const pl_jpath *path, json_int_t v, const pl_jbind *row,
                      char *to)
{
    if (row->type == PL_JBIND_INT) {
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
    if (json_is_boolean(v) && row->type == PL_JBIND_BOOL) {
        *(bool *)(void *)to = json_is_true(v);
        return PL_OK;
    }
    return pl_jfail(r, path, "has the wrong type");
}

pl_rc pl_jbind_object(const pl_jreader *r, const pl_jpath *path, const json_t *object,
                      const pl_jbind *rows, size_t n, void *to)
{
    if (object && !json_is_object(object))
        return pl_jfail(r, path, "must be an object");
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_object_get(object, rows[i].key);
        pl_jpath here = {.up = path, .key = rows[i].key};
        if (!v || json_is_null(v))
            continue;
        pl_rc rc = bind_value(r, &here, v, &rows[i], (char *)to + rows[i].offset);
        if (rc != PL_OK)
            return rc;
    }
    return PL_OK;
}

pl_rc pl_jarray(const pl_jreader *r, const pl_jpath *path, const json_t *object, const char *key,
                size_t item_size, pl_jitem read, void *arg, void *ret_items, size_t *ret_n)
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

static pl_rc read_str(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                      void *arg)
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
