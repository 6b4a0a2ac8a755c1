/* SPDX-License-Identifier: Apache-2.0 */
#include "core/late.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

bool pl_late_load(const char *so, const pl_late_call *calls, size_t n)
{
    void *library = dlopen(so, RTLD_NOW | RTLD_LOCAL);
    bool is_whole = library != NULL;

    for (size_t i = 0; is_whole && i < n; i++)
        is_whole = (*calls[i].at = dlsym(library, calls[i].name)) != NULL;
    return is_whole;
}

void pl_late_identity(const char *so, pl_buf *out)
{
    char path[PATH_MAX];
    struct stat st;

    if (snprintf(path, sizeof(path), "%s/%s", PL_LIBRARIES, so) >= (int)sizeof(path) ||
        stat(path, &st) < 0)
        return;
    pl_buf_u64le(out, st.st_dev);
    pl_buf_u64le(out, st.st_ino);
    pl_buf_u64le(out, (uint64_t)st.st_size);
    pl_buf_u64le(out, (uint64_t)st.st_mtim.tv_sec);
    pl_buf_u64le(out, (uint64_t)st.st_mtim.tv_nsec);
}
