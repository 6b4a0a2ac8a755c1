/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a hash of Berkeley DB. */
#include "rpm_look.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_pagefile db = pl_pagefile_of_str((pl_str){(const char *)data, size});

    pl_look_at_database(PL_RPM_BDB, &db, NULL);
    return 0;
}
