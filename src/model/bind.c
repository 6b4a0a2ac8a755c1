/* SPDX-License-Identifier: Apache-2.0 */
#include "model/bind.h"

#include "core/buf.h"

enum { KEYS_MAX = 40 };

static pl_rc unknown_key(const pl_bind_file *f, const pl_yaml *key, const pl_binding *table,
                         pl_err *err)
{
    const char *words[KEYS_MAX + 1] = {0};
    for (size_t i = 0; table[i].key && i < KEYS_MAX; i++)
        words[i] = table[i].key;
    const char *near = pl_nearest_word(key->text, words);
    if (near)
        return pl_bind_fail(err, f, key, "unknown key \"%.*s\" (did you mean \"%s\"?)",
                            PL_F(pl_str_sub(key->text, 0, 60)), near);

    PL_AUTO_BUF pl_buf known = {0};
    for (size_t i = 0; words[i]; i++)
        pl_buf_fmt(&known, "%s%s", i ? ", " : "", words[i]);
    return pl_bind_fail(err, f, key, "unknown key \"%.*s\"; there are %.*s",
                        PL_F(pl_str_sub(key->text, 0, 60)), PL_F(pl_buf_view(&known)));
}

pl_rc pl_bind_strs(const pl_bind_file *f, const pl_yaml *v, pl_strs *ret, pl_err *err)
{
    size_t n = v->type == PL_YAML_SEQUENCE ? v->n : 1;
    const pl_yaml *items = v->type == PL_YAML_SEQUENCE ? v->items : v;
    pl_str *list = pl_arena_calloc(f->arena, n ? n : 1, sizeof(*list));

    if (!list)
        return pl_bind_fail(err, f, v, "too much content");
    for (size_t i = 0; i < n; i++) {
        if (items[i].type != PL_YAML_SCALAR)
            return pl_bind_fail(err, f, &items[i], "expected a list of words");
        list[i] = items[i].text;
    }
    *ret = (pl_strs){list, n};
    return PL_OK;
}

static pl_rc bind_value(const pl_bind_file *f, const pl_binding *b, const pl_yaml *v, void *ret,
                        pl_err *err)
{
    void *to = (char *)ret + b->offset;

    switch (b->shape) {
    case PL_BIND_STR:
        if (v->type != PL_YAML_SCALAR || pl_yaml_is_null(v))
            return pl_bind_fail(err, f, v, "%s must be text", b->key);
        *(pl_str *)to = pl_str_trim(v->text);
        return PL_OK;
    case PL_BIND_STRS:
        return pl_bind_strs(f, v, to, err);
    case PL_BIND_BOOL:
        return pl_yaml_bool(v, to) ? PL_OK
                                   : pl_bind_fail(err, f, v, "%s must be true or false", b->key);
    case PL_BIND_NODE:
        *(const pl_yaml **)to = v;
        return PL_OK;
    }
    return PL_OK;
}

pl_rc pl_bind(const pl_bind_file *f, const pl_yaml *map, const pl_binding *table, void *ret,
              pl_err *err)
{
    if (map->type != PL_YAML_MAPPING)
        return pl_bind_fail(err, f, map, "expected keys and values");

    for (size_t i = 0; i < map->n; i++) {
        const pl_yaml *key = &map->items[2 * i];
        const pl_binding *b = table;
        while (b->key && !pl_str_eq(pl_str_c(b->key), key->text))
            b++;
        pl_rc rc = b->key ? bind_value(f, b, &map->items[2 * i + 1], ret, err)
                          : unknown_key(f, key, table, err);
        if (rc)
            return rc;
    }
    for (const pl_binding *b = table; b->key; b++)
        if (b->is_required && !pl_yaml_get(map, b->key))
            return pl_bind_fail(err, f, map, "key \"%s\" is missing", b->key);
    return PL_OK;
}
