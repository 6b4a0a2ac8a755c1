/* SPDX-License-Identifier: Apache-2.0 */
#include "model/content_private.h"

#include <stddef.h>

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
    return pl_bind(&l->file, item, keys, ret, err);
}

static pl_rc load_requirements(const pl_loader *l, const pl_yaml *list, pl_framework *fw,
                               pl_err *err)
{
    if (list->type != PL_YAML_SEQUENCE)
        return pl_bind_fail(err, &l->file, list, "requirements must be a sequence");
    pl_requirement *v = pl_arena_calloc(l->file.arena, list->n ? list->n : 1, sizeof(*v));
    if (!v)
        return pl_bind_fail(err, &l->file, list, "too much content");

    for (size_t i = 0; i < list->n; i++) {
        pl_rc rc = load_requirement(l, &list->items[i], &v[i], err);
        if (rc)
            return rc;
    }
    fw->requirements = v;
    fw->n = list->n;
    return PL_OK;
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
    if (rc)
        return rc;

    pl_framework *fw = pl_loader_push(l->file.arena, (void **)&l->frameworks, &l->n_frameworks,
                                      &l->room_frameworks, sizeof(*fw));
    if (!fw)
        return pl_bind_fail(err, &l->file, doc, "too much content");
    *fw = (pl_framework){.id = raw.id, .name = raw.name, .note = raw.note};
    return load_requirements(l, raw.requirements, fw, err);
}
