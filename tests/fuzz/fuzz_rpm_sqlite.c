/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as rpmdb.sqlite; what follows the line "WAL" is the log beside it. */
#include "rpm_look.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char mark[] = "\nWAL\n";
    pl_str all = {(const char *)data, size};
    const char *at = size ? memmem(data, size, mark, sizeof(mark) - 1) : NULL;
    size_t n = at ? (size_t)(at - all.p) : size;
    pl_pagefile db = pl_pagefile_of_str(pl_str_sub(all, 0, n));
    pl_pagefile wal = pl_pagefile_of_str(pl_str_sub(all, n + sizeof(mark) - 1, size));

    pl_look_at_database(PL_RPM_SQLITE, &db, at ? &wal : NULL);
    return 0;
}
