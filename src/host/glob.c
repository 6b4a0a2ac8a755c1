/* SPDX-License-Identifier: Apache-2.0 */
#include "host/glob.h"

#include "host/limits.h"

#include <fnmatch.h>
#include <string.h>

static bool has_wildcard(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (strchr("*?[", s.p[i]))
            return true;
    return false;
}

static bool matches(pl_str pattern, pl_str name)
{
    char p[PL_HOST_PATH], n[PL_HOST_PATH];
    return pl_str_to_c(pattern, p, sizeof(p)) && pl_str_to_c(name, n, sizeof(n)) &&
           fnmatch(p, n, FNM_PERIOD) == 0;
}

bool pl_host_glob(pl_host_reading *f, pl_str pattern, pl_host_strs *paths, const char **ret_reason)
{
    size_t dir_n = pattern.n;
    pl_str names, name;

    if (!has_wildcard(pattern)) {
        pl_host_strs_add(paths, pattern);
        return true;
    }
    while (dir_n && pattern.p[dir_n - 1] != '/')
        dir_n--;
    pl_str dir = pl_str_sub(pattern, 0, dir_n > 1 ? dir_n - 1 : dir_n);
    pl_str last = pl_str_sub(pattern, dir_n, pattern.n);
    if (has_wildcard(dir) || dir.n == 0) {
        *ret_reason = "unsupported";
        return false;
    }
    const pl_snap_entry *e = pl_snap_list(f->snap, dir);
    if (pl_host_state(e) == PL_SEEN_FAILED)
        *ret_reason = pl_host_reason(e);
    if (pl_host_state(e) != PL_SEEN_OK)
        return pl_host_state(e) == PL_SEEN_NONE;
    for (names = e->bytes; pl_snap_name(&names, &name);)
        if (matches(last, name))
            pl_host_strs_add(paths, pl_host_fmt(f->a, "%.*s/%.*s", PL_F(dir), PL_F(name)));
    return true;
}
