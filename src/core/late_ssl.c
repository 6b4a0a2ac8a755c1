/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libssl, loaded when the first endpoint is asked which TLS it takes (late.h): nothing else of ours
 * uses it but libcurl.
 */
#include "core/attr.h"
#include "core/late.h"

#include <openssl/ssl.h>
#include <pthread.h>

/* X(type, function, (parameters), (arguments)): of a context that was made */
#define CALLS(X)                                                                                   \
    X(long, SSL_CTX_ctrl, (SSL_CTX * ctx, int cmd, long n, void *p), (ctx, cmd, n, p))             \
    X(int, SSL_CTX_set_cipher_list, (SSL_CTX * ctx, const char *text), (ctx, text))                \
    X(STACK_OF(SSL_CIPHER) *, SSL_CTX_get_ciphers, (const SSL_CTX *ctx), (ctx))                    \
    X(SSL *, SSL_new, (SSL_CTX * ctx), (ctx))                                                      \
    X(int, SSL_set_fd, (SSL * s, int fd), (s, fd))                                                 \
    X(int, SSL_connect, (SSL * s), (s))                                                            \
    X(long, SSL_ctrl, (SSL * s, int cmd, long n, void *p), (s, cmd, n, p))                         \
    X(int, SSL_read, (SSL * s, void *p, int n), (s, p, n))                                         \
    X(int, SSL_write, (SSL * s, const void *p, int n), (s, p, n))                                  \
    X(int, SSL_version, (const SSL *s), (s))                                                       \
    X(BIO *, SSL_get_rbio, (const SSL *s), (s))                                                    \
    X(STACK_OF(X509) *, SSL_get_peer_cert_chain, (const SSL *s), (s))                              \
    X(void *, SSL_CTX_get_ex_data, (const SSL_CTX *ctx, int at), (ctx, at))                        \
    X(int, SSL_CTX_set_ex_data, (SSL_CTX * ctx, int at, void *p), (ctx, at, p))                    \
    X(SSL_CTX *, SSL_get_SSL_CTX, (const SSL *s), (s))                                             \
    X(uint16_t, SSL_CIPHER_get_protocol_id, (const SSL_CIPHER *c), (c))                            \
    X(int, SSL_get_error, (const SSL *s, int result), (s, result))                                 \
    X(const SSL_CIPHER *, SSL_get_current_cipher, (const SSL *s), (s))                             \
    X(const char *, SSL_CIPHER_get_name, (const SSL_CIPHER *c), (c))                               \
    X(const char *, SSL_CIPHER_get_version, (const SSL_CIPHER *c), (c))

#define VOID_CALLS(X)                                                                              \
    X(SSL_CTX_set_client_cert_cb, (SSL_CTX * ctx, int (*cb)(SSL * s, X509 * *x, EVP_PKEY * *key)), \
      (ctx, cb))                                                                                   \
    X(SSL_CTX_set_security_level, (SSL_CTX * ctx, int level), (ctx, level))                        \
    X(SSL_CTX_free, (SSL_CTX * ctx), (ctx))                                                        \
    X(SSL_free, (SSL * s), (s))

/* Set by load(), once, and read-only afterwards; all of them or none. */
static struct {
    bool is_there;
    __typeof__(SSL_CTX_new) *SSL_CTX_new;
    __typeof__(TLS_client_method) *TLS_client_method;
#define X(type, name, parameters, arguments) __typeof__(name) *name;
    CALLS(X)
#undef X
#define X(name, parameters, arguments) __typeof__(name) *name;
    VOID_CALLS(X)
#undef X
} lib;

static void load(void)
{
    static const pl_late_call calls[] = {{"SSL_CTX_new", (void **)&lib.SSL_CTX_new},
                                         {"TLS_client_method", (void **)&lib.TLS_client_method},
#define X(type, name, parameters, arguments) {#name, (void **)&lib.name},
                                         CALLS(X)
#undef X
#define X(name, parameters, arguments) {#name, (void **)&lib.name},
                                             VOID_CALLS(X)
#undef X
    };
    lib.is_there = pl_late_load("libssl.so.3", calls, PL_COUNT(calls));
}

bool pl_late_ssl(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
    return lib.is_there;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libssl's names say less */
const SSL_METHOD *TLS_client_method(void)
{
    return pl_late_ssl() ? lib.TLS_client_method() : NULL;
}

SSL_CTX *SSL_CTX_new(const SSL_METHOD *method)
{
    return pl_late_ssl() ? lib.SSL_CTX_new(method) : NULL;
}

#define X(type, name, parameters, arguments)                                                       \
    type name parameters                                                                           \
    {                                                                                              \
        return lib.name arguments;                                                                 \
    }
CALLS(X)
#undef X

#define X(name, parameters, arguments)                                                             \
    void name parameters                                                                           \
    {                                                                                              \
        lib.name arguments;                                                                        \
    }
VOID_CALLS(X)
#undef X
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
