/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/changes.h"

#include "core/hash.h"
#include "govern/limits.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static pl_setting *push(pl_settings *s, pl_arena *a)
{
    if (s->n == s->room) {
        size_t room = s->room ? s->room * 2 : 64;
        pl_setting *v = pl_arena_calloc(a, room, sizeof(*v));
        s->is_bad |= !v;
        if (!v)
            return NULL;
        if (s->n)
            memcpy(v, s->v, s->n * sizeof(*v));
        s->v = v;
        s->room = room;
    }
    return &s->v[s->n++];
}

static pl_str digest_of(pl_str value, char room[8 + PL_SHA256_HEX])
{
    unsigned char sum[PL_SHA256];

    pl_sha256_of(value, sum);
    memcpy(room, "sha256:", 7);
    pl_hex(sum, sizeof(sum), room + 7);
    return pl_str_c(room);
}

void pl_settings_add(pl_settings *s, pl_arena *a, pl_str name, pl_str value)
{
    char room[8 + PL_SHA256_HEX];
    pl_setting *to = push(s, a);

    if (!to)
        return;
    if (value.n > PL_GOVERN_VALUE)
        value = digest_of(value, room);
    *to = (pl_setting){.name = pl_arena_str(a, name), .value = pl_arena_str(a, value)};
    s->is_bad |= !to->name.p || !to->value.p;
}

void pl_settings_add_unknown(pl_settings *s, pl_arena *a, pl_str name)
{
    pl_setting *to = push(s, a);

    if (!to)
        return;
    *to = (pl_setting){.name = pl_arena_str(a, name), .is_unknown = true};
    s->is_bad |= !to->name.p;
}

static int by_name(const void *pa, const void *pb)
{
    const pl_setting *a = pa, *b = pb;

    return pl_str_cmp(a->name, b->name);
}

pl_rc pl_settings_read(pl_str json, pl_arena *a, pl_settings *ret, pl_err *err)
{
    json_error_t where;
    json_auto_t *doc = json_loadb(json.p ? json.p : "", json.n, JSON_ALLOW_NUL, &where);
    const char *name;
    json_t *value;

    *ret = (pl_settings){0};
    if (!json_is_object(doc))
        return pl_fail(err, PL_FORMAT, "settings of an earlier audit: no object");
    json_object_foreach(doc, name, value)
    {
        if (!json_is_string(value))
            return pl_fail(err, PL_FORMAT, "settings of an earlier audit: %s is no text", name);
        pl_settings_add(ret, a, pl_str_c(name),
                        (pl_str){json_string_value(value), json_string_length(value)});
    }
    if (ret->n)
        qsort(ret->v, ret->n, sizeof(*ret->v), by_name);
    return ret->is_bad ? pl_fail(err, PL_LIMIT, "settings of an earlier audit") : PL_OK;
}

void pl_settings_write(const pl_settings *s, pl_buf *out)
{
    json_auto_t *doc = json_object();

    for (size_t i = 0; i < s->n; i++) {
        json_t *v = json_stringn(s->v[i].value.p, s->v[i].value.n);
        /* What is not UTF-8 is no setting that anybody wrote; it has a name all the same. */
        if (json_object_setn_new(doc, s->v[i].name.p, s->v[i].name.n,
                                 v ? v : json_string("(not UTF-8)")) < 0)
            out->bad = true;
    }
    PL_AUTO_FREE char *text = json_dumps(doc, JSON_SORT_KEYS | JSON_COMPACT);
    pl_buf_c(out, text ? text : "{}");
    out->bad |= !text;
}

/* ---- comparing ---- */

struct comparing {
    pl_arena *a;
    pl_settings *all;
    const pl_settings_scope *scopes;
    size_t n_scopes;
    pl_change *changes;
    size_t n, n_more;
};

bool pl_settings_has(const pl_settings *s, pl_str names)
{
    for (size_t i = 0; i < s->n; i++)
        if (pl_str_starts(s->v[i].name, names))
            return true;
    return false;
}

static const pl_settings_scope *scope_of(const struct comparing *c, pl_str name)
{
    for (size_t i = 0; i < c->n_scopes; i++)
        if (pl_str_starts(name, c->scopes[i].names))
            return &c->scopes[i];
    return NULL;
}

static void note(struct comparing *c, pl_str name, pl_str was, pl_str is)
{
    if (c->n == PL_GOVERN_CHANGES)
        c->n_more++;
    else
        c->changes[c->n++] = (pl_change){.name = name, .was = was, .is = is, .number = -1};
}

static void keep(struct comparing *c, const pl_setting *s)
{
    pl_setting *to = push(c->all, c->a);

    if (to)
        *to = *s;
}

static void only_before(struct comparing *c, const pl_setting *was)
{
    if (scope_of(c, was->name))
        note(c, was->name, was->value, (pl_str){"", 0});
    else
        keep(c, was);
}

static void only_now(struct comparing *c, const pl_setting *now)
{
    if (now->is_unknown)
        return;
    const pl_settings_scope *scope = scope_of(c, now->name);
    if (!scope || !scope->is_first)
        note(c, now->name, (pl_str){"", 0}, now->value);
    keep(c, now);
}

static void both(struct comparing *c, const pl_setting *was, const pl_setting *now)
{
    if (!now->is_unknown && !pl_str_eq(was->value, now->value))
        note(c, was->name, was->value, now->value);
    keep(c, now->is_unknown ? was : now);
}

static pl_rc say_more(struct comparing *c, pl_err *err)
{
    char text[64];

    if (c->n_more == 0)
        return PL_OK;
    (void)snprintf(text, sizeof(text), "%zu more changes", c->n_more + 1);
    c->changes[c->n - 1] = (pl_change){.name = pl_arena_str(c->a, pl_str_c(text)), .number = -1};
    return c->changes[c->n - 1].name.p ? PL_OK : pl_fail(err, PL_LIMIT, "changes");
}

pl_rc pl_settings_compare(const pl_settings *was, pl_settings *now, const pl_settings_scope *scopes,
                          size_t n_scopes, pl_arena *a, pl_settings *ret_all, pl_change **ret,
                          size_t *ret_n, pl_err *err)
{
    struct comparing c = {.a = a, .all = ret_all, .scopes = scopes, .n_scopes = n_scopes};
    size_t i = 0, k = 0;

    *ret_all = (pl_settings){0};
    c.changes = pl_arena_calloc(a, PL_GOVERN_CHANGES, sizeof(*c.changes));
    if (!c.changes || now->is_bad)
        return pl_fail(err, PL_LIMIT, "settings do not fit the memory of the run");
    if (now->n)
        qsort(now->v, now->n, sizeof(*now->v), by_name);
    while (i < was->n || k < now->n) {
        int order = i == was->n ? 1 : k == now->n ? -1 : by_name(&was->v[i], &now->v[k]);
        if (order < 0) {
            only_before(&c, &was->v[i++]);
        } else if (order > 0) {
            only_now(&c, &now->v[k++]);
        } else {
            both(&c, &was->v[i++], &now->v[k++]);
        }
    }
    *ret = c.changes;
    pl_rc rc = say_more(&c, err);
    *ret_n = c.n;
    return rc || !ret_all->is_bad ? rc : pl_fail(err, PL_LIMIT, "settings");
}
