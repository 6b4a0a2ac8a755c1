/* SPDX-License-Identifier: Apache-2.0 */
#include "model/common.h"

#define PL_FIELD PL_FIELD_ROW
static const pl_field env_fields[] = {
#include "model/env.def"
};
static const pl_field label_fields[] = {
#include "model/label.def"
};
#undef PL_FIELD

const pl_kind pl_kind_env = {"env", "An environment variable", false, env_fields,
                             PL_COUNT(env_fields)};
const pl_kind pl_kind_label = {"label", "A label", false, label_fields, PL_COUNT(label_fields)};

void pl_common_register(pl_schema *s)
{
    static const pl_kind *const kinds[] = {&pl_kind_env, &pl_kind_label};

    for (size_t i = 0; i < PL_COUNT(kinds); i++)
        if (!pl_schema_kind(s, pl_str_c(kinds[i]->name)))
            pl_schema_add(s, kinds[i]);
}
