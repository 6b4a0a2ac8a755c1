/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/client_priv.h"

#include <stdio.h>
#include <string.h>

enum { HTTPS_PORT = 443 };

bool pl_cluster_is_host(pl_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_plain && (!c || !strchr(".-_:", c)))
            return false;
    }
    return s.n > 0;
}

/* Printable, and nothing that would end a path. */
static bool is_path(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~' || strchr("?#\\", s.p[i]))
            return false;
    return true;
}

/* HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT. */
static bool split(pl_str authority, pl_cluster_place *ret)
{
    pl_str rest = authority, host;
    uint64_t port = HTTPS_PORT;

    if (pl_str_starts(rest, PL_S("["))) {
        rest = pl_str_sub(rest, 1, rest.n);
        (void)pl_str_cut(&rest, ']', &host);
        if (rest.n && rest.p[0] != ':')
            return false;
        rest = pl_str_sub(rest, 1, rest.n);
        ret->is_v6 = true;
    } else {
        (void)pl_str_cut(&rest, ':', &host);
    }
    if (rest.n && (!pl_str_u64(rest, &port) || port == 0 || port > UINT16_MAX))
        return false;
    ret->port = (uint16_t)port;
    return pl_cluster_is_host(host) && (ret->is_v6 || !memchr(host.p, ':', host.n)) &&
           pl_str_to_c(host, ret->host, sizeof(ret->host));
}

pl_rc pl_cluster_place_of(pl_str url, pl_cluster_place *ret, pl_err *err)
{
    const pl_str scheme = PL_S("https://");
    pl_str authority;

    *ret = (pl_cluster_place){0};
    if (!pl_str_starts(url, scheme))
        return pl_fail(err, PL_UNSUPPORTED,
                       "server: an API server is asked over https:// alone, and this is \"%.*s\"",
                       PL_F(pl_str_sub(url, 0, 100)));
    pl_str rest = pl_str_sub(url, scheme.n, url.n);
    (void)pl_str_cut(&rest, '/', &authority);
    while (rest.n && rest.p[rest.n - 1] == '/')
        rest.n--;
    int n = snprintf(ret->path, sizeof(ret->path), "%s%.*s", rest.n ? "/" : "", PL_F(rest));
    if (!split(authority, ret) || !is_path(rest) || n < 0 || (size_t)n >= sizeof(ret->path))
        return pl_fail(err, PL_FORMAT, "server: \"%.*s\" is not https://HOST[:PORT][/PATH]",
                       PL_F(pl_str_sub(url, 0, 100)));
    return PL_OK;
}
