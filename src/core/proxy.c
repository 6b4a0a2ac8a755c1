/* SPDX-License-Identifier: Apache-2.0 */
#include "core/proxy.h"

#include "core/char.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { HTTP_PORT = 80, HTTPS_PORT = 443 };

/* ---- the environment ---- */

static pl_str variable(const char *small, const char *capital)
{
    const char *value = getenv(small);

    if (!value || !value[0])
        value = getenv(capital);
    return pl_str_c(value ? value : "");
}

pl_proxies pl_proxies_of_environment(void)
{
    return (pl_proxies){.https = variable("https_proxy", "HTTPS_PROXY"),
                        .http = variable("http_proxy", "HTTP_PROXY"),
                        .none = variable("no_proxy", "NO_PROXY")};
}

/* ---- addresses and networks ---- */

struct address {
    unsigned char bytes[sizeof(struct in6_addr)];
    size_t n; /* 0: no address */
};

static struct address address_of(pl_str s)
{
    char text[INET6_ADDRSTRLEN];
    struct address a = {.n = 0};

    if (pl_str_starts(s, PL_S("[")) && pl_str_ends(s, PL_S("]")))
        s = pl_str_sub(s, 1, s.n - 2);
    if (!pl_str_to_c(s, text, sizeof(text)))
        return a;
    if (inet_pton(AF_INET, text, a.bytes) == 1)
        a.n = sizeof(struct in_addr);
    else if (inet_pton(AF_INET6, text, a.bytes) == 1)
        a.n = sizeof(struct in6_addr);
    return a;
}

static bool is_in(const struct address *a, const struct address *network, uint64_t bits)
{
    enum { BYTE = 8 };
    size_t whole = (size_t)bits / BYTE;
    unsigned rest = (unsigned)bits % BYTE;

    if (a->n != network->n || bits > a->n * BYTE || memcmp(a->bytes, network->bytes, whole) != 0)
        return false;
    return !rest || a->bytes[whole] >> (BYTE - rest) == network->bytes[whole] >> (BYTE - rest);
}

static bool is_loopback(pl_str host, const struct address *a)
{
    static const struct address ipv4 = {{127}, sizeof(struct in_addr)};
    static const struct address ipv6 = {{[15] = 1}, sizeof(struct in6_addr)};

    return pl_str_eq_nocase(host, PL_S("localhost")) || is_in(a, &ipv4, 8) || is_in(a, &ipv6, 128);
}

/* ---- NO_PROXY ---- */

/* Takes ":PORT" off; an IPv6 address without brackets has more than one colon and none. */
static bool has_port(pl_str *entry, uint64_t *ret_port)
{
    const char *colon = entry->n ? memrchr(entry->p, ':', entry->n) : NULL;
    size_t at = colon ? (size_t)(colon - entry->p) : 0;

    if (!colon || !pl_str_u64(pl_str_sub(*entry, at + 1, entry->n), ret_port) ||
        (entry->p[0] != '[' && memchr(entry->p, ':', at)))
        return false;
    entry->n = at;
    return true;
}

static bool is_name(pl_str entry, pl_str host)
{
    bool is_below_only = pl_str_starts(entry, PL_S("."));
    pl_str name = is_below_only ? pl_str_sub(entry, 1, entry.n) : entry;

    if (!name.n || host.n < name.n)
        return false;
    if (!pl_str_eq_nocase(pl_str_sub(host, host.n - name.n, host.n), name))
        return false;
    return host.n == name.n ? !is_below_only : host.p[host.n - name.n - 1] == '.';
}

static bool is_entry(pl_str entry, pl_str host, const struct address *a, uint16_t port)
{
    uint64_t wanted = port;
    uint64_t bits = 0;
    pl_str network = entry;
    pl_str base;

    if (pl_str_eq(entry, PL_S("*")))
        return true;
    (void)pl_str_cut(&network, '/', &base);
    if (network.n) {
        struct address of = address_of(base);
        return a->n && of.n && pl_str_u64(network, &bits) && is_in(a, &of, bits);
    }
    if (has_port(&entry, &wanted) && wanted != port)
        return false;
    struct address same = address_of(entry);
    return same.n ? a->n == same.n && memcmp(a->bytes, same.bytes, a->n) == 0
                  : is_name(entry, host);
}

