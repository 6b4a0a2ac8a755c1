/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that stand beside requirements and checks: what containers do to a requirement
 * (content/containers/), and which integration scripts show a check (content/coverage/). */
#include "model/content_private.h"

#include <stddef.h>
#include <stdint.h>

static const char *const words[] = {"strengthen", "weaken", "new", "same"};

static bool is_word(pl_str word)
{
    for (size_t i = 0; i < PL_COUNT(words); i++)
        if (pl_str_eq(word, pl_str_c(words[i])))
            return true;
    return false;
}

static void set(const pl_requirement *r, const pl_effect *e)
{
    pl_requirement *to = (pl_requirement *)(uintptr_t)r; /* the loader's own copy */

    to->effect = e->id;
    to->containers = e->containers;
}

/* "9.*": all that begin with "9." and have no effect yet. */
static pl_rc give_open(pl_loader *l, const pl_yaml *at, const pl_framework *fw, pl_str pattern,
                       const pl_effect *e, pl_err *err)
{
    pl_str begin = pl_str_sub(pattern, 0, pattern.n - 1);
    size_t n = 0;

    for (size_t i = 0; i < fw->n; i++)
        if (pl_str_starts(fw->requirements[i].id, begin)) {
            if (!fw->requirements[i].effect.n)
                set(&fw->requirements[i], e);
            n++;
        }
    return n ? PL_OK : pl_requirement_exists(l, at, fw->id, pattern, err);
}

/* A folder may say another effect of a requirement than ours does; within one content only one
 * is said. */
static pl_rc give(pl_loader *l, const pl_yaml *at, const pl_framework *fw, pl_str id,
                  const pl_effect *e, pl_err *err)
{
    if (pl_str_ends(id, PL_S("*")))
        return give_open(l, at, fw, id, e, err);
    for (size_t i = 0; i < fw->n; i++) {
        const pl_requirement *r = &fw->requirements[i];
        if (!pl_str_eq(r->id, id))
            continue;
        if (r->effect.n && !l->base)
            return pl_bind_fail(err, &l->file, at, "%.*s %.*s has effect %.*s already",
                                PL_F(fw->id), PL_F(id), PL_F(r->effect));
        set(r, e);
        return PL_OK;
    }
    return pl_requirement_exists(l, at, fw->id, id, err);
}

static pl_rc give_all(pl_loader *l, const pl_yaml *map, const pl_effect *e, pl_err *err)
{
    if (map->type != PL_YAML_MAPPING)
        return pl_bind_fail(err, &l->file, map, "requirements must name frameworks");
    for (size_t i = 0; i < map->n; i++) {
        const pl_yaml *key = &map->items[2 * i];
        size_t at = pl_loader_framework(l, key->text);
        pl_strs ids;
        pl_rc rc = pl_bind_strs(&l->file, key + 1, &ids, err);
        if (!rc && at == l->n_frameworks)
            rc = pl_bind_fail(err, &l->file, key, "unknown framework \"%.*s\"", PL_F(key->text));
        for (size_t k = 0; !rc && k < ids.n; k++)
            rc = give(l, key, &l->frameworks[at], ids.v[k], e, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

static bool is_same(const pl_effect *a, const pl_effect *b)
{
    return pl_str_eq(a->containers, b->containers) && pl_str_eq(a->why, b->why) &&
           pl_str_eq(a->ask, b->ask);
}

static size_t find_effect(const pl_loader *l, pl_str id)
{
    size_t i = 0;

    while (i < l->n_effects && !pl_str_eq(l->effects[i].id, id))
        i++;
    return i;
}

static pl_rc load_effect(pl_loader *l, const pl_yaml *item, pl_err *err)
{
    struct raw {
        pl_effect e;
        const pl_yaml *requirements;
    } raw = {0};
    static const pl_binding keys[] = {
        {"effect", PL_BIND_STR, true, offsetof(struct raw, e.id)},
        {"containers", PL_BIND_STR, true, offsetof(struct raw, e.containers)},
        {"why", PL_BIND_STR, true, offsetof(struct raw, e.why)},
        {"ask", PL_BIND_STR, true, offsetof(struct raw, e.ask)},
        {"requirements", PL_BIND_NODE, true, offsetof(struct raw, requirements)},
        {0},
    };
    pl_rc rc = pl_bind(&l->file, item, keys, &raw, err);
    if (!rc)
        rc = pl_loader_check_id(l, item, "effect", raw.e.id, err);
    if (rc)
        return rc;
    if (!is_word(raw.e.containers))
        return pl_bind_fail(err, &l->file, item,
                            "containers must be strengthen, weaken, new or same");
    size_t at = find_effect(l, raw.e.id);
    const pl_loader_item what = {"effect", raw.e.id, at < l->n_effects,
                                 at < PL_LOADER_BASE(l, effects),
                                 at < l->n_effects && is_same(&l->effects[at], &raw.e)};
    rc = pl_loader_note(l, item, &what, NULL, err);
    if (rc)
        return rc;
    if (at == l->n_effects && !PL_LOADER_PUSH(l, effects))
        return pl_bind_fail(err, &l->file, item, "too much content");
    l->effects[at] = raw.e;
    return give_all(l, raw.requirements, &raw.e, err);
}

static pl_rc each_item(pl_loader *l, const pl_yaml *doc,
                       pl_rc (*load)(pl_loader *, const pl_yaml *, pl_err *), pl_err *err)
{
    if (doc->type != PL_YAML_SEQUENCE)
        return pl_bind_fail(err, &l->file, doc, "expected a sequence of items");
    for (size_t i = 0; i < doc->n; i++) {
        pl_rc rc = load(l, &doc->items[i], err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

pl_rc pl_load_effects(pl_loader *l, const pl_yaml *doc, pl_err *err)
{
    return each_item(l, doc, load_effect, err);
}

static pl_rc load_shown(pl_loader *l, const pl_yaml *item, pl_err *err)
{
    struct raw {
        pl_str check, pass, fail;
    } raw = {0};
    static const pl_binding keys[] = {
        {"check", PL_BIND_STR, true, offsetof(struct raw, check)},
        {"pass", PL_BIND_STR, false, offsetof(struct raw, pass)},
        {"fail", PL_BIND_STR, false, offsetof(struct raw, fail)},
        {0},
    };
    pl_rc rc = pl_bind(&l->file, item, keys, &raw, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < l->n_checks; i++)
        if (pl_str_eq(l->checks[i].id, raw.check)) {
            l->checks[i].shown_pass = raw.pass;
            l->checks[i].shown_fail = raw.fail;
            return PL_OK;
        }
    return pl_bind_fail(err, &l->file, item, "there is no check \"%.*s\"", PL_F(raw.check));
}

pl_rc pl_load_shown(pl_loader *l, const pl_yaml *doc, pl_err *err)
{
    return each_item(l, doc, load_shown, err);
}
