/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine client: the only part that talks to an engine, and it only asks.
 *
 * A table names the methods and paths that it may use (client.c); anything else is refused before
 * a byte is sent. Bodies are raw: the worker parses them. One thread at a time.
 */
#pragma once

#include "core/http_client.h"
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
 * Connects, pings and agrees on an API version. PL_UNSUPPORTED: the address has a scheme that we
 * do not speak, or the engine is older than API 1.41; else the codes of http_client.h.
 */
pl_rc pl_engine_open(const pl_engine_endpoint *e, pl_engine_client **ret, pl_err *err) PL_MUST_USE;
void pl_engine_close(pl_engine_client *c); /* accepts NULL */

const char *pl_engine_api(const pl_engine_client *c);     /* "1.41" */
const char *pl_engine_address(const pl_engine_client *c); /* as given */
const char *pl_engine_socket(const pl_engine_client *c);  /* path of a unix socket, else NULL */

/* One thing to ask for. */
typedef struct pl_engine_ask {
    pl_engine_doc kind;
    const char *id; /* of a container, image or exec; NULL for the other kinds */
    pl_rc rc;       /* the outcome; a status other than 200 is an error */
    pl_err err;
    pl_buf body;
} pl_engine_ask;

/* Asks for all, several at a time. */
void pl_engine_get(pl_engine_client *c, pl_engine_ask *asks, size_t n);
void pl_engine_ask_done(pl_engine_ask *ask);

/* Writes the image as `docker save` does to fd. id: sha256:... */
pl_rc pl_engine_export(pl_engine_client *c, const char *id, int fd, pl_err *err) PL_MUST_USE;

/* Raw JSON of GET /images/ID/history or /exec/ID/json, for callers with a worker of their own. */
pl_rc pl_engine_history(pl_engine_client *c, const char *id, pl_buf *ret, pl_err *err) PL_MUST_USE;
pl_rc pl_engine_exec(pl_engine_client *c, const char *id, pl_buf *ret, pl_err *err) PL_MUST_USE;

/* True when the client may send this: for tests and for the documentation. */
bool pl_engine_may(const char *method, pl_str path);

PL_DEFINE_CLEANUP(pl_auto_engine_client_, pl_engine_client *, pl_engine_close, NULL)
#define PL_AUTO_ENGINE_CLIENT PL_CLEANUP(pl_auto_engine_client_)
