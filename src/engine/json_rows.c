/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/json_rows.h"

#include "core/clock.h"
#include "engine/limits.h"

#include <string.h>

const json_t *pl_json_at(const json_t *doc, const char *path)
{
    pl_str rest = pl_str_c(path), key;

    while (doc && pl_str_cut(&rest, '/', &key)) {
        char name[64];
        if (!pl_str_to_c(key, name, sizeof(name)))
            return NULL;
        doc = json_object_get(doc, name);
    }
    return doc;
}

pl_str pl_json_text(const json_t *v)
{
    if (!json_is_string(v))
        return (pl_str){"", 0};
    return (pl_str){json_string_value(v), json_string_length(v)};
}

static void set_int(pl_record *r, int field, const json_t *v)
{
    int64_t n;

    if (json_is_integer(v))
        pl_set_int(r, field, json_integer_value(v));
    else if (json_is_string(v) && pl_str_i64(pl_json_text(v), &n))
        pl_set_int(r, field, n);
}

static void set_time(pl_record *r, int field, const json_t *v)
{
    int64_t us;

    pl_str text = pl_json_text(v);
    bool is_time = json_is_integer(v) ? !__builtin_mul_overflow(json_integer_value(v), 1000000, &us)
                                      : pl_time_parse(text, &us);
    bool is_never = json_is_string(v) && (!text.n || pl_str_starts(text, PL_S("0001-01-01T")));

    if (is_never)
        pl_set_absent(r, field);
    else if (is_time)
        pl_set_int(r, field, us);
}

static void set_strs(pl_arena *a, pl_record *r, int field, const json_t *v)
{
    size_t n = json_array_size(v);
    if (n > PL_ENGINE_ELEMENTS_MAX) {
        pl_set_unreadable(r, field, "limit:elements");
        return;
    }
    pl_str *items = pl_arena_calloc(a, n ? n : 1, sizeof(*items));
    if (!items || !json_is_array(v))
        return;
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(v, i);
        if (!json_is_string(item))
            return;
        items[i] = pl_json_text(item);
    }
    pl_set_strs(r, field, items, n);
}

void pl_json_set(pl_arena *a, pl_record *r, int field, const json_t *v)
{
    pl_type type = r->kind->fields[field].type;

    if (type == PL_T_BOOL && json_is_boolean(v))
        pl_set_bool(r, field, json_is_true(v));
    else if (type == PL_T_INT)
        set_int(r, field, v);
    else if (type == PL_T_TIME)
        set_time(r, field, v);
    else if ((type == PL_T_STR || type == PL_T_IP) && json_is_string(v))
        pl_set_str(r, field, pl_json_text(v));
    else if (type == PL_T_STRS)
        set_strs(a, r, field, v);
}

void pl_json_fill(pl_arena *a, pl_record *r, const json_t *doc, const pl_json_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const json_t *v = pl_json_at(doc, rows[i].path);
        if (v && !json_is_null(v))
            pl_json_set(a, r, rows[i].field, v);
        else if (!rows[i].always)
            pl_set_absent(r, rows[i].field);
    }
}

static size_t count(const json_t *v)
{
    return json_is_object(v) ? json_object_size(v) : json_array_size(v);
}

void pl_json_elements(pl_arena *a, pl_record *r, int field, const json_t *v, const pl_kind *kind,
                      pl_json_make make)
{
    size_t n = count(v), at = 0;

    if (v && !json_is_null(v) && !json_is_object(v) && !json_is_array(v))
        return;
    if (n > PL_ENGINE_ELEMENTS_MAX) {
        pl_set_unreadable(r, field, "limit:elements");
        return;
    }
    pl_record **items = pl_arena_calloc(a, n ? n : 1, sizeof(pl_record *));
    if (!items) {
        pl_set_unreadable(r, field, "limit:memory");
        return;
    }
    for (; at < n; at++) {
        items[at] = pl_record_new(a, kind);
        if (!items[at]) {
            pl_set_unreadable(r, field, "limit:memory");
            return;
        }
    }
    at = 0;
    if (json_is_object(v)) {
        for (void *it = json_object_iter((json_t *)v); it;
             it = json_object_iter_next((json_t *)v, it))
            make(a, items[at++], pl_str_c(json_object_iter_key(it)), json_object_iter_value(it));
    } else {
        for (; at < n; at++)
            make(a, items[at], (pl_str){"", 0}, json_array_get(v, at));
    }
    pl_set_recs(r, field, items, n);
}
