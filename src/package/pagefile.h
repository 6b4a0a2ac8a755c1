/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database file that is read at places, not from end to end: in memory, or a file that the
 * layers kept compressed, of which a part at a time is unpacked. What it reads from is borrowed.
 * One thread.
 */
#pragma once

#include "core/str.h"

typedef struct pl_pagefile pl_pagefile;
struct pl_pagefile {
    uint64_t size;
    /* at + n is never past size. False: the bytes could not be unpacked. */
    bool (*get)(const pl_pagefile *f, uint64_t at, void *to, size_t n);
    pl_str text;    /* of one in memory */
    const void *of; /* of others: what get reads from */
};

pl_pagefile pl_pagefile_of_str(pl_str text);

/* False: not all of it is in the file; nothing of `to` is to be believed then. */
bool pl_pagefile_get(const pl_pagefile *f, uint64_t at, void *to, size_t n);
