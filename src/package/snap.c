/* SPDX-License-Identifier: Apache-2.0 */
#include "package/snap.h"

#include "core/yaml_tree.h"
#include "package/limits.h"

enum { BUDGET = 4 << 20 };

static pl_str scalar(const pl_yaml *doc, const char *key)
{
    const pl_yaml *v = pl_yaml_get(doc, key);

    if (v && v->type == PL_YAML_SEQUENCE && v->n == 1)
        v = &v->items[0]; /* a list of one architecture */
    return v && v->type == PL_YAML_SCALAR && !pl_yaml_is_null(v) ? v->text : (pl_str){"", 0};
}

pl_rc pl_snap_parse(pl_str yaml, pl_package_each each, void *arg, pl_package_damage *ret_damage,
                    pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(BUDGET);
    pl_yaml *doc = NULL;

    *ret_damage = (pl_package_damage){0};
    if (!a)
        return pl_fail(err, PL_NOMEM, "snap.yaml");
    if (pl_yaml_parse(a, yaml, &doc, &ret_damage->why))
        return PL_OK;
    pl_package p = {.type = PL_S("snap"),
                    .name = scalar(doc, "name"),
                    .version = scalar(doc, "version"),
                    .arch = scalar(doc, "architectures"),
                    .license = pl_str_sub(scalar(doc, "license"), 0, PL_PACKAGE_TEXT_MAX)};
    p.source = p.name;
    p.source_version = p.version;
    bool is_named = p.name.n && p.version.n && p.name.n <= PL_PACKAGE_FIELD_MAX &&
                    p.version.n <= PL_PACKAGE_FIELD_MAX && p.arch.n <= PL_PACKAGE_FIELD_MAX;
    ret_damage->nameless = !is_named;
    return is_named ? each(&p, arg, err) : PL_OK;
}
