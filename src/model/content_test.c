/* SPDX-License-Identifier: Apache-2.0 */
/* Fixtures beside a check: YAML fields become records of the subject's kind. */
#include "model/content_private.h"

#include "core/clock.h"

#include <stddef.h>
#include <string.h>

static pl_rc build_record(const pl_loader *l, const pl_yaml *map, const pl_kind *kind,
                          pl_record **ret, pl_err *err);

static pl_rc wrong_type(const pl_loader *l, const pl_field *f, const pl_yaml *v, pl_err *err)
{
    return pl_bind_fail(err, &l->file, v, "%s: not a value of type %s", f->name,
                        pl_type_name(f->type));
}

static pl_rc no_room(const pl_loader *l, const pl_yaml *v, pl_err *err)
{
    return pl_bind_fail(err, &l->file, v, "too much content");
}

static pl_rc build_value(const pl_loader *l, const pl_yaml *v, const pl_field *f, pl_record *r,
                         int field, pl_err *err);

/* {KEY: VALUE, ...} for a field with keys. */
static pl_rc build_pairs(const pl_loader *l, const pl_yaml *v, const pl_kind *pair,
                         pl_record **list, pl_err *err)
{
    for (size_t i = 0; i < v->n; i++) {
        const pl_yaml *key = &v->items[2 * i];
        list[i] = pl_record_new(l->file.arena, pair);
        if (!list[i])
            return no_room(l, v, err);
        pl_set_str(list[i], 0, key->text);
        pl_rc rc = build_value(l, key + 1, &pair->fields[1], list[i], 1, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

static pl_rc build_records(const pl_loader *l, const pl_yaml *v, const pl_field *f, pl_record *r,
                           int field, pl_err *err)
{
    const pl_kind *kind = pl_schema_kind(l->schema, pl_str_c(f->of));
    bool is_pairs = v->type == PL_YAML_MAPPING && f->flags & PL_FIELD_KEYED;
    if ((v->type != PL_YAML_SEQUENCE && !is_pairs) || !kind)
        return wrong_type(l, f, v, err);

    pl_record **list = pl_arena_calloc(l->file.arena, v->n ? v->n : 1, sizeof(pl_record *));
    if (!list)
        return no_room(l, v, err);
    if (is_pairs) {
        pl_rc rc = build_pairs(l, v, kind, list, err);
        if (rc)
            return rc;
    }
    for (size_t i = 0; i < v->n && !is_pairs; i++) {
        pl_rc rc = build_record(l, &v->items[i], kind, &list[i], err);
        if (rc)
            return rc;
    }
    pl_set_recs(r, field, list, v->n);
    return PL_OK;
}

static pl_rc build_ints(const pl_loader *l, const pl_yaml *v, const pl_field *f, pl_record *r,
                        int field, pl_err *err)
{
    if (v->type != PL_YAML_SEQUENCE)
        return wrong_type(l, f, v, err);
    int64_t *list = pl_arena_calloc(l->file.arena, v->n ? v->n : 1, sizeof(*list));
    if (!list)
        return no_room(l, v, err);
    for (size_t i = 0; i < v->n; i++)
        if (!pl_yaml_int(&v->items[i], &list[i]))
            return wrong_type(l, f, &v->items[i], err);
    pl_set_ints(r, field, list, v->n);
    return PL_OK;
}

static pl_rc build_related(const pl_loader *l, const pl_yaml *v, const pl_field *f, pl_record *r,
                           int field, pl_err *err)
{
    const pl_kind *kind = pl_schema_kind(l->schema, pl_str_c(f->of));
    pl_record *related = NULL;

    if (!kind)
        return pl_bind_fail(err, &l->file, v, "%s: unknown kind %s", f->name, f->of);
    pl_rc rc = build_record(l, v, kind, &related, err);
    if (!rc)
        pl_set_rec(r, field, related);
    return rc;
}

/* A time is RFC 3339 or microseconds. */
static bool time_value(const pl_yaml *v, int64_t *ret)
{
    return pl_yaml_int(v, ret) || (v->type == PL_YAML_SCALAR && pl_time_parse(v->text, ret));
}

static pl_rc build_scalar(const pl_loader *l, const pl_yaml *v, const pl_field *f, pl_record *r,
                          int field, pl_err *err)
{
    bool b = false;
    int64_t i = 0;

    if (f->type == PL_T_BOOL && pl_yaml_bool(v, &b))
        pl_set_bool(r, field, b);
    else if ((f->type == PL_T_INT && pl_yaml_int(v, &i)) ||
             (f->type == PL_T_TIME && time_value(v, &i)))
        pl_set_int(r, field, i);
    else if ((f->type == PL_T_STR || f->type == PL_T_IP) && v->type == PL_YAML_SCALAR)
        pl_set_str(r, field, v->text);
    else
        return wrong_type(l, f, v, err);
    return PL_OK;
}

static pl_rc build_unreadable(const pl_loader *l, const pl_yaml *v, pl_record *r, int field,
                              pl_err *err)
{
    char *reason = pl_arena_calloc(l->file.arena, v->text.n + 1, 1);
    if (!reason)
        return no_room(l, v, err);
    if (v->text.n)
        memcpy(reason, v->text.p, v->text.n);
    pl_set_unreadable(r, field, v->text.n ? reason : NULL);
    return PL_OK;
}

static pl_rc build_value(const pl_loader *l, const pl_yaml *v, const pl_field *f, pl_record *r,
                         int field, pl_err *err)
{
    if (pl_str_eq(v->tag, PL_S("!unreadable")))
        return build_unreadable(l, v, r, field, err);
    if (pl_str_eq(v->tag, PL_S("!absent")) || pl_yaml_is_null(v)) {
        pl_set_absent(r, field);
        return PL_OK;
    }
    switch (f->type) {
    case PL_T_STRS: {
        pl_strs s;
        if (v->type != PL_YAML_SEQUENCE)
            return wrong_type(l, f, v, err);
        pl_rc rc = pl_bind_strs(&l->file, v, &s, err);
        if (!rc)
            pl_set_strs(r, field, s.v, s.n);
        return rc;
    }
    case PL_T_INTS:
        return build_ints(l, v, f, r, field, err);
    case PL_T_RECS:
        return build_records(l, v, f, r, field, err);
    case PL_T_REC:
        return build_related(l, v, f, r, field, err);
    case PL_T_BOOL:
    case PL_T_INT:
    case PL_T_TIME:
    case PL_T_STR:
    case PL_T_IP:
        break;
    }
    return build_scalar(l, v, f, r, field, err);
}

static pl_rc unknown_field(const pl_loader *l, const pl_yaml *key, const pl_kind *kind, pl_err *err)
{
    const char *words[256] = {0};
    for (size_t i = 0; i < kind->n && i < PL_COUNT(words) - 1; i++)
        words[i] = kind->fields[i].name;
    const char *near = pl_nearest_word(key->text, words);
    return pl_bind_fail(err, &l->file, key, "kind %s has no field \"%.*s\"%s%s%s", kind->name,
                        PL_F(key->text), near ? " (did you mean \"" : "", near ? near : "",
                        near ? "\"?)" : "");
}

static pl_rc build_record(const pl_loader *l, const pl_yaml *map, const pl_kind *kind,
                          pl_record **ret, pl_err *err)
{
    if (map->type != PL_YAML_MAPPING)
        return pl_bind_fail(err, &l->file, map, "expected fields of kind %s", kind->name);
    pl_record *r = pl_record_new(l->file.arena, kind);
    if (!r)
        return no_room(l, map, err);

    for (size_t i = 0; i < map->n; i++) {
        const pl_yaml *key = &map->items[2 * i];
        int field = pl_kind_field(kind, key->text);
        pl_rc rc = field < 0 ? unknown_field(l, key, kind, err)
                             : build_value(l, key + 1, &kind->fields[field], r, field, err);
        if (rc)
            return rc;
    }
    *ret = r;
    return PL_OK;
}

struct raw_test {
    pl_str name, verdict, reason;
    const pl_yaml *fields, *group, *policy;
};

/* {PARAMETER: [ITEM, ...], ...}; whether there is such a parameter is seen when it is used. */
static pl_rc build_policy(const pl_loader *l, const pl_yaml *map, pl_check_test *t, pl_err *err)
{
    if (map->type != PL_YAML_MAPPING)
        return pl_bind_fail(err, &l->file, map, "policy must be a mapping of parameters");
    pl_policy_value *v = pl_arena_calloc(l->file.arena, map->n ? map->n : 1, sizeof(*v));
    if (!v)
        return no_room(l, map, err);
    for (size_t i = 0; i < map->n; i++) {
        const pl_yaml *key = &map->items[2 * i];
        pl_strs items;
        pl_rc rc = pl_bind_strs(&l->file, key + 1, &items, err);
        if (rc)
            return rc;
        v[i] = (pl_policy_value){.name = key->text, .items = items.v, .n = items.n};
    }
    t->policy = v;
    t->n_policy = map->n;
    return PL_OK;
}

static pl_rc build_group(const pl_loader *l, const pl_yaml *list, const pl_kind *kind,
                         pl_check_test *t, pl_err *err)
{
    if (list->type != PL_YAML_SEQUENCE || list->n == 0)
        return pl_bind_fail(err, &l->file, list, "group must be a sequence of fields");
    t->others = pl_arena_calloc(l->file.arena, list->n, sizeof(pl_record *));
    if (!t->others)
        return no_room(l, list, err);
    t->n_others = list->n - 1;
    for (size_t i = 0; i < list->n; i++) {
        pl_record **to = i == 0 ? &t->subject : &t->others[i - 1];
        pl_rc rc = build_record(l, &list->items[i], kind, to, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

static pl_rc load_test(const pl_loader *l, const pl_yaml *item, const pl_kind *kind,
                       pl_check_test *t, pl_err *err)
{
    static const pl_binding keys[] = {
        {"name", PL_BIND_STR, true, offsetof(struct raw_test, name)},
        {"fields", PL_BIND_NODE, false, offsetof(struct raw_test, fields)},
        {"group", PL_BIND_NODE, false, offsetof(struct raw_test, group)},
        {"policy", PL_BIND_NODE, false, offsetof(struct raw_test, policy)},
        {"verdict", PL_BIND_STR, true, offsetof(struct raw_test, verdict)},
        {"reason", PL_BIND_STR, false, offsetof(struct raw_test, reason)},
        {0},
    };
    struct raw_test raw = {0};
    pl_rc rc = pl_bind(&l->file, item, keys, &raw, err);
    if (rc)
        return rc;

    *t = (pl_check_test){.name = raw.name, .reason = raw.reason, .line = item->line};
    if (!pl_verdict_parse(raw.verdict, &t->verdict))
        return pl_bind_fail(err, &l->file, item, "unknown verdict \"%.*s\"", PL_F(raw.verdict));
    if ((raw.fields != NULL) == (raw.group != NULL))
        return pl_bind_fail(err, &l->file, item, "a test has either fields or group");
    rc = raw.policy ? build_policy(l, raw.policy, t, err) : PL_OK;
    if (rc)
        return rc;
    return raw.group ? build_group(l, raw.group, kind, t, err)
                     : build_record(l, raw.fields, kind, &t->subject, err);
}

pl_rc pl_load_check_tests(const pl_loader *l, const pl_yaml *tests, pl_check *check, pl_err *err)
{
    const pl_kind *kind = pl_schema_kind(l->schema, check->kind);
    pl_verdict good = check->needs.n ? PL_NOT_APPLICABLE : PL_PASS;
    pl_verdict bad = check->needs.n ? PL_UNKNOWN : PL_FAIL;
    bool has_good = false;
    bool has_bad = false;

    if (tests->type != PL_YAML_SEQUENCE)
        return pl_bind_fail(err, &l->file, tests, "tests must be a sequence");
    pl_check_test *v = pl_arena_calloc(l->file.arena, tests->n ? tests->n : 1, sizeof(*v));
    if (!v)
        return no_room(l, tests, err);
    for (size_t i = 0; i < tests->n; i++) {
        pl_rc rc = load_test(l, &tests->items[i], kind, &v[i], err);
        if (rc)
            return pl_wrap(err, rc, "check %.*s", PL_F(check->id));
        has_good |= v[i].verdict == good;
        has_bad |= v[i].verdict == bad;
    }
    if (!has_good || !has_bad)
        return pl_bind_fail(err, &l->file, tests, "check %.*s needs a test that %s",
                            PL_F(check->id),
                            check->needs.n ? "is not-applicable and one that is unknown"
                                           : "passes and one that fails");
    check->tests = v;
    check->n_tests = tests->n;
    return PL_OK;
}
