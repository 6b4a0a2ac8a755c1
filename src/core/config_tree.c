/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the values out of a configuration document by the table of keys. */
#include "core/config_priv.h"

#include "core/limits.h"

#include <stdarg.h>
#include <string.h>

static pl_rc fail_at(const pl_conf_loading *l, const pl_yaml *at, pl_err *err, const char *fmt, ...)
    PL_PRINTF(4, 5);

static pl_rc fail_at(const pl_conf_loading *l, const pl_yaml *at, pl_err *err, const char *fmt, ...)
{
    char why[256];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    return pl_fail(err, PL_USAGE, "%s:%d: %s", l->file, at->line, why);
}

static pl_str where_of(const pl_conf_loading *l, const pl_yaml *at)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_fmt(&b, "%s:%d", l->file, at->line);
    pl_str kept = pl_arena_str(l->arena, pl_buf_view(&b));
    return kept.p ? kept : PL_S("file");
}

static pl_rc unknown_key(const pl_conf_loading *l, const pl_yaml *key, pl_str name, pl_err *err)
{
    const char *words[PL_CONF_KEYS + 1] = {NULL};

    for (size_t i = 0; i < PL_CONF_KEYS && l->keys[i].name; i++)
        words[i] = l->keys[i].name;
    const char *near = pl_nearest_word(name, words);
    return near
               ? fail_at(l, key, err, "unknown key \"%.*s\" (did you mean \"%s\"?)", PL_F(name),
                         near)
               : fail_at(l, key, err, "unknown key \"%.*s\"; see plimsoll config show", PL_F(name));
}

/* One word, or a list of words as text with commas. */
static pl_rc text_of(const pl_conf_loading *l, const pl_conf_key *key, const pl_yaml *v,
                     pl_buf *out, pl_err *err)
{
    bool is_list = v->type == PL_YAML_SEQUENCE && key->type == PL_CONF_WORDS;

    if (v->type == PL_YAML_SCALAR && !pl_yaml_is_null(v)) {
        pl_buf_str(out, v->text);
        return PL_OK;
    }
    for (size_t i = 0; is_list && i < v->n; i++) {
        if (v->items[i].type != PL_YAML_SCALAR)
            return fail_at(l, &v->items[i], err, "%s must be words", key->name);
        pl_buf_c(out, i ? "," : "");
        pl_buf_str(out, v->items[i].text);
    }
    return is_list ? PL_OK : fail_at(l, v, err, "%s needs a value", key->name);
}

static pl_rc take_value(pl_conf_loading *l, pl_conf_value *value, const pl_yaml *v, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_rc rc = text_of(l, value->key, v, &text, err);

    if (rc)
        return rc;
    return pl_conf_put(l, value, pl_buf_view(&text), PL_CONF_FILE, where_of(l, v), err);
}

/* ---- free mappings ---- */

static pl_conf_entry *entry_of(pl_conf_loading *l, const pl_conf_key *key, pl_str name)
{
    pl_conf *c = l->conf;

    for (size_t i = 0; i < c->n_entries; i++)
        if (c->entries[i].key == key && pl_str_eq(c->entries[i].name, name))
            return &c->entries[i];
    if (c->n_entries == l->room_entries) {
        size_t room = l->room_entries ? 2 * l->room_entries : 16;
        pl_conf_entry *more = pl_arena_calloc(l->arena, room, sizeof(*more));
        if (!more)
            return NULL;
        if (c->n_entries)
            memcpy(more, c->entries, c->n_entries * sizeof(*more));
        c->entries = more;
        l->room_entries = room;
    }
    return &c->entries[c->n_entries++];
}

static pl_rc take_entry(pl_conf_loading *l, const pl_conf_key *key, const pl_yaml *name,
                        const pl_yaml *v, pl_err *err)
{
    size_t n = v->type == PL_YAML_SEQUENCE ? v->n : 1;
    const pl_yaml *from = v->type == PL_YAML_SEQUENCE ? v->items : v;
    pl_conf_entry *e = entry_of(l, key, name->text);
    pl_str *items = pl_arena_calloc(l->arena, n + 1, sizeof(*items));

    if (!e || !items)
        return fail_at(l, v, err, "configuration is too large");
    for (size_t i = 0; i < n; i++) {
        if (from[i].type != PL_YAML_SCALAR || pl_yaml_is_null(&from[i]))
            return fail_at(l, &from[i], err, "%s.%.*s must be a word or a list of words", key->name,
                           PL_F(name->text));
        items[i] = from[i].text;
    }
    *e = (pl_conf_entry){key, name->text, items, n, where_of(l, name)};
    return PL_OK;
}

static pl_rc take_entries(pl_conf_loading *l, const pl_conf_key *key, const pl_yaml *v, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (v->type != PL_YAML_MAPPING)
        return fail_at(l, v, err, "%s must be a mapping", key->name);
    for (size_t i = 0; !rc && i < v->n; i++)
        rc = take_entry(l, key, &v->items[2 * i], &v->items[2 * i + 1], err);
    return rc;
}

/* ---- keys ---- */

static const pl_conf_key *free_key(const pl_conf_loading *l, pl_str name)
{
    for (const pl_conf_key *k = l->keys; k->name; k++)
        if (k->type == PL_CONF_FREE && pl_str_eq(name, pl_str_c(k->name)))
            return k;
    return NULL;
}

/* Some key is "NAME.something". */
static bool is_group(const pl_conf_loading *l, pl_str name)
{
    for (const pl_conf_key *k = l->keys; k->name; k++)
        if (strlen(k->name) > name.n && k->name[name.n] == '.' &&
            pl_str_starts(pl_str_c(k->name), name))
            return true;
    return false;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the names of the table */
static pl_rc take_mapping(pl_conf_loading *l, pl_str prefix, const pl_yaml *map, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (map->type != PL_YAML_MAPPING)
        return fail_at(l, map, err, "keys and values expected");
    for (size_t i = 0; !rc && i < map->n; i++) {
        const pl_yaml *key = &map->items[2 * i];
        const pl_yaml *v = &map->items[2 * i + 1];
        PL_AUTO_BUF pl_buf b = {0};
        pl_buf_str(&b, prefix);
        pl_buf_c(&b, prefix.n ? "." : "");
        pl_buf_str(&b, pl_str_sub(key->text, 0, PL_CONF_NAME));
        pl_str name = pl_buf_view(&b);
        pl_conf_value *value = pl_conf_value_of(l->conf, name);
        const pl_conf_key *any = free_key(l, name);
        if (value)
            rc = take_value(l, value, v, err);
        else if (any)
            rc = take_entries(l, any, v, err);
        else if (is_group(l, name))
            rc = take_mapping(l, name, v, err);
        else
            rc = unknown_key(l, key, name, err);
    }
    return rc;
}

pl_rc pl_conf_take_document(pl_conf_loading *l, const pl_yaml *doc, pl_err *err)
{
    return take_mapping(l, PL_S(""), doc, err);
}
