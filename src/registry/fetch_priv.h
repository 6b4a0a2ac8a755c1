/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the fetcher's process. Nobody else but its caller's side (client.c) includes this. */
#pragma once

#include "core/http_client.h"
#include "core/outlet.h"
#include "core/packet.h"
#include "registry/challenge.h"
#include "registry/fetch_msg.h"
#include "registry/limits.h"

/* X(symbol, bit, what a sandbox without it is called) */
#define PL_FETCH_GAVE_LIST(X)                                                                      \
    X(UID, 0, "uid kept")                                                                          \
    X(LANDLOCK, 1, "no landlock")                                                                  \
    X(SECCOMP, 2, "no seccomp")

enum {
#define X(sym, bit, missing) PL_FETCH_GAVE_##sym = 1 << (bit),
    PL_FETCH_GAVE_LIST(X)
#undef X
};

bool pl_registry_client_can_start(void); /* main() can become the process */

/* fetch_cage.c: keeps its descriptors, stream sockets to anywhere, look-ups of names by the files
 * below etc_fd (-1: none), and nothing else. */
pl_rc pl_fetch_cage(int etc_fd, uint32_t *ret_given, pl_err *err) PL_MUST_USE;

/* One registry, as the caller named it. Secrets are wiped with the process. */
typedef struct pl_fetch_host {
    char name[PL_REGISTRY_HOST_MAX + 1];       /* for people and scopes: "docker.io" */
    pl_buf ca, cert, key;                      /* PEM */
    char *user, *password, *identity, *bearer; /* NULL: none */
    bool may_be_plain, is_plain, wants_basic;
} pl_fetch_host;

/* Where a URL leads. */
typedef struct pl_fetch_place {
    bool is_plain;
    char authority[PL_REGISTRY_HOST_MAX + 1]; /* HOST[:PORT] */
    pl_str rest;                              /* path and query, into the URL */
} pl_fetch_place;

/* One host that is talked to, with the certificates of the registry that led to it. */
typedef struct pl_fetch_peer {
    pl_http *http; /* NULL: free */
    uint32_t host;
    bool is_plain;
    char authority[PL_REGISTRY_HOST_MAX + 1];
} pl_fetch_peer;

typedef struct pl_fetch_token {
    char *scope, *text; /* NULL: free */
    uint32_t host;
} pl_fetch_token;

struct pl_fetcher;

/* One question under way: from a registry into the caller's descriptor. */
typedef struct pl_fetch_call {
    struct pl_fetcher *f;
    uint32_t tag; /* 0: free */
    pl_outlet out;
    pl_fetch_what what;
    uint32_t host;
    char *path;   /* at the registry */
    char *scope;  /* of the token that it needs */
    char *url;    /* now asked: the registry's, or where it redirected to */
    bool is_away; /* url is not the registry's: it gets no credentials */
    uint64_t size, written, skip;
    uint64_t before; /* written when the request was sent */
    uint64_t end_ns;
    unsigned tries, cuts, redirects, tokens;
    bool has_landed; /* the peer is done; pending bytes may be left */
    bool is_checked; /* the head of the answer that now comes */
    pl_http *http, *token_http;
    pl_http_call body, token;
    pl_buf authorization, range, question; /* lines, and the token's form or URL; with NUL */
    pl_buf token_url;
    const char *lines[5];
    const char *token_lines[2];
    pl_loop_event *timer;
    pl_buf said;
} pl_fetch_call;

typedef struct pl_fetcher {
    pl_loop *loop;
    uint32_t given;
    pl_fetch_host hosts[PL_REGISTRY_HOSTS];
    uint32_t n_hosts;
    char *proxy_https, *proxy_http, *proxy_none; /* NULL: none */
    pl_fetch_peer peers[PL_REGISTRY_PEERS];
    pl_fetch_token tokens[PL_REGISTRY_TOKENS];
    size_t next_token;
    pl_fetch_call calls[PL_REGISTRY_FLIGHTS];
} pl_fetcher;

/* ---- fetch_peer.c ---- */

/* "https://HOST[:PORT]/..." or http; false: no such URL, or one with a user in it. */
bool pl_fetch_place_of(pl_str url, pl_fetch_place *ret);

/* The client for that place, made and its name looked up when it is new. PL_DENIED: plain HTTP
 * where it is not allowed. */
pl_rc pl_fetch_peer_of(pl_fetcher *f, uint32_t host, const pl_fetch_place *place, pl_http **ret,
                       pl_err *err) PL_MUST_USE;

/* A redirect's target in full, against the URL that it came from. PL_FORMAT: it is none. */
pl_rc pl_fetch_resolve(pl_str base, pl_str location, pl_buf *out, pl_err *err) PL_MUST_USE;

/* ---- fetch_token.c ---- */

/* The Authorization line for the call, empty when it needs none; with NUL. */
void pl_fetch_authorize(pl_fetch_call *c);

/* What the registry asked for with a 401: credentials at hand, or a token that is now fetched,
 * after which pl_fetch_go_on is called. PL_DENIED: there is nothing to offer. */
pl_rc pl_fetch_answer_challenge(pl_fetch_call *c, bool *ret_is_under_way, pl_err *err) PL_MUST_USE;

/* Of a token server's JSON: "token" or "access_token". PL_FORMAT. */
pl_rc pl_fetch_read_token(pl_str json, char *ret, size_t room, pl_err *err) PL_MUST_USE;

/* ---- fetch_call.c ---- */

/* Sends the request (again), from where it was cut. An error is the call's outcome. */
pl_rc pl_fetch_send(pl_fetch_call *c, pl_err *err) PL_MUST_USE;

/* After the token came, or not. */
void pl_fetch_go_on(pl_fetch_call *c, pl_rc rc, pl_err *err);

/* A status that passes: waits and sends again, or says why not. */
pl_rc pl_fetch_wait(pl_fetch_call *c, const pl_http_call *of, pl_err *err) PL_MUST_USE;

pl_rc pl_fetch_status_error(const pl_fetch_call *c, const char *url, int status, pl_str said,
                            pl_err *err);

unsigned pl_fetch_ms_left(const pl_fetch_call *c);

/* Retry-After: seconds or a date (RFC 9110 section 10.2.3); false: neither. */
bool pl_fetch_retry_after(pl_str value, int64_t now_s, uint64_t *ret_s);

/* Link (RFC 8288): the query of the target with rel="next"; empty: none. */
pl_str pl_fetch_next_page(pl_str link);

/* Content-Range (RFC 9110 section 14.4): the first byte. */
bool pl_fetch_range_start(pl_str value, uint64_t *ret);

/* ---- fetch_serve.c ---- */

/* Says READY, then serves until the caller has closed its end. */
pl_rc pl_fetcher_run(pl_fetcher *f, pl_packet *p) PL_MUST_USE;

/* FAILED to the caller; PL_OK: it was sent. */
pl_rc pl_fetcher_say_failure(uint32_t tag, pl_rc rc, const pl_err *why);

/* The end of a call: the descriptor is closed before the caller is told. */
void pl_fetch_finish(pl_fetch_call *c, pl_rc rc, const pl_err *why);
