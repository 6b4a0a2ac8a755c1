/* SPDX-License-Identifier: Apache-2.0 */
/* Frames one after the other: a frame never reaches past the input, and ends where it says. */
#include "ledger/journal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_str rest = {(const char *)data, size};
    pl_frame f;

    while (rest.n && pl_frame_parse(rest, &f)) {
        if (f.n < PL_FRAME_HEADER || f.n > rest.n || f.payload.n != f.n - PL_FRAME_HEADER ||
            f.payload.p + f.payload.n != rest.p + f.n)
            abort();
        rest = pl_str_sub(rest, f.n, rest.n);
    }
    return 0;
}
