/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts that the fetcher talks to: looked up once, each with a client of its own, so that the
 * certificates of one registry are never shown to another. */
#include "registry/fetch_priv.h"

#include "core/lookup.h"
#include "registry/reference.h"

#include <string.h>

enum { HTTPS_PORT = 443, HTTP_PORT = 80 };

/* ---- URLs ---- */

static bool has_odd_byte(pl_str url)
{
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] <= ' ' || url.p[i] > '~' || url.p[i] == '\\')
            return true;
    return false;
}

bool pl_fetch_place_of(pl_str url, pl_fetch_place *ret)
{
    pl_fetch_place p = {.is_plain = pl_str_starts(url, PL_S("http://"))};
    size_t head = p.is_plain ? 7 : 8, end;

    if ((!p.is_plain && !pl_str_starts(url, PL_S("https://"))) || has_odd_byte(url) ||
        url.n >= PL_REGISTRY_URL_MAX)
        return false;
    url = pl_str_sub(url, head, url.n);
    for (end = 0; end < url.n && !memchr("/?#", url.p[end], 3);)
        end++;
    pl_str authority = pl_str_sub(url, 0, end);
    p.rest = pl_str_sub(url, end, url.n);
    if (!pl_registry_is_host(authority) ||
        !pl_str_to_c(authority, p.authority, sizeof(p.authority)))
        return false;
    *ret = p;
    return true;
}

pl_rc pl_fetch_resolve(pl_str base, pl_str location, pl_buf *out, pl_err *err)
{
    pl_fetch_place place;

    pl_buf_reset(out);
    if (pl_fetch_place_of(location, &place)) {
        pl_buf_str(out, location);
    } else if (pl_str_starts(location, PL_S("/")) && !pl_str_starts(location, PL_S("//")) &&
               !has_odd_byte(location) && pl_fetch_place_of(base, &place)) {
        pl_buf_str(out, pl_str_sub(base, 0, base.n - place.rest.n));
        pl_buf_str(out, location);
    } else {
        return pl_fail(err, PL_FORMAT, "redirects to \"%.*s\", which is no place",
                       PL_F(pl_str_sub(location, 0, 100)));
    }
    pl_buf_ch(out, '\0');
    return pl_buf_ok(out) && out->n < PL_REGISTRY_URL_MAX
               ? PL_OK
               : pl_fail(err, PL_LIMIT, "redirects to a URL of %zu bytes", out->n);
}

/* ---- names ---- */

/* HOST and PORT of an authority, brackets off. */
static bool split(pl_str authority, bool is_plain, char *host, size_t room, uint64_t *ret_port)
{
    pl_str rest = authority, name;

    *ret_port = is_plain ? HTTP_PORT : HTTPS_PORT;
    if (pl_str_starts(rest, PL_S("["))) {
        rest = pl_str_sub(rest, 1, rest.n);
        (void)pl_str_cut(&rest, ']', &name);
        rest = pl_str_sub(rest, 1, rest.n);
    } else {
        (void)pl_str_cut(&rest, ':', &name);
    }
    return (rest.n == 0 || pl_str_u64(rest, ret_port)) && pl_str_to_c(name, host, room);
}

/* ---- clients ---- */

/* Plain HTTP is for the registry itself, where it was allowed, and for loopback beside it. */
static bool may_be_plain(const pl_fetch_host *h, const char *authority)
{
    return h->may_be_plain && (strcmp(authority, pl_reference_api_host(h->name)) == 0 ||
                               (pl_reference_is_loopback(pl_str_c(authority)) &&
                                pl_reference_is_loopback(pl_str_c(h->name))));
}

/* Behind a proxy the names of others are the proxy's to look up: there may be no other way. */
static pl_rc find_way(const pl_fetcher *f, const pl_fetch_place *place, pl_proxy *ret_proxy,
                      pl_buf *resolved, pl_err *err)
{
    const pl_proxies p = {pl_str_c(f->proxy_https ? f->proxy_https : ""),
                          pl_str_c(f->proxy_http ? f->proxy_http : ""),
                          pl_str_c(f->proxy_none ? f->proxy_none : "")};
    char host[PL_REGISTRY_HOST_MAX + 1];
    uint64_t port;

    if (!split(pl_str_c(place->authority), place->is_plain, host, sizeof(host), &port))
        return pl_fail(err, PL_FORMAT, "host %s", place->authority);
    pl_rc rc = pl_proxy_for(&p, place->is_plain, pl_str_c(host), (uint16_t)port, ret_proxy, err);
    if (rc)
        return rc;
    if (!ret_proxy->is_used)
        return pl_look_up(host, (uint16_t)port, resolved, err);
    rc = pl_look_up(ret_proxy->host, ret_proxy->port, resolved, err);
    return pl_wrap(err, rc, "proxy");
}

static pl_rc make_client(pl_fetcher *f, uint32_t host, const pl_fetch_place *place, pl_http **ret,
                         pl_err *err)
{
    const pl_fetch_host *h = &f->hosts[host];
    bool is_home = strcmp(place->authority, pl_reference_api_host(h->name)) == 0;
    PL_AUTO_BUF pl_buf resolved = {0};
    pl_proxy proxy = {0};
    pl_rc rc = find_way(f, place, &proxy, &resolved, err);

    if (rc)
        return rc;
    const pl_http_options o = {
        .loop = f->loop,
        .ca_pem = pl_buf_view(&h->ca),
        .cert_pem = is_home ? pl_buf_view(&h->cert) : PL_S(""),
        .key_pem = is_home ? pl_buf_view(&h->key) : PL_S(""),
        .resolved = resolved.n ? resolved.p : NULL,
        .allow_plain = place->is_plain,
        .proxy = &proxy,
    };
    rc = pl_http_new(&o, ret, err);
    explicit_bzero(&proxy, sizeof(proxy));
    return rc;
}

pl_rc pl_fetch_peer_of(pl_fetcher *f, uint32_t host, const pl_fetch_place *place, pl_http **ret,
                       pl_err *err)
{
    pl_fetch_peer *to = NULL;

    if (place->is_plain && !may_be_plain(&f->hosts[host], place->authority))
        return pl_fail(err, PL_DENIED,
                       "%s: plain HTTP, which is for loopback and for registries named by "
                       "--insecure",
                       place->authority);
    for (size_t i = 0; i < PL_COUNT(f->peers); i++) {
        pl_fetch_peer *p = &f->peers[i];
        if (!p->http)
            to = to ? to : p;
        else if (p->host == host && p->is_plain == place->is_plain &&
                 strcmp(p->authority, place->authority) == 0) {
            *ret = p->http;
            return PL_OK;
        }
    }
    if (!to)
        return pl_fail(err, PL_LIMIT, "over %d hosts to talk to (peers)", PL_REGISTRY_PEERS);
    pl_rc rc = make_client(f, host, place, &to->http, err);
    if (rc)
        return rc;
    to->host = host;
    to->is_plain = place->is_plain;
    memcpy(to->authority, place->authority, sizeof(to->authority));
    *ret = to->http;
    return PL_OK;
}
