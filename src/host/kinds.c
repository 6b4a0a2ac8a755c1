/* SPDX-License-Identifier: Apache-2.0 */
#include "host/kinds.h"

#include "host/host.h"

#define PL_FIELD PL_FIELD_ROW
static const pl_field host_fields[] = {
#include "host/host.def"
};

#define PL_ELEMENT_KIND(sym, name, help) static const pl_field fields_##sym[] = {
#define PL_ELEMENT_END()                                                                           \
    }                                                                                              \
    ;
#include "host/elements.def"
#undef PL_ELEMENT_KIND
#undef PL_ELEMENT_END
#undef PL_FIELD

const pl_kind pl_host_kind = {
    .name = "host",
    .help = "The machine that runs the containers",
    .is_subject = true,
    .fields = host_fields,
    .n = PL_COUNT(host_fields),
};

static const pl_kind elements[] = {
#define PL_ELEMENT_KIND(sym, name, help)                                                           \
    [PL_HE_##sym] = {name, help, false, fields_##sym, PL_COUNT(fields_##sym)},
#define PL_ELEMENT_END()
#define PL_FIELD(sym, name, type, of, flags, help)
#include "host/elements.def"
#undef PL_ELEMENT_KIND
#undef PL_ELEMENT_END
#undef PL_FIELD
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
