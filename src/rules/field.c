/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/field.h"

#include "core/buf.h"
#include "core/yaml_tree.h"

#include <string.h>

/* ---- the nearest known name ---- */

enum { WORDS_MAX = 512 };

static size_t add_words(const pl_kind *k, const char **words, size_t n)
{
    for (size_t i = 0; k && i < k->n && n < WORDS_MAX; i++)
        words[n++] = k->fields[i].name;
    return n;
}

static pl_rc unknown_field(const pl_scope *scope, pl_str name, pl_err *err)
{
    const char *words[WORDS_MAX + 1];
    size_t n = add_words(scope->element, words, 0);

    n = add_words(scope->subject, words, n);
    words[n] = NULL;
    const char *near = pl_nearest_word(name, words);
    return near ? pl_fail(err, PL_FORMAT, "unknown field %.*s; the nearest is %s", PL_F(name), near)
                : pl_fail(err, PL_FORMAT, "unknown field %.*s", PL_F(name));
}

/* ---- lookup ---- */

static bool look_up(const pl_schema *schema, const pl_kind *kind, pl_str name, pl_field_ref *f);

/* Is the part of NAME before DOT a relation, and the rest a field behind it? */
static bool look_behind(const pl_schema *schema, const pl_kind *kind, pl_str name, size_t dot,
                        pl_field_ref *f)
{
    char inner[256];
    int i = pl_kind_field(kind, pl_str_sub(name, 0, dot));

    if (i < 0 || kind->fields[i].type != PL_T_REC || f->n_path == PL_RULES_PATH)
        return false;
    const char *of = kind->fields[i].of;
    const pl_kind *next = pl_schema_kind(schema, pl_str_c(of));
    pl_str rest = pl_str_sub(name, dot + 1, name.n);
    int n = snprintf(inner, sizeof(inner), "%s.%.*s", of, PL_F(rest));
    if (!next || n < 0 || (size_t)n >= sizeof(inner))
        return false;
    f->path[f->n_path++] = (uint16_t)i;
    if (look_up(schema, next, pl_str_c(inner), f))
        return true;
    f->n_path--;
    return false;
}

static bool look_up(const pl_schema *schema, const pl_kind *kind, pl_str name, pl_field_ref *f)
{
    int i = pl_kind_field(kind, name);
    if (i >= 0) {
        f->field = (uint16_t)i;
        f->row = &kind->fields[i];
        return true;
    }
    for (size_t dot = name.n; dot-- > 0;)
        if (name.p[dot] == '.' && look_behind(schema, kind, name, dot, f))
            return true;
    return false;
}

static bool is_list(pl_type t)
{
    return t == PL_T_STRS || t == PL_T_INTS;
}

static pl_rc resolve_key(const pl_scope *scope, pl_str arg, pl_field_ref *f, pl_err *err)
{
    const pl_kind *pair = pl_schema_kind(scope->schema, pl_str_c(f->row->of));

    if (!pair || pair->n < 2)
        return pl_fail(err, PL_FORMAT, "%s: its kind %s has no key and value", f->row->name,
                       f->row->of);
    f->value = &pair->fields[1];
    f->type = f->value->type;
    f->has_key = true;
    f->key = arg;
    return PL_OK;
}

static pl_rc resolve_arg(const pl_scope *scope, pl_str arg, pl_field_ref *f, pl_err *err)
{
    if (f->row->flags & PL_FIELD_KEYED)
        return resolve_key(scope, arg, f, err);
    if (!is_list(f->row->type))
        return pl_fail(err, PL_FORMAT, "%s takes no [argument]", f->row->name);
    if (!pl_str_u64(arg, &f->index))
        return pl_fail(err, PL_FORMAT, "%s: an index is a number", f->name);
    f->has_index = true;
    f->type = f->row->type == PL_T_STRS ? PL_T_STR : PL_T_INT;
    return PL_OK;
}

static const char *spell(pl_str name, bool has_arg, pl_str arg, pl_arena *a)
{
    PL_AUTO_BUF pl_buf b = {.max = PL_RULES_TEXT};

    pl_buf_str(&b, name);
    if (has_arg) {
        pl_buf_ch(&b, '[');
        pl_buf_str(&b, arg);
        pl_buf_ch(&b, ']');
    }
    pl_buf_ch(&b, '\0');
    return pl_buf_ok(&b) ? pl_arena_str(a, pl_buf_view(&b)).p : NULL;
}

pl_rc pl_field_resolve(const pl_scope *scope, pl_str name, bool has_arg, pl_str arg, pl_arena *a,
                       pl_field_ref *ret, pl_err *err)
{
    pl_field_ref f = {.name = spell(name, has_arg, arg, a), .in_element = true};

    if (!f.name)
        return pl_fail(err, PL_LIMIT, "condition does not fit its memory");
    if (!scope->element || !look_up(scope->schema, scope->element, name, &f)) {
        f.in_element = false;
        if (!look_up(scope->schema, scope->subject, name, &f))
            return unknown_field(scope, name, err);
    }
    f.type = f.row->type;
    f.value = f.row;
    pl_rc rc = has_arg ? resolve_arg(scope, arg, &f, err) : PL_OK;
    if (!rc)
        *ret = f;
    return rc;
}

/* ---- values ---- */

static const pl_value *unreadable(pl_value *room, const char *reason)
{
    *room = (pl_value){.state = PL_UNREADABLE, .reason = reason};
    return room;
}

static const pl_value *absent(pl_value *room)
{
    *room = (pl_value){.state = PL_ABSENT};
    return room;
}

/* A pair whose key could not be read may be the one that is asked for. */
static const pl_value *get_key(const pl_field_ref *f, const pl_value *list, pl_value *room)
{
    const pl_value *doubt = NULL;

    for (size_t i = 0; i < list->n; i++) {
        const pl_record *pair = list->u.recs[i];
        const pl_value *key = pl_get(pair, 0);
        if (key->state == PL_PRESENT && pl_str_eq(key->u.s, f->key))
            return pl_get(pair, 1);
        if (key->state == PL_UNREADABLE && !doubt)
            doubt = key;
    }
    return doubt ? doubt : absent(room);
}

static const pl_value *get_index(const pl_field_ref *f, const pl_value *list, pl_value *room)
{
    if (f->index >= list->n)
        return absent(room);
    *room = (pl_value){.state = PL_PRESENT};
    if (f->row->type == PL_T_STRS)
        room->u.s = list->u.strs[f->index];
    else
        room->u.i = list->u.ints[f->index];
    return room;
}

const pl_value *pl_field_get(const pl_field_ref *f, const pl_record *subject,
                             const pl_record *element, pl_value *room)
{
    const pl_record *r = f->in_element ? element : subject;

    if (!r)
        return unreadable(room, NULL);
    for (size_t i = 0; i < f->n_path; i++) {
        const pl_value *step = pl_get(r, f->path[i]);
        if (step->state == PL_ABSENT)
            return absent(room);
        if (step->state == PL_UNREADABLE || !step->u.rec)
            return unreadable(room, step->reason);
        r = step->u.rec;
    }
    const pl_value *v = pl_get(r, f->field);
    if (v->state != PL_PRESENT)
        return v;
    if (f->has_key)
        return get_key(f, v, room);
    return f->has_index ? get_index(f, v, room) : v;
}
