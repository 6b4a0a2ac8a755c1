/* SPDX-License-Identifier: Apache-2.0 */
#include "package/pagefile.h"

#include <string.h>

static bool get_text(const pl_pagefile *f, uint64_t at, void *to, size_t n)
{
    memcpy(to, f->text.p + at, n);
    return true;
}

pl_pagefile pl_pagefile_of_str(pl_str text)
{
    return (pl_pagefile){.size = text.n, .get = get_text, .text = text};
}

bool pl_pagefile_get(const pl_pagefile *f, uint64_t at, void *to, size_t n)
{
    if (at > f->size || n > f->size - at)
        return false;
    return n == 0 || f->get(f, at, to, n);
}
