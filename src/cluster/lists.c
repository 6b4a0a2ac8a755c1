/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/lists.h"

#include "cluster/limits.h"
#include "core/attr.h"
#include "core/buf.h"

#include <string.h>

static const pl_cluster_list_row rows[] = {
#define X(sym, path, what, metadata, single, optional) {path, what, metadata, single, optional},
    PL_CLUSTER_LISTS(X)
#undef X
};

const pl_cluster_list_row *pl_cluster_list_of(uint32_t list)
{
    return list < PL_COUNT(rows) ? &rows[list] : NULL;
}

static bool is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c && strchr("-_.~", c));
}

bool pl_cluster_list_path(pl_cluster_list list, pl_str token, pl_buf *out)
{
    const pl_cluster_list_row *row = &rows[list];

    pl_buf_c(out, row->path);
    if (row->is_single)
        return token.n == 0;
    pl_buf_fmt(out, "%climit=%d", strchr(row->path, '?') ? '&' : '?', PL_CLUSTER_PAGE);
    if (token.n > PL_CLUSTER_TOKEN_MAX)
        return false;
    if (token.n)
        pl_buf_c(out, "&continue=");
    for (size_t i = 0; i < token.n; i++) {
        if (is_plain(token.p[i]))
            pl_buf_ch(out, token.p[i]);
        else
            pl_buf_fmt(out, "%%%02X", (unsigned char)token.p[i]);
    }
    return true;
}
