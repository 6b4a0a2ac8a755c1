/* SPDX-License-Identifier: Apache-2.0 */
#include "model/eol.h"

#include "core/attr.h"

#include <fnmatch.h>

static const pl_eol table[] = {
#include "eol_table.inc"
};

static bool matches(const char *patterns, pl_str version)
{
    char v[64], p[64];
    pl_str rest = pl_str_c(patterns), one;

    if (!pl_str_to_c(version, v, sizeof(v)))
        return false;
    if (rest.n == 0)
        return version.n == 0;
    while (pl_str_cut(&rest, '|', &one))
        if (pl_str_to_c(one, p, sizeof(p)) && fnmatch(p, v, 0) == 0)
            return true;
    return false;
}

const pl_eol *pl_eol_os(pl_str os_id, pl_str version_id)
{
    for (size_t i = 0; i < PL_COUNT(table); i++)
        if (os_id.n && pl_str_eq(pl_str_c(table[i].os_id), os_id) &&
            matches(table[i].os_version, version_id))
            return &table[i];
    return NULL;
}

/* "24.0" is the release of "24.0.7" and of "24.0", not of "24.01". */
static bool is_release_of(pl_str release, pl_str version)
{
    return release.n && pl_str_starts(version, release) &&
           (version.n == release.n || version.p[release.n] < '0' || version.p[release.n] > '9');
}

const pl_eol *pl_eol_product(pl_str product, pl_str version)
{
    const pl_eol *best = NULL;

    for (size_t i = 0; i < PL_COUNT(table); i++) {
        pl_str release = pl_str_c(table[i].release);
        if (!pl_str_eq(pl_str_c(table[i].product), product) || !is_release_of(release, version))
            continue;
        if (!best || release.n > pl_str_c(best->release).n)
            best = &table[i];
    }
    return best;
}

const char *pl_eol_word(pl_eol_state s)
{
    static const char *const words[] = {
        [PL_EOL_UNKNOWN] = "unknown", [PL_EOL_DATED] = "dated",
        [PL_EOL_ROLLING] = "rolling", [PL_EOL_NONE_ANNOUNCED] = "none-announced",
        [PL_EOL_ENDED] = "ended",
    };
    return words[s];
}

int64_t pl_eol_days_left(int32_t day, int64_t now_us)
{
    const int64_t us_a_day = INT64_C(86400) * 1000000;
    int64_t today = now_us / us_a_day - (now_us % us_a_day < 0);
    return day - today;
}
