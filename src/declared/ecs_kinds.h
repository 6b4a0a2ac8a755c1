/* SPDX-License-Identifier: Apache-2.0 */
/* Kind "ecs" and its elements; the tables are ecs.def and ecs_elements.def. */
#pragma once

#include "model/value.h"

#define PL_FIELD PL_FIELD_ENUM
enum {
#include "declared/ecs.def"
};
#undef PL_FIELD

#define PL_ELEMENTS "declared/ecs_elements.def"
#define PL_ELEMENT_NAME(sym) PL_EE_##sym
#include "model/element_fields.def"

extern const pl_kind pl_ecs_kind;

typedef enum pl_ecs_element {
#include "model/element_names.def"
    PL_EE_COUNT
} pl_ecs_element;
#undef PL_ELEMENTS
#undef PL_ELEMENT_NAME

const pl_kind *pl_ecs_element_kind(pl_ecs_element e);

void pl_ecs_register(pl_schema *s);
