/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds and field numbers of this room; the tables are cluster.def and elements.def. */
#pragma once

#include "model/common.h"
#include "model/value.h"

#define PL_FIELD PL_FIELD_ENUM
enum {
#include "cluster/cluster.def"
};

/* Each kind counts from 0. */
#define PL_ELEMENT_KIND(sym, name, help) enum {
#define PL_ELEMENT_END()                                                                           \
    }                                                                                              \
    ;
#include "cluster/elements.def"
#undef PL_ELEMENT_KIND
#undef PL_ELEMENT_END
#undef PL_FIELD

extern const pl_kind pl_cluster_kind;

typedef enum pl_cluster_element {
#define PL_ELEMENT_KIND(sym, name, help) PL_CE_##sym,
#define PL_ELEMENT_END()
#define PL_FIELD(sym, name, type, of, flags, help)
#include "cluster/elements.def"
#undef PL_ELEMENT_KIND
#undef PL_ELEMENT_END
#undef PL_FIELD
    PL_CE_COUNT
} pl_cluster_element;

const pl_kind *pl_cluster_element_kind(pl_cluster_element e);

void pl_cluster_register(pl_schema *s);
