/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/reference.h"

#include <string.h>

static bool is_hex_id(pl_str s)
{
    if (s.n != 64)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("0123456789abcdef", s.p[i]) || !s.p[i])
            return false;
    return true;
}

/* The tag follows the last colon, unless a slash follows that colon: then it began a port. */
static pl_str cut_tag(pl_str *name)
{
    for (size_t i = name->n; i > 0; i--) {
        char c = name->p[i - 1];
        if (c == '/')
            break;
        if (c == ':') {
            pl_str tag = pl_str_sub(*name, i, name->n);
            name->n = i - 1;
            return tag;
        }
    }
    return (pl_str){"", 0};
}

pl_image_name pl_image_name_of(pl_str s)
{
    pl_image_name n = {{"", 0}, {"", 0}, {"", 0}};
    pl_str digest = s, name;

    if (pl_str_starts(s, PL_S("sha256:")) || is_hex_id(s)) {
        n.digest = s;
        return n;
    }
    (void)pl_str_cut(&digest, '@', &name);
    n.digest = digest;
    n.tag = cut_tag(&name);
    n.repository = name;
    return n;
}
