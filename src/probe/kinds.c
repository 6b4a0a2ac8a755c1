/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/kinds.h"

#include "core/attr.h"
#include "probe/probe.h"

#define PL_FIELD PL_FIELD_ROW
static const pl_field endpoint_fields[] = {
#include "probe/endpoint.def"
};
#undef PL_FIELD

#define PL_ELEMENTS "probe/elements.def"
#define PL_ELEMENT_NAME(sym) PL_EE_##sym
#include "model/element_kinds.def"

const pl_kind pl_endpoint_kind = {
    .name = "endpoint",
    .help = "An address and port that answers others",
    .is_subject = true,
    .fields = endpoint_fields,
    .n = PL_COUNT(endpoint_fields),
};

const pl_kind *pl_endpoint_element_kind(pl_endpoint_element e)
{
    return &elements[e];
}

void pl_endpoint_register(pl_schema *s)
{
    pl_schema_add(s, &pl_endpoint_kind);
    for (size_t i = 0; i < PL_COUNT(elements); i++)
        pl_schema_add(s, &elements[i]);
}
