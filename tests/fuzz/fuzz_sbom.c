/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are read as a bill of materials, and as a package URL. */
#include "core/arena.h"
#include "package/purl.h"
#include "package/sbom.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const pl_str text = {(const char *)data, size};
    const pl_distribution none = {0};
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new((size_t)16 << 20);
    pl_purl_parts parts;
    pl_package p;
    pl_sbom b;
    pl_err err = {0};

    if (!arena)
        return 0;
    if (pl_purl_parse(text, arena, &parts, &err) == PL_OK)
        (void)!pl_purl_package(&parts, text, &none, arena, &p, &err);
    if (pl_sbom_looks_like(text))
        (void)!pl_sbom_read(text, arena, &b, &err);
    return 0;
}
