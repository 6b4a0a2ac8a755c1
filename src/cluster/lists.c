/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/lists.h"

#include "cluster/limits.h"
#include "core/attr.h"
#include "core/buf.h"

#include <string.h>

static const pl_cluster_list_row rows[] = {
#define X(sym, path, what, kind, metadata, single, optional)                                       \
    {path, what, kind, metadata, single, optional},
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

static void put_escaped(pl_str text, pl_buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        if (is_plain(text.p[i]))
            pl_buf_ch(out, text.p[i]);
        else
            pl_buf_fmt(out, "%%%02X", (unsigned char)text.p[i]);
    }
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
    put_escaped(token, out);
    return true;
}

bool pl_cluster_watch_path(pl_cluster_list list, pl_str version, pl_buf *out)
{
    const pl_cluster_list_row *row = &rows[list];

    if (row->is_single || !version.n || version.n > PL_CLUSTER_VERSION_MAX)
        return false;
    pl_buf_fmt(out,
               "%s%cwatch=1&allowWatchBookmarks=true&timeoutSeconds=%d&resourceVersion=", row->path,
               strchr(row->path, '?') ? '&' : '?', PL_CLUSTER_WATCH_S);
    put_escaped(version, out);
    return true;
}
