/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds and field numbers of this room; the tables are host.def and elements.def. */
#pragma once

#include "model/value.h"

#define PL_FIELD PL_FIELD_ENUM
enum {
#include "host/host.def"
};
#undef PL_FIELD

#define PL_ELEMENTS "host/elements.def"
#define PL_ELEMENT_NAME(sym) PL_HE_##sym
#include "model/element_fields.def"

extern const pl_kind pl_host_kind;

typedef enum pl_host_element {
#include "model/element_names.def"
    PL_HE_COUNT
} pl_host_element;
#undef PL_ELEMENTS
#undef PL_ELEMENT_NAME

const pl_kind *pl_host_element_kind(pl_host_element e);
