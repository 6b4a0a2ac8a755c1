/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds and field numbers of this room; the tables are endpoint.def and elements.def. */
#pragma once

#include "model/value.h"

#define PL_FIELD PL_FIELD_ENUM
enum {
#include "probe/endpoint.def"
};
#undef PL_FIELD

#define PL_ELEMENTS "probe/elements.def"
#define PL_ELEMENT_NAME(sym) PL_EE_##sym
#include "model/element_fields.def"

extern const pl_kind pl_endpoint_kind;

typedef enum pl_endpoint_element {
#include "model/element_names.def"
    PL_EE_COUNT
} pl_endpoint_element;
#undef PL_ELEMENTS
#undef PL_ELEMENT_NAME

const pl_kind *pl_endpoint_element_kind(pl_endpoint_element e);
