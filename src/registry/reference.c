/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/reference.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* ---- parts ---- */

static bool is_port(pl_str s)
{
    uint64_t port;

    return pl_str_u64(s, &port) && port > 0 && port <= UINT16_MAX;
}

static bool is_ipv6(pl_str s)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char number[sizeof(struct in6_addr)];

    return pl_str_to_c(s, text, sizeof(text)) && inet_pton(AF_INET6, text, number) == 1;
}

/* Labels of letters, digits and inner hyphens, between dots. */
static bool is_domain(pl_str s)
{
    pl_str label;

    if (s.n == 0 || s.p[s.n - 1] == '.')
        return false;
    while (pl_str_cut(&s, '.', &label)) {
        for (size_t i = 0; i < label.n; i++) {
            char c = label.p[i];
            bool is_inner = i > 0 && i + 1 < label.n;
            if (!is_lower(c) && !is_upper(c) && !(is_inner && (c == '-' || c == '_')))
                return false;
        }
        if (label.n == 0 || label.n > 63)
            return false;
    }
    return true;
}

bool pl_registry_is_host(pl_str s)
{
    pl_str host;

    if (s.n == 0 || s.n > PL_REGISTRY_HOST_MAX || s.p[s.n - 1] == ':')
        return false;
    if (s.p[0] == '[') {
        s = pl_str_sub(s, 1, s.n);
        if (!memchr(s.p, ']', s.n) || !pl_str_cut(&s, ']', &host) || !is_ipv6(host))
            return false;
        return s.n == 0 || (s.p[0] == ':' && is_port(pl_str_sub(s, 1, s.n)));
    }
    (void)pl_str_cut(&s, ':', &host);
    return is_domain(host) && (s.n == 0 || is_port(s));
}

/* Runs of letters and digits between separators: one dot, one or two underscores, hyphens. */
static bool is_component(pl_str s)
{
    size_t i = 0;

    while (i < s.n && is_lower(s.p[i])) {
        while (i < s.n && is_lower(s.p[i]))
            i++;
        if (i == s.n)
            return true;
        size_t start = i;
        char c = s.p[i];
        while (i < s.n && s.p[i] == c)
            i++;
        size_t most = c == '.' ? 1 : c == '_' ? 2 : c == '-' ? SIZE_MAX : 0;
        if (i - start > most)
            return false;
    }
    return false;
}

bool pl_registry_is_repository(pl_str s)
{
    pl_str part;

    if (s.n == 0 || s.n > PL_REGISTRY_NAME_MAX || s.p[s.n - 1] == '/')
        return false;
    while (pl_str_cut(&s, '/', &part))
        if (!is_component(part))
            return false;
    return true;
}

bool pl_registry_is_tag(pl_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!is_lower(c) && !is_upper(c) && c != '_' && !(i > 0 && (c == '.' || c == '-')))
            return false;
    }
    return s.n > 0 && s.n <= PL_REGISTRY_TAG_MAX;
}

bool pl_registry_is_digest(pl_str s)
{
    if (s.n != 71 || !pl_str_starts(s, PL_S("sha256:")))
        return false;
    for (size_t i = 7; i < s.n; i++)
        if (!memchr("0123456789abcdef", s.p[i], 16))
            return false;
    return true;
}

/* ---- whole references ---- */

/* The tag follows the last colon behind the last slash. */
static pl_str cut_tag(pl_str *name)
{
    for (size_t i = name->n; i > 0 && name->p[i - 1] != '/'; i--) {
        if (name->p[i - 1] != ':')
            continue;
        pl_str tag = pl_str_sub(*name, i, name->n);
        name->n = i - 1;
        return tag;
    }
    return (pl_str){NULL, 0};
}

static bool looks_like_host(pl_str s)
{
    if (pl_str_eq(s, PL_S("localhost")))
        return true;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '.' || s.p[i] == ':' || is_upper(s.p[i]))
            return true;
    return false;
}

pl_str pl_registry_known_host(pl_str host)
{
    static const char *const hub[] = {"index.docker.io", "registry-1.docker.io",
                                      "registry.hub.docker.com"};

    for (size_t i = 0; i < PL_COUNT(hub); i++)
        if (pl_str_eq(host, pl_str_c(hub[i])))
            return PL_S("docker.io");
    return host;
}

