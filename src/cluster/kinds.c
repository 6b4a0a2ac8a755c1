/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/kinds.h"

#include "core/attr.h"

#define PL_FIELD PL_FIELD_ROW
static const pl_field cluster_fields[] = {
#include "cluster/cluster.def"
};
#undef PL_FIELD

#define PL_ELEMENTS "cluster/elements.def"
#define PL_ELEMENT_NAME(sym) PL_CE_##sym
#include "model/element_kinds.def"

const pl_kind pl_cluster_kind = {
    .name = "cluster",
    .help = "A Kubernetes cluster, through its API",
    .is_subject = true,
    .fields = cluster_fields,
    .n = PL_COUNT(cluster_fields),
};

const pl_kind *pl_cluster_element_kind(pl_cluster_element e)
{
    return &elements[e];
}

void pl_cluster_register(pl_schema *s)
{
    pl_common_register(s);
    pl_schema_add(s, &pl_cluster_kind);
    for (size_t i = 0; i < PL_COUNT(elements); i++)
        pl_schema_add(s, &elements[i]);
}
