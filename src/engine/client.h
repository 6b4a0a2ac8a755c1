/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine client: the only part that talks to an engine, and it only asks.
 *
 * It is a process of its own (client_role.c): it alone holds the engine's socket and the TLS key,
 * and can open no file and connect nowhere else. A table names the methods and paths that it may
 * use (client_table.c); anything else is refused before a byte is sent. What is here is the
 * caller's side, which speaks a narrow protocol with it (client_msg.h). Bodies are raw and reach
 * the caller by descriptor; whoever parses them does so in the jail.
 *
 * A process that dies or hangs makes every call fail with an error that names the engine:
 * PL_WORKER or PL_TIMEOUT. One thread at a time.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "engine/parse.h"

typedef struct pl_engine_endpoint {
    const char *address; /* unix:///PATH, tcp://HOST:PORT, http:// or https:// HOST:PORT */
    const char *ca;      /* PEM files; any of them makes TCP speak TLS; NULL: none */
    const char *cert;
    const char *key;
    bool tls; /* TLS with the system's authorities */
} pl_engine_endpoint;

typedef struct pl_engine_client pl_engine_client;

/*
 * Among the first things in main(): when argv says "engine-client", becomes that process and never
 * returns. pl_engine_open asserts that it was called.
 */
void pl_engine_client_main(int argc, char **argv);

/*
 * Starts the process, which connects, pings and agrees on an API version. PL_UNSUPPORTED: the
 * address has a scheme that we do not speak, or the engine is older than API 1.41; PL_NOTFOUND,
 * PL_DENIED: of the socket or a certificate file; else the codes of http_client.h.
 */
pl_rc pl_engine_open(const pl_engine_endpoint *e, pl_engine_client **ret, pl_err *err) PL_MUST_USE;
void pl_engine_close(pl_engine_client *c); /* accepts NULL; ends the process */

const char *pl_engine_api(const pl_engine_client *c);     /* "1.41" */
const char *pl_engine_address(const pl_engine_client *c); /* as given */
const char *pl_engine_socket(const pl_engine_client *c);  /* path of a unix socket, else NULL */

/* "full", or "reduced: no landlock" and the like: what the process could not give up. */
const char *pl_engine_sandbox(const pl_engine_client *c);

/* One thing to ask for. */
typedef struct pl_engine_ask {
    pl_engine_doc kind;
    const char *id; /* of a container, image or exec; NULL for the other kinds */
    pl_rc rc;       /* the outcome; a status other than 200 is an error */
    pl_err err;
    pl_buf body;

    uint32_t tag; /* the client's own: 0 unless it is under way */
    int fd;
} pl_engine_ask;

/* Asks for all, several at a time. */
void pl_engine_get(pl_engine_client *c, pl_engine_ask *asks, size_t n);
void pl_engine_ask_done(pl_engine_ask *ask);

/*
 * An image, as `docker save` writes it, from the engine into fd (a pipe, a socket or a file),
 * without a detour through this process. id: sha256:..., or a name. fd stays the caller's and may
 * be closed at once; `ask` is its memory until finish, which says how it went. A reader that closes
 * its end early ends the call with an error.
 */
pl_rc pl_engine_export_start(pl_engine_client *c, const char *id, int fd, pl_engine_ask *ask,
                             pl_err *err) PL_MUST_USE;
pl_rc pl_engine_export_finish(pl_engine_client *c, pl_engine_ask *ask, pl_err *err) PL_MUST_USE;

/* True when the client may send this: for tests and for the documentation. */
bool pl_engine_may(const char *method, pl_str path);

PL_DEFINE_CLEANUP(pl_auto_engine_client_, pl_engine_client *, pl_engine_close, NULL)
#define PL_AUTO_ENGINE_CLIENT PL_CLEANUP(pl_auto_engine_client_)
