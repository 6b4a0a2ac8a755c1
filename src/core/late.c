/* SPDX-License-Identifier: Apache-2.0 */
#include "core/late.h"

#include <dlfcn.h>

bool pl_late_load(const char *so, const pl_late_call *calls, size_t n)
{
    void *library = dlopen(so, RTLD_NOW | RTLD_LOCAL);
    bool is_whole = library != NULL;

    for (size_t i = 0; is_whole && i < n; i++)
        is_whole = (*calls[i].at = dlsym(library, calls[i].name)) != NULL;
    return is_whole;
}
