/* SPDX-License-Identifier: Apache-2.0 */
#include "model/content_private.h"

#include <stddef.h>
#include <string.h>

enum { REQUIREMENT_ID_MAX = 64 };

static pl_rc load_requirement(const pl_loader *l, const pl_yaml *item, pl_requirement *ret,
                              pl_err *err)
{
    static const pl_binding keys[] = {
        {"id", PL_BIND_STR, true, offsetof(pl_requirement, id)},
        {"title", PL_BIND_STR, true, offsetof(pl_requirement, title)},
        {"section", PL_BIND_STR, false, offsetof(pl_requirement, section)},
        {"kind", PL_BIND_STR, false, offsetof(pl_requirement, kind)},
        {"heading", PL_BIND_BOOL, false, offsetof(pl_requirement, is_heading)},
        {"baselines", PL_BIND_STR, false, offsetof(pl_requirement, baselines)},
        {0},
    };
    pl_rc rc = pl_bind(&l->file, item, keys, ret, err);
    bool is_good = ret->id.n > 0 && ret->id.n <= REQUIREMENT_ID_MAX;

    for (size_t i = 0; i < ret->id.n; i++)
        is_good &= ret->id.p[i] > ' ' && ret->id.p[i] < 0x7f;
    if (rc || is_good)
        return rc;
    return pl_bind_fail(err, &l->file, item, "an id of a requirement is 1 to %d letters",
                        REQUIREMENT_ID_MAX);
}

static size_t find(const pl_requirement *v, size_t n, pl_str id)
{
    size_t i = 0;

    while (i < n && !pl_str_eq(v[i].id, id))
        i++;
    return i;
}

/* Behind the n_base requirements of a framework of ours, or in their place. */
static pl_rc load_requirements(const pl_loader *l, const pl_yaml *list, pl_framework *fw,
                               pl_err *err)
{
    const size_t n_base = fw->n;

    if (list->type != PL_YAML_SEQUENCE)
        return pl_bind_fail(err, &l->file, list, "requirements must be a sequence");
    pl_requirement *v = pl_arena_calloc(l->file.arena, n_base + list->n + 1, sizeof(*v));
    bool *is_new = pl_arena_calloc(l->file.arena, n_base + list->n + 1, sizeof(*is_new));
    if (!v || !is_new)
        return pl_bind_fail(err, &l->file, list, "too much content");
    if (n_base)
        memcpy(v, fw->requirements, n_base * sizeof(*v));

    for (size_t i = 0; i < list->n; i++) {
        pl_requirement r = {0};
        pl_rc rc = load_requirement(l, &list->items[i], &r, err);
        if (rc)
            return rc;
        size_t at = find(v, fw->n, r.id);
        if (at < fw->n && is_new[at])
            return pl_bind_fail(err, &l->file, &list->items[i], "requirement %.*s stands twice",
                                PL_F(r.id));
        r.effect = v[at].effect;
        r.containers = v[at].containers;
        v[at] = r;
        is_new[at] = true;
        fw->n += at == fw->n;
    }
    fw->requirements = v;
    return PL_OK;
}

size_t pl_loader_framework(const pl_loader *l, pl_str id)
{
    size_t i = 0;

    while (i < l->n_frameworks && !pl_str_eq(l->frameworks[i].id, id))
        i++;
    return i;
}

pl_rc pl_requirement_exists(const pl_loader *l, const pl_yaml *at, pl_str framework, pl_str id,
                            pl_err *err)
{
    size_t i = pl_loader_framework(l, framework);

    if (i == l->n_frameworks)
        return pl_bind_fail(err, &l->file, at, "unknown framework \"%.*s\"", PL_F(framework));
    const pl_framework *fw = &l->frameworks[i];
    return find(fw->requirements, fw->n, id) < fw->n
               ? PL_OK
               : pl_bind_fail(err, &l->file, at, "%.*s has no requirement \"%.*s\"",
                              PL_F(framework), PL_F(id));
}

static bool is_same_requirement(const pl_requirement *a, const pl_requirement *b)
{
    return pl_str_eq(a->id, b->id) && pl_str_eq(a->title, b->title) &&
           pl_str_eq(a->section, b->section) && pl_str_eq(a->kind, b->kind) &&
           pl_str_eq(a->baselines, b->baselines) && a->is_heading == b->is_heading;
}

static bool is_same(const pl_framework *a, const pl_framework *b)
{
    bool same = a->n == b->n && pl_str_eq(a->name, b->name) && pl_str_eq(a->note, b->note);

    for (size_t i = 0; same && i < a->n; i++)
        same = is_same_requirement(&a->requirements[i], &b->requirements[i]);
    return same;
}

pl_rc pl_load_framework(pl_loader *l, const pl_yaml *doc, pl_err *err)
{
    struct raw {
        pl_str id, name, note;
        const pl_yaml *requirements;
    } raw = {0};
    static const pl_binding keys[] = {
        {"framework", PL_BIND_STR, true, offsetof(struct raw, id)},
        {"name", PL_BIND_STR, true, offsetof(struct raw, name)},
        {"note", PL_BIND_STR, false, offsetof(struct raw, note)},
        {"requirements", PL_BIND_NODE, true, offsetof(struct raw, requirements)},
        {0},
    };
    pl_rc rc = pl_bind(&l->file, doc, keys, &raw, err);
    if (!rc)
        rc = pl_loader_check_id(l, doc, "framework", raw.id, err);
    if (rc)
        return rc;

    size_t at = pl_loader_framework(l, raw.id);
    bool is_there = at < l->n_frameworks;
    pl_framework fw = {.id = raw.id, .name = raw.name, .note = raw.note};
    if (at < PL_LOADER_BASE(l, frameworks)) {
        fw.requirements = l->frameworks[at].requirements;
        fw.n = l->frameworks[at].n;
    }
    rc = load_requirements(l, raw.requirements, &fw, err);
    const pl_loader_item item = {"framework", raw.id, is_there, at < PL_LOADER_BASE(l, frameworks),
                                 is_there && is_same(&fw, &l->frameworks[at])};
    if (!rc)
        rc = pl_loader_note(l, doc, &item, NULL, err);
    if (rc)
        return rc;
    if (!is_there && !PL_LOADER_PUSH(l, frameworks))
        return pl_bind_fail(err, &l->file, doc, "too much content");
    l->frameworks[at] = fw;
    return PL_OK;
}
