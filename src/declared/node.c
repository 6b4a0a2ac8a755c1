/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/node.h"

pl_str pl_node_text(const pl_yaml *map, const char *key)
{
    const pl_yaml *v = pl_yaml_get(map, key);
    return v && v->type == PL_YAML_SCALAR && !pl_yaml_is_null(v) ? v->text : (pl_str){"", 0};
}

const pl_yaml *pl_node_list(const pl_yaml *map, const char *key)
{
    static const pl_yaml none = {.type = PL_YAML_SEQUENCE};
    const pl_yaml *v = pl_yaml_get(map, key);
    return v && v->type == PL_YAML_SEQUENCE ? v : &none;
}

json_t *pl_node_string(const pl_yaml *v)
{
    return pl_draft_text(v->text);
}

json_t *pl_node_flag(const pl_yaml *v)
{
    bool b = false;
    return pl_yaml_bool(v, &b) ? json_boolean(b) : NULL;
}

json_t *pl_node_number(const pl_yaml *v)
{
    int64_t n = 0;
    return pl_str_i64(v->text, &n) ? json_integer(n) : NULL;
}

void pl_node_put(pl_draft *d, const pl_yaml *v, pl_node_shape make, const char *path)
{
    if (!v || pl_yaml_is_null(v))
        return;
    json_t *value = v->type == PL_YAML_SCALAR ? make(v) : NULL;
    if (value)
        pl_draft_set(d, path, value, v);
    else
        pl_draft_open(d, path, v);
}

void pl_node_words(pl_draft *d, const pl_yaml *v, const char *path)
{
    if (!v || pl_yaml_is_null(v))
        return;
    for (size_t i = 0; v->type == PL_YAML_SEQUENCE && i < v->n; i++)
        pl_draft_add(d, path, pl_draft_text(v->items[i].text), v->items[i].text, &v->items[i]);
    if (v->type != PL_YAML_SEQUENCE)
        pl_draft_open(d, path, v);
}
