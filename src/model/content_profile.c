/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles: which requirements are in scope, and values for parameters (content/profiles/). */
#include "model/content_private.h"

#include "core/buf.h"

#include <stddef.h>
#include <string.h>

/* "9.*" is all that begin with "9.". */
static bool matches(pl_str pattern, pl_str id)
{
    bool is_open = pl_str_ends(pattern, PL_S("*"));

    return is_open ? pl_str_starts(id, pl_str_sub(pattern, 0, pattern.n - 1))
                   : pl_str_eq(pattern, id);
}

static bool is_among(const pl_str *v, size_t n, pl_str id)
{
    for (size_t i = 0; i < n; i++)
        if (matches(v[i], id))
            return true;
    return false;
}

bool pl_profile_has(const pl_profile_scope *s, const pl_requirement *r)
{
    return (!s->baseline.n || pl_str_has(r->baselines, s->baseline)) &&
           (!s->n_only || is_among(s->only, s->n_only, r->id)) &&
           !is_among(s->without, s->n_without, r->id);
}

const pl_profile_scope *pl_profile_scope_of(const pl_profile *p, pl_str framework)
{
    for (size_t i = 0; i < p->n; i++)
        if (pl_str_eq(p->scopes[i].framework, framework))
            return &p->scopes[i];
    return NULL;
}

static pl_rc ids_exist(const pl_loader *l, const pl_yaml *at, const pl_framework *fw,
                       const pl_strs *ids, pl_err *err)
{
    for (size_t i = 0; i < ids->n; i++) {
        size_t k = 0;
        while (k < fw->n && !matches(ids->v[i], fw->requirements[k].id))
            k++;
        if (k == fw->n)
            return pl_bind_fail(err, &l->file, at, "%.*s has no requirement \"%.*s\"", PL_F(fw->id),
                                PL_F(ids->v[i]));
    }
    return PL_OK;
}

static pl_rc load_scope(const pl_loader *l, const pl_yaml *key, pl_profile_scope *ret, pl_err *err)
{
    struct raw {
        pl_str baseline;
        pl_strs only, without;
    } raw = {0};
    static const pl_binding keys[] = {
        {"baseline", PL_BIND_STR, false, offsetof(struct raw, baseline)},
        {"only", PL_BIND_STRS, false, offsetof(struct raw, only)},
        {"without", PL_BIND_STRS, false, offsetof(struct raw, without)},
        {0},
    };
    const pl_yaml *value = key + 1;
    size_t at = pl_loader_framework(l, key->text);

    if (at == l->n_frameworks)
        return pl_bind_fail(err, &l->file, key, "unknown framework \"%.*s\"", PL_F(key->text));
    if (value->type == PL_YAML_SCALAR && pl_str_eq(value->text, PL_S("all"))) {
        *ret = (pl_profile_scope){.framework = key->text};
        return PL_OK;
    }
    pl_rc rc = pl_bind(&l->file, value, keys, &raw, err);
    if (!rc)
        rc = ids_exist(l, key, &l->frameworks[at], &raw.only, err);
    if (!rc)
        rc = ids_exist(l, key, &l->frameworks[at], &raw.without, err);
    if (!rc && raw.baseline.n &&
        (raw.baseline.n != 1 || !memchr("LMH", raw.baseline.p[0], sizeof("LMH") - 1)))
        rc = pl_bind_fail(err, &l->file, key, "baseline must be L, M or H");
    *ret = (pl_profile_scope){key->text,  raw.baseline,  raw.only.v,
                              raw.only.n, raw.without.v, raw.without.n};
    return rc;
}

static pl_rc load_scopes(const pl_loader *l, const pl_yaml *map, pl_profile *p, pl_err *err)
{
    if (map->type != PL_YAML_MAPPING || map->n == 0)
        return pl_bind_fail(err, &l->file, map, "frameworks must name some");
    pl_profile_scope *v = pl_arena_calloc(l->file.arena, map->n, sizeof(*v));
    if (!v)
        return pl_bind_fail(err, &l->file, map, "too much content");
    for (size_t i = 0; i < map->n; i++) {
        pl_rc rc = load_scope(l, &map->items[2 * i], &v[i], err);
        if (rc)
            return rc;
    }
    p->scopes = v;
    p->n = map->n;
    return PL_OK;
}

static bool is_parameter(const pl_loader *l, pl_str name)
{
    for (size_t i = 0; i < l->n_lists; i++)
        if (l->lists[i].is_policy && pl_str_eq(l->lists[i].name, name))
            return true;
    return false;
}

/* "profile pci-cde, profiles/pci.yaml:12" */
static pl_str origin_of(const pl_loader *l, const pl_yaml *at, pl_str id)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_fmt(&text, "profile %.*s, %s:%d", PL_F(id), l->file.name, at->line);
    return pl_buf_ok(&text) ? pl_arena_str(l->file.arena, pl_buf_view(&text)) : (pl_str){0};
}

