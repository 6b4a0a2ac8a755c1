/* SPDX-License-Identifier: Apache-2.0 */
#include "package/portage.h"

#include "core/hash.h"
#include "package/limits.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool are_digits(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]))
            return false;
    return s.n > 0;
}

/* Where the last SEP of the first n bytes stands; false: nowhere. */
static bool find_last(pl_str s, size_t n, char sep, size_t *ret)
{
    const char *at = n ? memrchr(s.p, sep, n) : NULL;

    if (at)
        *ret = (size_t)(at - s.p);
    return at != NULL;
}

/* A version begins with a digit behind a hyphen, and "-r6" behind it is its revision. */
bool pl_portage_split(pl_str folder, pl_str *ret_name, pl_str *ret_version)
{
    size_t at = 0;

    if (pl_str_starts(folder, PL_S("-MERGING-")) || folder.n > PL_PACKAGE_FIELD_MAX ||
        !find_last(folder, folder.n, '-', &at))
        return false;
    pl_str tail = pl_str_sub(folder, at + 1, folder.n);
    bool is_revision = tail.n > 1 && tail.p[0] == 'r' && are_digits(pl_str_sub(tail, 1, tail.n));
    if (is_revision && !find_last(folder, at, '-', &at))
        return false;
    *ret_name = pl_str_sub(folder, 0, at);
    *ret_version = pl_str_sub(folder, at + 1, folder.n);
    return ret_name->n && ret_version->n && is_digit(ret_version->p[0]);
}

/* "obj PATH MD5 MTIME"; the path may hold blanks. */
static bool read_object(pl_str line, pl_portage_file *ret)
{
    size_t time = 0;
    size_t digest = 0;

    if (!find_last(line, line.n, ' ', &time) || !find_last(line, time, ' ', &digest))
        return false;
    pl_str md5 = pl_str_sub(line, digest + 1, time - digest - 1);
    ret->path = pl_str_sub(line, 0, digest);
    ret->has_md5 = md5.n == 32 && pl_unhex(md5, ret->md5, sizeof(ret->md5));
    return ret->path.n > 0;
}

/* "sym PATH -> TARGET MTIME" */
static bool read_link(pl_str line, pl_portage_file *ret)
{
    const char *arrow = line.n ? memmem(line.p, line.n, " -> ", 4) : NULL;

    if (!arrow)
        return false;
    ret->path = pl_str_sub(line, 0, (size_t)(arrow - line.p));
    ret->has_md5 = false;
    return ret->path.n > 0;
}

bool pl_portage_next_file(pl_str *rest, pl_portage_file *ret)
{
    pl_str line;

    while (pl_str_cut(rest, '\n', &line)) {
        pl_str what = pl_str_sub(line, 4, line.n);
        if ((pl_str_starts(line, PL_S("obj ")) && read_object(what, ret)) ||
            (pl_str_starts(line, PL_S("sym ")) && read_link(what, ret)))
            return true;
    }
    return false;
}
