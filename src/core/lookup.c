/* SPDX-License-Identifier: Apache-2.0 */
#include "core/lookup.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

static void add_addresses(const struct addrinfo *found, pl_buf *out)
{
    char text[INET6_ADDRSTRLEN];
    const char *before = "";

    for (const struct addrinfo *a = found; a; a = a->ai_next) {
        if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST))
            continue;
        bool is_v6 = a->ai_family == AF_INET6;
        pl_buf_fmt(out, "%s%s%s%s", before, is_v6 ? "[" : "", text, is_v6 ? "]" : "");
        before = ",";
    }
}

pl_rc pl_look_up(const char *host, uint16_t port, pl_buf *out, pl_err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    unsigned char number[sizeof(struct in6_addr)];

    if (inet_pton(AF_INET, host, number) == 1 || inet_pton(AF_INET6, host, number) == 1)
        return PL_OK;
    int bad = getaddrinfo(host, NULL, &hints, &found);
    if (bad)
        return pl_fail(err, PL_NET, "host %s: %s", host, gai_strerror(bad));
    pl_buf_fmt(out, "%s:%u:", host, port);
    add_addresses(found, out);
    freeaddrinfo(found);
    pl_buf_ch(out, '\0');
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "addresses of %s", host);
}