static bool is_excepted(pl_str none, pl_str host, const struct address *a, uint16_t port)
{
    pl_str entry;

    while (pl_str_cut(&none, ',', &entry)) {
        pl_str one = pl_str_trim(entry);
        if (one.n && is_entry(one, host, a, port))
            return true;
    }
    return false;
}

/* ---- one proxy ---- */

static int digit_of(char c)
{
    return pl_is_digit(c)                                     ? c - '0'
           : (pl_to_lower(c) >= 'a' && pl_to_lower(c) <= 'f') ? pl_to_lower(c) - 'a' + 10
                                                              : -1;
}

/* With %XX undone; no NUL and no end of line may come out, they would end a header. */
static bool unescape(pl_str s, char *ret, size_t room)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        int c = (unsigned char)s.p[i];
        if (c == '%' && i + 2 < s.n && digit_of(s.p[i + 1]) >= 0 && digit_of(s.p[i + 2]) >= 0) {
            c = digit_of(s.p[i + 1]) << 4 | digit_of(s.p[i + 2]);
            i += 2;
        }
        if (n + 1 >= room || c < ' ' || c == 0x7F)
            return false;
        ret[n++] = (char)c;
    }
    ret[n] = '\0';
    return true;
}

static bool read_secrets(pl_str text, pl_proxy *p)
{
    pl_str rest = text;
    pl_str user;

    (void)pl_str_cut(&rest, ':', &user);
    return unescape(user, p->user, sizeof(p->user)) &&
           unescape(rest, p->password, sizeof(p->password)) && !strchr(p->user, ':');
}

static bool read_place(pl_str text, pl_proxy *p)
{
    uint64_t port = p->is_tls ? HTTPS_PORT : HTTP_PORT;

    (void)has_port(&text, &port);
    if (pl_str_starts(text, PL_S("[")) && pl_str_ends(text, PL_S("]")))
        text = pl_str_sub(text, 1, text.n - 2);
    for (size_t i = 0; i < text.n; i++)
        if (!pl_is_alpha(text.p[i]) && !pl_is_digit(text.p[i]) && !memchr(".-_:", text.p[i], 4))
            return false;
    p->port = (uint16_t)port;
    return text.n && port > 0 && port <= UINT16_MAX && pl_str_to_c(text, p->host, sizeof(p->host));
}

static bool read_proxy(pl_str text, pl_proxy *ret)
{
    pl_proxy p = {.is_used = true, .is_tls = pl_str_starts(text, PL_S("https://"))};
    pl_str rest = text;

    if (p.is_tls || pl_str_starts(text, PL_S("http://")))
        rest = pl_str_sub(text, p.is_tls ? 8 : 7, text.n);
    else if (pl_str_has(text, PL_S("://")))
        return false;
    /* A password may hold an '@' of its own; a host cannot. */
    const char *at = rest.n ? memrchr(rest.p, '@', rest.n) : NULL;
    size_t n = at ? (size_t)(at - rest.p) : 0;
    if (at && !read_secrets(pl_str_sub(rest, 0, n), &p))
        return false;
    pl_str place = at ? pl_str_sub(rest, n + 1, rest.n) : rest;
    if (pl_str_ends(place, PL_S("/")))
        place.n--;
    if (!read_place(place, &p))
        return false;
    *ret = p;
    return true;
}

pl_rc pl_proxy_of(const pl_proxies *p, bool is_plain, pl_proxy *ret, pl_err *err)
{
    pl_str text = is_plain ? p->http : p->https;

    *ret = (pl_proxy){.is_used = false};
    return !text.n || read_proxy(text, ret)
               ? PL_OK
               : pl_fail(err, PL_USAGE, "%s names no proxy: it is http://[USER:PASSWORD@]HOST:PORT",
                         is_plain ? "HTTP_PROXY" : "HTTPS_PROXY");
}

pl_rc pl_proxy_for(const pl_proxies *p, bool is_plain, pl_str host, uint16_t port, pl_proxy *ret,
                   pl_err *err)
{
    struct address a = address_of(host);

    *ret = (pl_proxy){.is_used = false};
    return is_loopback(host, &a) || is_excepted(p->none, host, &a, port)
               ? PL_OK
               : pl_proxy_of(p, is_plain, ret, err);
}
