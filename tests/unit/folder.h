/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a test's folder. */
#pragma once

#include <ftw.h>
#include <stdio.h>

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

/* With all that is in it; 0, or -1 when something stayed. */
static inline int remove_folder(const char *path)
{
    enum { OPEN_FOLDERS = 16 };
    return nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}
