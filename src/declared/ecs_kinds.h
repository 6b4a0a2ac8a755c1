/* SPDX-License-Identifier: Apache-2.0 */
/* Kind "ecs" and its elements; the tables are ecs.def and ecs_elements.def. */
#pragma once

#include "model/value.h"

#define PL_FIELD PL_FIELD_ENUM
enum {
#include "declared/ecs.def"
};

/* Each kind counts from 0. */
#define PL_ELEMENT_KIND(sym, name, help) enum {
#define PL_ELEMENT_END()                                                                           \
    }                                                                                              \
    ;
#include "declared/ecs_elements.def"
#undef PL_ELEMENT_KIND
#undef PL_ELEMENT_END
#undef PL_FIELD

extern const pl_kind pl_ecs_kind;

typedef enum pl_ecs_element {
#define PL_ELEMENT_KIND(sym, name, help) PL_EE_##sym,
#define PL_ELEMENT_END()
#define PL_FIELD(sym, name, type, of, flags, help)
#include "declared/ecs_elements.def"
#undef PL_ELEMENT_KIND
#undef PL_ELEMENT_END
#undef PL_FIELD
    PL_EE_COUNT
} pl_ecs_element;

const pl_kind *pl_ecs_element_kind(pl_ecs_element e);

void pl_ecs_register(pl_schema *s);
