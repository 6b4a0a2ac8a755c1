/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the engine client's process: set up (client_role.c) and serving (client_serve.c). */
#pragma once

#include "core/http_client.h"
#include "core/outlet.h"
#include "core/packet.h"
#include "engine/client_priv.h"

struct pl_server;

/* One call under way: from the engine into the caller's descriptor. */
typedef struct pl_errand {
    struct pl_server *server;
    uint32_t tag; /* 0: free */
    pl_outlet out;
    char path[PL_ENGINE_URL_MAX], url[PL_ENGINE_URL_MAX];
    pl_http_call call;
    bool has_landed; /* the engine is done; bytes may wait for the reader */
    pl_buf said;     /* of an answer that is no success */
} pl_errand;

typedef struct pl_server {
    pl_loop *loop;
    pl_http *http;
    pl_engine_place place; /* points into address */
    int socket_fd;         /* O_PATH; -1: TCP */
    uint32_t given;
    char address[PL_ENGINE_PATH_MAX];
    char socket_path[PL_ENGINE_PATH_MAX]; /* as this process reaches it */
    char socket_name[PL_ENGINE_PATH_MAX]; /* as everybody else knows it */
    char api[16];
    pl_buf ca, cert, key; /* PEM */
    pl_buf resolved;      /* with its NUL; empty: nothing to look up */
    pl_errand errands[PL_ENGINE_FLIGHTS];
} pl_server;

/* Says READY, then serves until the caller has closed its end. A message that is malformed ends it.
 */
pl_rc pl_server_run(pl_server *s, pl_packet *p) PL_MUST_USE;

/* FAILED to the caller; PL_OK: it was sent. */
pl_rc pl_server_say_failure(uint32_t tag, pl_rc rc, const pl_err *why);

/* The engine's own words follow the status; whoever prints the error escapes them. */
pl_rc pl_server_status_error(const pl_server *s, const char *path, int status, pl_str said,
                             pl_err *err);
