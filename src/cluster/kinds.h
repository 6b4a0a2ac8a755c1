/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds and field numbers of this room; the tables are cluster.def and elements.def. */
#pragma once

#include "model/common.h"
#include "model/value.h"

#define PL_FIELD PL_FIELD_ENUM
enum {
#include "cluster/cluster.def"
};
#undef PL_FIELD

#define PL_ELEMENTS "cluster/elements.def"
#define PL_ELEMENT_NAME(sym) PL_CE_##sym
#include "model/element_fields.def"

extern const pl_kind pl_cluster_kind;

typedef enum pl_cluster_element {
#include "model/element_names.def"
    PL_CE_COUNT
} pl_cluster_element;
#undef PL_ELEMENTS
#undef PL_ELEMENT_NAME

const pl_kind *pl_cluster_element_kind(pl_cluster_element e);

void pl_cluster_register(pl_schema *s);
