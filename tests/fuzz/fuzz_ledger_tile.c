/* SPDX-License-Identifier: Apache-2.0 */
/* A tile's name, up to a newline, then a bundle: names have one spelling, entries stay inside. */
#include "ledger/tile.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_str rest = {(const char *)data, size};
    pl_str path = {0};
    pl_str leaf;
    pl_tile t;
    char text[PL_TILE_PATH];

    (void)pl_str_cut(&rest, '\n', &path);
    if (pl_tile_parse(path, &t)) {
        pl_tile_print(&t, text);
        if (!pl_str_eq(pl_str_c(text), path))
            abort();
    }
    while (pl_bundle_next(&rest, &leaf))
        if (leaf.p + leaf.n > (const char *)data + size)
            abort();
    return 0;
}
