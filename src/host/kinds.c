/* SPDX-License-Identifier: Apache-2.0 */
#include "host/kinds.h"

#include "host/host.h"

#define PL_FIELD PL_FIELD_ROW
static const pl_field host_fields[] = {
#include "host/host.def"
};
#undef PL_FIELD

#define PL_ELEMENTS "host/elements.def"
#define PL_ELEMENT_NAME(sym) PL_HE_##sym
#include "model/element_kinds.def"

const pl_kind pl_host_kind = {
    .name = "host",
    .help = "The machine that runs the containers",
    .is_subject = true,
    .fields = host_fields,
    .n = PL_COUNT(host_fields),
};

const pl_kind *pl_host_element_kind(pl_host_element e)
{
    return &elements[e];
}

void pl_host_register(pl_schema *s)
{
    pl_schema_add(s, &pl_host_kind);
    for (size_t i = 0; i < PL_COUNT(elements); i++)
        pl_schema_add(s, &elements[i]);
}
