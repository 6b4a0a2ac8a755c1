/* SPDX-License-Identifier: Apache-2.0 */
#include "package/nix.h"

#include "core/attr.h"
#include "package/limits.h"

#include <string.h>

enum { HASH = 32 };

/* Nix's base32 has no e, o, t and u. */
static bool has_hash(pl_str s)
{
    static const char digits[] = "0123456789abcdfghijklmnpqrsvwxyz";

    if (s.n < HASH + 2 || s.p[HASH] != '-')
        return false;
    for (size_t i = 0; i < HASH; i++)
        if (!s.p[i] || !strchr(digits, s.p[i]))
            return false;
    return true;
}

/* Outputs other than the main one put their name behind the version. */
static pl_str without_output(pl_str version)
{
    static const char *const outputs[] = {
        "-bin",   "-dev",    "-lib",    "-man",  "-doc",    "-info",     "-out",    "-data",
        "-debug", "-devdoc", "-static", "-dist", "-getent", "-terminfo", "-locale", "-libgcc",
    };

    for (size_t i = 0; i < PL_COUNT(outputs); i++)
        if (pl_str_ends(version, pl_str_c(outputs[i])))
            return pl_str_sub(version, 0, version.n - strlen(outputs[i]));
    return version;
}

bool pl_nix_split(pl_str folder, pl_str *ret_name, pl_str *ret_version)
{
    if (folder.n > PL_NIX_NAME_MAX || !has_hash(folder) || pl_str_ends(folder, PL_S(".drv")))
        return false;
    pl_str rest = pl_str_sub(folder, HASH + 1, folder.n);
    for (size_t i = 1; i + 1 < rest.n; i++) {
        if (rest.p[i] != '-' || rest.p[i + 1] < '0' || rest.p[i + 1] > '9')
            continue;
        *ret_name = pl_str_sub(rest, 0, i);
        *ret_version = without_output(pl_str_sub(rest, i + 1, rest.n));
        return ret_version->n > 0;
    }
    return false;
}
