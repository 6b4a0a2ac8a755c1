/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP proxies by the environment: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in small letters or
 * capitals (small ones first), as curl, Go and the engines read them.
 *
 * A proxy is [http://|https://][USER[:PASSWORD]@]HOST[:PORT]; without a port 80 or 443. NO_PROXY
 * lists with commas: "*", a name (which holds for what is below it too), ".name" (for that alone),
 * an address, a network (10.0.0.0/8), each also with :PORT. Loopback is never asked of a proxy.
 * The variables may hold a password: errors name the variable and never say what is in it.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"

typedef struct pl_proxies {
    pl_str https, http, none; /* as they stand in the environment, empty: not set */
} pl_proxies;

enum { PL_PROXY_HOST_MAX = 255, PL_PROXY_SECRET_MAX = 1024 };

typedef struct pl_proxy {
    bool is_used; /* false: asked straight */
    bool is_tls;  /* to the proxy itself */
    char host[PL_PROXY_HOST_MAX + 1];
    uint16_t port;
    char user[PL_PROXY_SECRET_MAX + 1], password[PL_PROXY_SECRET_MAX + 1]; /* empty: none */
} pl_proxy;

/* Slices of the environment, which must not change while they are in use. */
pl_proxies pl_proxies_of_environment(void);

/* The proxy that a variable names, whoever is asked; for who leaves the exceptions to libcurl. */
pl_rc pl_proxy_of(const pl_proxies *p, bool is_plain, pl_proxy *ret, pl_err *err) PL_MUST_USE;

/* Through which proxy host:port is asked; host without brackets. PL_USAGE: the variable that says
 * so holds no proxy. */
pl_rc pl_proxy_for(const pl_proxies *p, bool is_plain, pl_str host, uint16_t port, pl_proxy *ret,
                   pl_err *err) PL_MUST_USE;
