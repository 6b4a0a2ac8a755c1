/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "kinds.h"

#include <string.h>

pl_schema *fixture_schema(void)
{
    static const pl_kind *const kinds[] = {&kind_t, &kind_e, &kind_r, &kind_x, &kind_kv, &kind_kn};
    pl_schema *s = pl_schema_new();

    assert_non_null(s);
    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        pl_schema_add(s, kinds[i]);
    return s;
}

const pl_kind *fixture_subject(void)
{
    return &kind_t;
}

static const pl_kind *kind_named(const char *name)
{
    PL_AUTO_SCHEMA pl_schema *s = fixture_schema();
    return pl_schema_kind(s, pl_str_c(name));
}

/* ---- records ---- */

pl_str fixture_read(pl_arena *a, const char *path)
{
    char full[4096];
    char *text = pl_arena_calloc(a, 1 << 20, 1);

    (void)snprintf(full, sizeof(full), "%s/%s", PL_SOURCE_ROOT, path);
    PL_AUTO_FILE FILE *f = fopen(full, "rb");
    if (!f || !text)
        fail_msg("cannot read %s", full);
    return (pl_str){text, fread(text, 1, (1 << 20) - 1, f)};
}

static pl_str json_text(pl_arena *a, const json_t *v)
{
    assert_true(json_is_string(v));
    return pl_arena_str(a, (pl_str){json_string_value(v), json_string_length(v)});
}

static pl_record *json_record(pl_arena *a, const pl_kind *kind, const json_t *v)
{
    pl_record *r = pl_record_new(a, kind);
    const char *key;
    json_t *value;

    assert_true(json_is_object(v));
    json_object_foreach((json_t *)v, key, value) fixture_set(a, r, pl_str_c(key), value);
    return r;
}

/* {"key": value, ...} of a keyed field. */
static void set_keyed(pl_arena *a, pl_record *r, int field, const pl_kind *pair, const json_t *v)
{
    pl_record **recs = pl_arena_calloc(a, json_object_size(v) + 1, sizeof(*recs));
    const char *key;
    json_t *value;
    size_t n = 0;

    json_object_foreach((json_t *)v, key, value)
    {
        recs[n] = pl_record_new(a, pair);
        pl_set_str(recs[n], 0, pl_arena_str(a, pl_str_c(key)));
        fixture_set(a, recs[n++], pl_str_c(pair->fields[1].name), value);
    }
    pl_set_recs(r, field, recs, n);
}

static void set_recs(pl_arena *a, pl_record *r, int field, const pl_kind *kind, const json_t *v)
{
    pl_record **recs = pl_arena_calloc(a, json_array_size(v) + 1, sizeof(*recs));

    for (size_t i = 0; i < json_array_size(v); i++)
        recs[i] = json_record(a, kind, json_array_get(v, i));
    pl_set_recs(r, field, recs, json_array_size(v));
}

static void set_list(pl_arena *a, pl_record *r, int field, pl_type type, const json_t *v)
{
    size_t n = json_array_size(v);
    pl_str *strs = pl_arena_calloc(a, n + 1, sizeof(*strs));
    int64_t *ints = pl_arena_calloc(a, n + 1, sizeof(*ints));

    assert_true(json_is_array(v));
    for (size_t i = 0; i < n; i++) {
        if (type == PL_T_STRS)
            strs[i] = json_text(a, json_array_get(v, i));
        else
            ints[i] = json_integer_value(json_array_get(v, i));
    }
    if (type == PL_T_STRS)
        pl_set_strs(r, field, strs, n);
    else
        pl_set_ints(r, field, ints, n);
}

static void set_present(pl_arena *a, pl_record *r, int i, const pl_field *f, const json_t *v)
{
    switch (f->type) {
    case PL_T_BOOL:
        assert_true(json_is_boolean(v));
        pl_set_bool(r, i, json_is_true(v));
        break;
    case PL_T_INT:
    case PL_T_TIME:
        assert_true(json_is_integer(v));
        pl_set_int(r, i, json_integer_value(v));
        break;
    case PL_T_STR:
    case PL_T_IP:
        pl_set_str(r, i, json_text(a, v));
        break;
    case PL_T_STRS:
    case PL_T_INTS:
        set_list(a, r, i, f->type, v);
        break;
    case PL_T_RECS:
        if (f->flags & PL_FIELD_KEYED)
            set_keyed(a, r, i, kind_named(f->of), v);
        else
            set_recs(a, r, i, kind_named(f->of), v);
        break;
    case PL_T_REC:
        pl_set_rec(r, i, json_record(a, kind_named(f->of), v));
        break;
    }
}

