/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP client: requests over a unix socket or over TCP with TLS, several at once.
 *
 * A pl_http is one peer's way in: a unix socket, or certificates for https. It keeps connections
 * open between runs, and works on an event loop (loop.h): its own, or the caller's. Every call has
 * a deadline and a cap on its answer; protocols are restricted to https (and http where a socket
 * or the option says so), TLS to 1.2 and later, redirects to none unless asked for. The body goes
 * to a buffer, a descriptor or a function. What comes back is raw bytes from outside: whoever
 * parses it does so in the jail.
 *
 * Errors name the method, the socket or host and the path. Codes: PL_TIMEOUT (deadline, or a
 * stalled body), PL_LIMIT (answer above its cap), PL_NOTFOUND and PL_DENIED (socket or
 * certificate file), PL_NET (everything else on the wire). An HTTP status is not an error here.
 * One thread at a time.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "core/loop.h"
#include "core/proxy.h"

enum {
    PL_HTTP_DEADLINE_MS = 10000, /* where a call names none */
    PL_HTTP_CONNECT_MS = 5000,
    PL_HTTP_STALL_S = 30, /* a body that sends nothing for so long is given up */
    PL_HTTP_BODY_MAX = 16 << 20,
    PL_HTTP_HEADER_MAX = 32 << 10,
    PL_HTTP_REDIRECTS = 5,
    PL_HTTP_PARALLEL = 8,
};

typedef struct pl_http pl_http;

/*
 * Text is copied, the bytes of PEM are borrowed as long as the client lives. Zeroed options: https
 * only, the system's certificate authorities.
 */
typedef struct pl_http_options {
    pl_loop *loop;           /* NULL: a loop of its own; else the caller's, which lives longer */
    const char *unix_socket; /* path; every request goes through it and URLs say http://ANY/... */
    const char *socket_name; /* what errors call it; NULL: unix_socket */
    const char *ca_file;     /* PEM; NULL: the system's store */
    const char *cert_file;   /* PEM client certificate; NULL: none */
    const char *key_file;    /* PEM; NULL: in cert_file */
    pl_str ca_pem;           /* bytes in the place of a file, for who can open none */
    pl_str cert_pem;
    pl_str key_pem;
    const char *resolved;  /* "HOST:PORT:ADDRESS[,ADDRESS...]" in the place of a look-up, or NULL */
    bool allow_plain;      /* http:// over TCP as well */
    bool no_verify;        /* for probes, which believe nothing of the answer */
    unsigned parallel;     /* calls that pl_http_run runs at a time; 0: PL_HTTP_PARALLEL */
    bool follow;           /* follow redirects, https only */
    const pl_proxy *proxy; /* NULL or not used: never a proxy, whatever the environment says */
    const char *no_proxy;  /* with proxy: who is asked straight, as NO_PROXY has it; NULL: nobody */
} pl_http_options;

/*
 * Gets each piece of a body; an error ends the call with that error. A sink that can take nothing
 * now sets waits of its call and takes nothing; the piece comes again after pl_http_resume().
 */
typedef pl_rc (*pl_http_sink)(pl_str bytes, void *arg, pl_err *err);

typedef struct pl_http_call {
    /* the request */
    const char *method; /* "GET", "HEAD", "POST"; NULL: GET */
    const char *url;
    pl_str body; /* of a POST */
    const char *content_type;
    const char *const *lines; /* more headers, "Accept: text/plain", ending with NULL; NULL: none;
                                 with `follow` they go to whom it is redirected to as well */
    unsigned deadline_ms;     /* 0: PL_HTTP_DEADLINE_MS */
    unsigned quiet_ms;        /* not 0: of an answer that has begun; so long without a byte is its
                                 end, and no error; a sink may change it */
    size_t max;               /* bytes of answer; 0: PL_HTTP_BODY_MAX */
    pl_http_sink sink;        /* NULL: into `answer` */
    void *sink_arg;

    /* the outcome */
    pl_rc rc;
    pl_err err;
    int status;      /* 0: there was none; a sink sees it already */
    uint64_t length; /* bytes of body */
    bool waits;      /* see pl_http_sink */
    bool is_no_tls;  /* of an https URL: what answers does not speak TLS, or none of ours */
    bool is_cut;     /* the connection broke off, or brought nothing, behind the request */
    pl_buf answer;   /* empty when a sink took it */
    pl_buf headers;  /* of the last response, as sent */
} pl_http_call;

pl_rc pl_http_new(const pl_http_options *o, pl_http **ret, pl_err *err) PL_MUST_USE;
void pl_http_free(pl_http *h); /* drops calls under way: their done is not called */

/* Runs all calls, so many at a time as the options say, and returns when each has its rc. Only for
 * a client with its own loop. */
void pl_http_run(pl_http *h, pl_http_call *calls, size_t n);

/* One call; returns its rc. */
pl_rc pl_http_one(pl_http *h, pl_http_call *call, pl_err *err) PL_MUST_USE;

/*
 * On the caller's loop: starts a call, which must live until done is called, from the loop and
 * once. An error here is the outcome at once, and done is not called.
 */
typedef void (*pl_http_done)(pl_http_call *call, void *arg);
pl_rc pl_http_start(pl_http *h, pl_http_call *call, pl_http_done done, void *arg) PL_MUST_USE;

/* The sink of a call that waits takes bytes again. May call the sink, and done. */
void pl_http_resume(pl_http *h, pl_http_call *call);

/* Ends a call under way; its done is not called. */
void pl_http_cancel(pl_http *h, pl_http_call *call);

/* Frees what an outcome holds; accepts a call that never ran. */
void pl_http_call_done(pl_http_call *call);

/* Value of a header of the answer, borrowed from call->headers; empty when it is not there. */
pl_str pl_http_header(const pl_http_call *call, pl_str name);

/* A sink that writes to the descriptor *(int *)arg. */
pl_rc pl_http_to_fd(pl_str bytes, void *arg, pl_err *err);

PL_DEFINE_CLEANUP(pl_auto_http_, pl_http *, pl_http_free, NULL)
#define PL_AUTO_HTTP PL_CLEANUP(pl_auto_http_)
#define PL_AUTO_HTTP_CALL PL_CLEANUP(pl_http_call_done)
