/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds and field numbers of this room; the tables are endpoint.def and elements.def. */
#pragma once

#include "model/value.h"

#define PL_FIELD PL_FIELD_ENUM
enum {
#include "probe/endpoint.def"
};

/* Each kind counts from 0. */
#define PL_ELEMENT_KIND(sym, name, help) enum {
#define PL_ELEMENT_END()                                                                           \
    }                                                                                              \
    ;
#include "probe/elements.def"
#undef PL_ELEMENT_KIND
#undef PL_ELEMENT_END
#undef PL_FIELD

extern const pl_kind pl_endpoint_kind;

typedef enum pl_endpoint_element {
#define PL_ELEMENT_KIND(sym, name, help) PL_EE_##sym,
#define PL_ELEMENT_END()
#define PL_FIELD(sym, name, type, of, flags, help)
#include "probe/elements.def"
#undef PL_ELEMENT_KIND
#undef PL_ELEMENT_END
#undef PL_FIELD
    PL_EE_COUNT
} pl_endpoint_element;

const pl_kind *pl_endpoint_element_kind(pl_endpoint_element e);