static pl_rc load_values(const pl_loader *l, const pl_yaml *map, pl_profile *p, pl_err *err)
{
    if (map->type != PL_YAML_MAPPING)
        return pl_bind_fail(err, &l->file, map, "policy must name parameters");
    pl_policy_value *v = pl_arena_calloc(l->file.arena, map->n + 1, sizeof(*v));
    if (!v)
        return pl_bind_fail(err, &l->file, map, "too much content");
    for (size_t i = 0; i < map->n; i++) {
        const pl_yaml *key = &map->items[2 * i];
        pl_strs items;
        if (!is_parameter(l, key->text))
            return pl_bind_fail(err, &l->file, key, "unknown parameter \"%.*s\"", PL_F(key->text));
        pl_rc rc = pl_bind_strs(&l->file, key + 1, &items, err);
        if (rc)
            return rc;
        v[i] = (pl_policy_value){key->text, items.v, items.n, origin_of(l, key, p->id)};
    }
    p->policy = v;
    p->n_policy = map->n;
    return PL_OK;
}

pl_rc pl_load_profile(pl_loader *l, const pl_yaml *doc, pl_err *err)
{
    struct raw {
        pl_profile p;
        const pl_yaml *frameworks, *policy;
    } raw = {0};
    static const pl_binding keys[] = {
        {"profile", PL_BIND_STR, true, offsetof(struct raw, p.id)},
        {"name", PL_BIND_STR, true, offsetof(struct raw, p.name)},
        {"note", PL_BIND_STR, false, offsetof(struct raw, p.note)},
        {"frameworks", PL_BIND_NODE, true, offsetof(struct raw, frameworks)},
        {"policy", PL_BIND_NODE, false, offsetof(struct raw, policy)},
        {0},
    };
    pl_profile *p = &raw.p;
    size_t at = 0;
    pl_rc rc = pl_bind(&l->file, doc, keys, &raw, err);
    if (!rc)
        rc = pl_loader_check_id(l, doc, "profile", p->id, err);
    if (!rc)
        rc = load_scopes(l, raw.frameworks, p, err);
    if (!rc && raw.policy)
        rc = load_values(l, raw.policy, p, err);
    if (rc)
        return rc;
    p->where = pl_loader_where(l, doc);
    while (at < l->n_profiles && !pl_str_eq(l->profiles[at].id, p->id))
        at++;
    const pl_loader_item item = {"profile", p->id, at < l->n_profiles,
                                 at < PL_LOADER_BASE(l, profiles),
                                 at < l->n_profiles && pl_profile_is_same(&l->profiles[at], p)};
    rc = pl_loader_note(l, doc, &item, NULL, err);
    if (!rc && at == l->n_profiles && !PL_LOADER_PUSH(l, profiles))
        rc = pl_bind_fail(err, &l->file, doc, "too much content");
    if (!rc)
        l->profiles[at] = *p;
    return rc;
}

static pl_rc unknown_profile(const pl_content *c, pl_str id, pl_err *err)
{
    PL_AUTO_BUF pl_buf names = {0};

    for (size_t i = 0; i < c->n_profiles; i++)
        pl_buf_fmt(&names, "%s%.*s", i ? ", " : "", PL_F(c->profiles[i].id));
    return pl_fail(err, PL_USAGE, "unknown profile \"%.*s\"; there are %.*s", PL_F(id),
                   PL_F(pl_buf_view(&names)));
}

pl_rc pl_content_use_profile(pl_content *c, pl_str id, pl_err *err)
{
    size_t at = 0;

    while (at < c->n_profiles && !pl_str_eq(c->profiles[at].id, id))
        at++;
    if (at == c->n_profiles)
        return unknown_profile(c, id, err);
    const pl_profile *p = &c->profiles[at];
    pl_list *lists = pl_arena_calloc(c->arena, c->n_lists + 1, sizeof(*lists));
    if (!lists)
        return pl_fail(err, PL_LIMIT, "profile %.*s: too much content", PL_F(id));
    if (c->n_lists)
        memcpy(lists, c->lists, c->n_lists * sizeof(*lists));
    for (size_t i = 0; i < c->n_lists; i++)
        for (size_t k = 0; k < p->n_policy; k++) {
            const pl_policy_value *v = &p->policy[k];
            if (lists[i].where.n || !pl_str_eq(lists[i].name, v->name))
                continue;
            lists[i].items = v->items;
            lists[i].n = v->n;
            lists[i].is_unset = false;
            lists[i].where = v->where;
            break;
        }
    c->lists = lists;
    c->profile = p;
    return PL_OK;
}
