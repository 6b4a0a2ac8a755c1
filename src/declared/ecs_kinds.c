/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/ecs_kinds.h"

#include "core/attr.h"

#define PL_FIELD PL_FIELD_ROW
static const pl_field ecs_fields[] = {
#include "declared/ecs.def"
};
#undef PL_FIELD

#define PL_ELEMENTS "declared/ecs_elements.def"
#define PL_ELEMENT_NAME(sym) PL_EE_##sym
#include "model/element_kinds.def"

const pl_kind pl_ecs_kind = {
    .name = "ecs",
    .help = "What was exported of ECS: services, clusters, task definitions, instances, roles",
    .is_subject = true,
    .fields = ecs_fields,
    .n = PL_COUNT(ecs_fields),
};

const pl_kind *pl_ecs_element_kind(pl_ecs_element e)
{
    return &elements[e];
}

void pl_ecs_register(pl_schema *s)
{
    pl_schema_add(s, &pl_ecs_kind);
    for (size_t i = 0; i < PL_COUNT(elements); i++)
        pl_schema_add(s, &elements[i]);
}
