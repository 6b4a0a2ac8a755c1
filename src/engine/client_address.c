/* SPDX-License-Identifier: Apache-2.0 */
/* An engine's address, taken apart. */
#include "engine/client_priv.h"

static bool is_host_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_' || c == ':';
}

/* HOST, HOST:PORT or [ADDRESS]:PORT; without a port the scheme's own. */
static bool split_authority(pl_str s, pl_engine_place *ret)
{
    pl_str rest = s;
    uint64_t port = ret->tls ? 443 : 80;

    if (pl_str_starts(s, PL_S("["))) {
        rest = pl_str_sub(s, 1, s.n);
        (void)pl_str_cut(&rest, ']', &ret->host);
    } else {
        (void)pl_str_cut(&rest, ':', &ret->host);
        if (rest.n)
            rest = pl_str_sub(s, ret->host.n, s.n);
    }
    for (size_t i = 0; i < ret->host.n; i++)
        if (!is_host_char(ret->host.p[i]))
            return false;
    if (rest.n && (rest.p[0] != ':' || !pl_str_u64(pl_str_sub(rest, 1, rest.n), &port) ||
                   port == 0 || port > UINT16_MAX))
        return false;
    ret->port = (uint16_t)port;
    return ret->host.n > 0;
}

static pl_rc set_base(pl_engine_place *ret, pl_str authority, pl_err *err)
{
    int n = snprintf(ret->base, sizeof(ret->base), "%s://%.*s", ret->tls ? "https" : "http",
                     PL_F(authority));
    return n > 0 && n < (int)sizeof(ret->base) - 1 ? PL_OK : pl_fail(err, PL_LIMIT, "address");
}

pl_rc pl_engine_place_of(const char *address, bool has_tls, pl_engine_place *ret, pl_err *err)
{
    static const struct {
        const char *scheme;
        bool tls;
    } tcp[] = {{"tcp://", false}, {"http://", false}, {"https://", true}};
    pl_str a = pl_str_c(address);

    *ret = (pl_engine_place){0};
    if (pl_str_starts(a, PL_S("unix://")) || pl_str_starts(a, PL_S("/"))) {
        ret->socket = a.p[0] == '/' ? a : pl_str_sub(a, 7, a.n);
        return set_base(ret, PL_S("engine"), err);
    }
    for (size_t i = 0; i < PL_COUNT(tcp); i++) {
        pl_str scheme = pl_str_c(tcp[i].scheme), authority;
        if (!pl_str_starts(a, scheme))
            continue;
        pl_str rest = pl_str_sub(a, scheme.n, a.n);
        (void)pl_str_cut(&rest, '/', &authority);
        ret->tls = has_tls || tcp[i].tls;
        if (!split_authority(authority, ret))
            return pl_fail(err, PL_UNSUPPORTED, "address is not %sHOST:PORT", tcp[i].scheme);
        return set_base(ret, authority, err);
    }
    if (pl_str_starts(a, PL_S("ssh://")))
        return pl_fail(err, PL_UNSUPPORTED,
                       "ssh:// is not spoken: run plimsoll on that host, or forward its socket");
    return pl_fail(err, PL_UNSUPPORTED, "address is none of unix://, tcp://, http://, https://");
}