/* A C string of a reason: records keep a pointer to it. */
static const char *reason(pl_arena *a, pl_str s)
{
    char *c = pl_arena_calloc(a, s.n + 1, 1);
    memcpy(c, s.p, s.n);
    return c;
}

void fixture_set(pl_arena *a, pl_record *r, pl_str field, const json_t *v)
{
    int i = pl_kind_field(r->kind, field);
    const json_t *why = json_object_get(v, "!");

    if (i < 0)
        fail_msg("%s has no field %.*s", r->kind->name, PL_F(field));
    if (json_is_null(v))
        pl_set_absent(r, i);
    else if (why)
        pl_set_unreadable(r, i, reason(a, json_text(a, why)));
    else
        set_present(a, r, i, &r->kind->fields[i], v);
}

/* One NAME=VALUE at the start of *rest. */
static void read_pair(pl_arena *a, pl_record *r, pl_str *rest)
{
    json_error_t why;
    pl_str name;

    (void)pl_str_cut(rest, '=', &name);
    if (pl_str_starts(*rest, PL_S("!"))) {
        pl_str word;
        (void)pl_str_cut(rest, ' ', &word);
        int i = pl_kind_field(r->kind, name);
        assert_true(i >= 0);
        pl_set_unreadable(r, i, reason(a, pl_str_sub(word, 1, word.n)));
        return;
    }
    json_t *v = json_loadb(rest->p, rest->n, JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &why);
    if (!v)
        fail_msg("%.*s: %s", PL_F(*rest), why.text);
    *rest = pl_str_trim(pl_str_sub(*rest, (size_t)why.position, rest->n));
    fixture_set(a, r, name, v);
    json_decref(v);
}

pl_record *fixture_record(pl_arena *a, const pl_kind *kind, pl_str fields)
{
    pl_record *r = pl_record_new(a, kind);

    assert_non_null(r);
    if (pl_str_eq(fields, PL_S("-")))
        return r;
    while (fields.n)
        read_pair(a, r, &fields);
    return r;
}

/* ---- the table ---- */

enum { LISTS_MAX = 64, ROWS_MAX = 4096, ITEMS_MAX = 64 };

static void read_items(pl_arena *a, pl_str rest, pl_list *l)
{
    pl_str *items = pl_arena_calloc(a, ITEMS_MAX, sizeof(*items));
    pl_str item;

    l->items = items;
    while (pl_str_cut(&rest, ',', &item))
        items[l->n++] = pl_str_trim(item);
}

/* "list NAME: ITEMS", "policy NAME: unset" or "macro NAME: CONDITION". */
static bool read_name(pl_arena *a, pl_str line, pl_list *lists, pl_macro *macros, pl_content *c)
{
    pl_str rest = line;
    pl_str word;
    pl_str name;

    if (!pl_str_cut(&rest, ' ', &word) || !pl_str_cut(&rest, ':', &name))
        return false;
    rest = pl_str_trim(rest);
    if (pl_str_eq(word, PL_S("macro"))) {
        macros[c->n_macros++] = (pl_macro){name, rest};
        return true;
    }
    bool is_policy = pl_str_eq(word, PL_S("policy"));
    if (!is_policy && !pl_str_eq(word, PL_S("list")))
        return false;
    pl_list *l = &lists[c->n_lists++];
    *l = (pl_list){.name = name, .is_policy = is_policy};
    l->is_unset = is_policy && pl_str_eq(rest, PL_S("unset"));
    if (!l->is_unset)
        read_items(a, rest, l);
    return true;
}

fixture_table fixture_table_read(pl_arena *a, const char *path)
{
    fixture_table t = {.rows = pl_arena_calloc(a, ROWS_MAX, sizeof(fixture_row))};
    pl_list *lists = pl_arena_calloc(a, LISTS_MAX, sizeof(*lists));
    pl_macro *macros = pl_arena_calloc(a, LISTS_MAX, sizeof(*macros));
    pl_str rest = fixture_read(a, path);
    pl_str lines[3];
    unsigned line = 0;
    size_t have = 0;

    t.content.lists = lists;
    t.content.macros = macros;
    while (pl_str_cut(&rest, '\n', &lines[have])) {
        line++;
        if (have == 0 && (lines[0].n == 0 || lines[0].p[0] == '#' ||
                          read_name(a, lines[0], lists, macros, &t.content)))
            continue;
        if (++have < 3)
            continue;
        t.rows[t.n++] = (fixture_row){lines[0], lines[1], lines[2], line - 2};
        have = 0;
    }
    return t;
}
