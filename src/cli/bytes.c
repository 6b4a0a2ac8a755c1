/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bytes.h"

#include <stdio.h>

pl_rc pl_cli_bytes(const char *what, const char *text, uint64_t *ret, pl_err *err)
{
    static const struct {
        char unit;
        unsigned shift;
    } units[] = {{'K', 10}, {'M', 20}, {'G', 30}};
    pl_str s = pl_str_c(text);
    unsigned shift = 0;

    *ret = 0;
    if (!text)
        return PL_OK;
    for (size_t i = 0; i < PL_COUNT(units); i++)
        if (s.n && s.p[s.n - 1] == units[i].unit)
            shift = units[i].shift;
    if (shift)
        s.n--;
    if (!pl_str_u64(s, ret) || *ret > (uint64_t)INT64_MAX >> shift)
        return pl_fail(err, PL_USAGE, "%s %s: a number of bytes, or one with K, M or G", what,
                       text);
    *ret <<= shift;
    return PL_OK;
}

void pl_cli_bytes_text(uint64_t n, char ret[PL_BYTES_TEXT])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    enum { STEP = 1024, TENTHS = 10 };
    uint64_t tenths = 0;
    size_t unit = 0;

    for (; n >= STEP && unit + 1 < PL_COUNT(units); n /= STEP, unit++)
        tenths = n % STEP * TENTHS / STEP;
    if (unit)
        (void)snprintf(ret, PL_BYTES_TEXT, "%u.%u %s", (unsigned)n, (unsigned)tenths, units[unit]);
    else
        (void)snprintf(ret, PL_BYTES_TEXT, "%u %s", (unsigned)n, units[unit]);
}
