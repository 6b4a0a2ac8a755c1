/* SPDX-License-Identifier: Apache-2.0 */
/* How people name an endpoint. */
#include "audit/endpoints.h"

#include <string.h>

/* What stands before an "@" may be a password. */
static pl_rc bad_target(const char *text, pl_err *err)
{
    const char *at = strrchr(text, '@');

    return pl_fail(err, PL_USAGE,
                   "%s%s: an endpoint is https://HOST[:PORT], http://HOST[:PORT] or HOST:PORT",
                   at ? "..." : "", at ? at : text);
}

static uint16_t usual_port(pl_str *rest)
{
    static const struct {
        pl_str scheme;
        uint16_t port;
    } rows[] = {{{"https://", 8}, 443}, {{"http://", 7}, 80}, {{"tcp://", 6}, 0}};

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_str_starts(*rest, rows[i].scheme)) {
            *rest = pl_str_sub(*rest, rows[i].scheme.n, rest->n);
            return rows[i].port;
        }
    return 0;
}

static bool read_port(pl_str text, uint16_t *ret)
{
    uint64_t port = 0;

    if (!pl_str_u64(text, &port) || port == 0 || port > UINT16_MAX)
        return false;
    *ret = (uint16_t)port;
    return true;
}

/* "HOST", "HOST:PORT", "[V6]:PORT". */
static bool read_place(pl_str place, pl_endpoint_target *t)
{
    pl_str rest = place, host;

    if (pl_str_starts(place, PL_S("["))) {
        rest = pl_str_sub(place, 1, place.n);
        if (!pl_str_cut(&rest, ']', &host) || (rest.n && rest.p[0] != ':'))
            return false;
        rest = pl_str_sub(rest, 1, rest.n);
    } else {
        (void)pl_str_cut(&rest, ':', &host);
    }
    t->host = host;
    return host.n && (rest.n ? read_port(rest, &t->port) : t->port != 0);
}

/* What could end up in the head of a request, or would be another host than it seems. */
static bool is_host(pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!pl_is_alpha(s.p[i]) && !pl_is_digit(s.p[i]) && !memchr("-._:", s.p[i], 4))
            return false;
    return s.n > 0 && s.n < 254 && s.p[0] != '-';
}

pl_rc pl_endpoint_target_read(const char *text, pl_endpoint_target *ret, pl_err *err)
{
    pl_str rest = pl_str_c(text), place;
    pl_endpoint_target t = {.role = PL_S("named"), .hears = true};

    t.is_web = pl_str_starts(rest, PL_S("https://"));

    t.port = usual_port(&rest);
    (void)pl_str_cut(&rest, '/', &place);
    if (!read_place(place, &t) || !is_host(t.host))
        return bad_target(text, err);
    t.server_name = t.host;
    *ret = t;
    return PL_OK;
}
