/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handshakes that offer one thing each. A server that demands a client certificate breaks the
 * handshake off, but only after it has chosen version and cipher; a chosen cipher is therefore
 * what says that an offer was accepted.
 */
#include "engine/probe.h"

#include "engine/limits.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

PL_DEFINE_CLEANUP(auto_ctx_, SSL_CTX *, SSL_CTX_free, NULL)
PL_DEFINE_CLEANUP(auto_ssl_, SSL *, SSL_free, NULL)

static int dial(const pl_probe *p)
{
    char port[16];
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM},
                    *to = NULL;
    struct timeval limit = {.tv_sec = PL_ENGINE_PROBE_MS / 1000,
                            .tv_usec = PL_ENGINE_PROBE_MS % 1000 * 1000L};

    (void)snprintf(port, sizeof(port), "%lld", (long long)p->port);
    if (getaddrinfo(p->host, port, &hints, &to) != 0)
        return -1;
    PL_AUTO_FD int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
              setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
              connect(fd, to->ai_addr, to->ai_addrlen) == 0;
    freeaddrinfo(to);
    return ok ? PL_TAKE(fd, -1) : -1;
}

/* Offers TLS from least to most with these ciphers (NULL: all, the weakest too). */
static pl_answer offer(const pl_probe *p, int least, int most, const char *ciphers)
{
    PL_CLEANUP(auto_ctx_) SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    PL_AUTO_FD int fd = ctx ? dial(p) : -1;

    if (fd < 0)
        return PL_ANSWER_UNKNOWN;
    SSL_CTX_set_security_level(ctx, 0);
    if (!SSL_CTX_set_min_proto_version(ctx, least) || !SSL_CTX_set_max_proto_version(ctx, most) ||
        !SSL_CTX_set_cipher_list(ctx, ciphers ? ciphers : "ALL:@SECLEVEL=0"))
        return PL_ANSWER_UNKNOWN;
    PL_CLEANUP(auto_ssl_) SSL *ssl = SSL_new(ctx);
    if (!ssl || !SSL_set_fd(ssl, fd))
        return PL_ANSWER_UNKNOWN;
    errno = 0;
    int done = SSL_connect(ssl);
    int why = SSL_get_error(ssl, done);
    bool accepted = done == 1 || SSL_get_current_cipher(ssl);
    ERR_clear_error();
    if (!accepted && why == SSL_ERROR_SYSCALL && errno == EAGAIN)
        return PL_ANSWER_UNKNOWN; /* silence */
    return accepted ? PL_ANSWER_YES : PL_ANSWER_NO;
}

/* Every TLS 1.2 suite of this OpenSSL, offered alone. */
static void read_ciphers(pl_arena *a, pl_probe *p)
{
    PL_CLEANUP(auto_ctx_) SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx || !SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0"))
        return;
    STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);
    int n = sk_SSL_CIPHER_num(all);
    pl_str *names = pl_arena_calloc(a, n > 0 ? (size_t)n : 1, sizeof(*names));
    size_t found = 0;

    for (int i = 0; names && i < n; i++) {
        const SSL_CIPHER *c = sk_SSL_CIPHER_value(all, i);
        if (strcmp(SSL_CIPHER_get_version(c), "TLSv1.3") == 0)
            continue;
        pl_answer answer = offer(p, TLS1_2_VERSION, TLS1_2_VERSION, SSL_CIPHER_get_name(c));
        if (answer == PL_ANSWER_UNKNOWN)
            return;
        if (answer == PL_ANSWER_YES)
            names[found++] = pl_arena_str(a, pl_str_c(SSL_CIPHER_get_name(c)));
    }
    p->ciphers = names;
    p->n_ciphers = found;
}

void pl_probe_tls(pl_arena *a, pl_probe *p)
{
    p->tls = offer(p, TLS1_2_VERSION, TLS1_3_VERSION, NULL);
    p->old_tls = offer(p, TLS1_VERSION, TLS1_1_VERSION, NULL);
    if (p->old_tls == PL_ANSWER_YES)
        p->tls = PL_ANSWER_YES;
    if (p->tls == PL_ANSWER_YES)
        read_ciphers(a, p);
}