/* Cuts the host off, if there is one. */
static pl_str cut_host(pl_str *name)
{
    pl_str rest = *name, head;

    if (!memchr(name->p, '/', name->n) || !pl_str_cut(&rest, '/', &head) || !looks_like_host(head))
        return PL_S("docker.io");
    *name = rest;
    return pl_registry_known_host(head);
}

static pl_rc wrong(pl_str s, const char *what, pl_err *err)
{
    return pl_fail(err, PL_USAGE, "%.*s: %s; a reference is [HOST[:PORT]/]NAME[:TAG][@sha256:...]",
                   PL_F(pl_str_sub(s, 0, 200)), what);
}

static pl_rc take_name(pl_str whole, pl_str name, pl_reference *r, pl_err *err)
{
    pl_str host = cut_host(&name);
    bool is_short = pl_str_eq(host, PL_S("docker.io")) && name.n && !memchr(name.p, '/', name.n);

    if (!pl_registry_is_host(host))
        return wrong(whole, "host is malformed", err);
    int n = snprintf(r->repository, sizeof(r->repository), "%s%.*s", is_short ? "library/" : "",
                     PL_F(name));
    if (n < 0 || (size_t)n >= sizeof(r->repository) ||
        !pl_registry_is_repository(pl_str_c(r->repository)))
        return wrong(whole, "name is malformed", err);
    (void)snprintf(r->host, sizeof(r->host), "%.*s", PL_F(host));
    return PL_OK;
}

pl_rc pl_reference_parse(pl_str s, pl_reference *ret, pl_err *err)
{
    pl_reference r = {.host = ""};
    pl_str digest = s, name;
    bool has_digest = memchr(s.p ? s.p : "", '@', s.n) != NULL;

    if (memchr(s.p ? s.p : "", '\0', s.n))
        return wrong(s, "holds a NUL", err);
    (void)pl_str_cut(&digest, '@', &name);
    pl_str tag = cut_tag(&name);
    if (has_digest && !pl_registry_is_digest(digest))
        return wrong(s, "digest is not sha256: and 64 digits", err);
    if (tag.p && !pl_registry_is_tag(tag))
        return wrong(s, "tag is malformed", err);
    pl_rc rc = take_name(s, name, &r, err);
    if (rc)
        return rc;
    (void)snprintf(r.digest, sizeof(r.digest), "%.*s", PL_F(digest));
    (void)snprintf(r.tag, sizeof(r.tag), "%.*s",
                   PL_F(tag.p        ? tag
                        : has_digest ? PL_S("")
                                     : PL_S("latest")));
    *ret = r;
    return PL_OK;
}

pl_rc pl_reference_host(pl_str s, pl_reference *ret, pl_err *err)
{
    pl_reference r = {.host = ""};

    if (!pl_registry_is_host(s))
        return pl_fail(err, PL_USAGE, "%.*s: a registry is HOST[:PORT]",
                       PL_F(pl_str_sub(s, 0, 200)));
    (void)snprintf(r.host, sizeof(r.host), "%.*s", PL_F(s));
    *ret = r;
    return PL_OK;
}

void pl_reference_text(const pl_reference *r, char ret[PL_REFERENCE_TEXT])
{
    _Static_assert(sizeof(r->host) + sizeof(r->repository) + sizeof(r->tag) + sizeof(r->digest) <
                       PL_REFERENCE_TEXT,
                   "any reference fits");

    (void)snprintf(ret, PL_REFERENCE_TEXT, "%s%s%s%s%s%s%s", r->host, r->repository[0] ? "/" : "",
                   r->repository, r->tag[0] ? ":" : "", r->tag, r->digest[0] ? "@" : "", r->digest);
}

const char *pl_reference_api_host(const char *host)
{
    return strcmp(host, "docker.io") == 0 ? "registry-1.docker.io" : host;
}

bool pl_reference_is_loopback(pl_str host)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr number;
    pl_str name;

    if (pl_str_starts(host, PL_S("[")))
        return pl_str_eq(host, PL_S("[::1]")) || pl_str_starts(host, PL_S("[::1]:"));
    (void)pl_str_cut(&host, ':', &name);
    if (pl_str_eq_nocase(name, PL_S("localhost")))
        return true;
    return pl_str_to_c(name, text, sizeof(text)) && inet_pton(AF_INET, text, &number) == 1 &&
           ntohl(number.s_addr) >> 24 == 127;
}
