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

static bool has_upper(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'A' && s.p[i] <= 'Z')
            return true;
    return false;
}

/* The first component is a host when it has a dot, a port or a capital, or is localhost
 * (distribution's reference grammar). */
void pl_image_origin(pl_str repository, pl_buf *ret)
{
    pl_str rest = repository, first;
    bool has_path = pl_str_has(repository, PL_S("/"));

    if (!repository.n)
        return;
    (void)pl_str_cut(&rest, '/', &first);
    bool is_host = has_path && (pl_str_has(first, PL_S(".")) || pl_str_has(first, PL_S(":")) ||
                                has_upper(first) || pl_str_eq(first, PL_S("localhost")));
    if (!is_host) {
        pl_buf_c(ret, has_path ? "docker.io/" : "docker.io/library/");
        pl_buf_str(ret, repository);
        return;
    }
    bool is_hub = pl_str_eq(first, PL_S("index.docker.io")) || pl_str_eq(first, PL_S("docker.io"));
    pl_buf_str(ret, is_hub ? PL_S("docker.io") : first);
    pl_buf_c(ret, is_hub && !pl_str_has(rest, PL_S("/")) ? "/library/" : "/");
    pl_buf_str(ret, rest);
}
