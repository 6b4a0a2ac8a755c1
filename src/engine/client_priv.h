/* SPDX-License-Identifier: Apache-2.0 */
/* What the two sides of the engine client share: the table, addresses, the cage. Nobody else
 * includes this. */
#pragma once

#include "engine/client.h"
#include "engine/client_cage.h"
#include "engine/client_msg.h"
#include "engine/limits.h"

/* client_role.c: main() can become the process. */
bool pl_engine_client_can_start(void);

/* ---- client_table.c: what may be asked ---- */

/* The path for a kind and id, behind /v1.NN; PL_DENIED for what the table does not hold. */
pl_rc pl_engine_path(pl_engine_doc kind, pl_str id, char ret[PL_ENGINE_URL_MAX],
                     pl_err *err) PL_MUST_USE;

/* Bytes that its answer may have; SIZE_MAX: whatever the reader takes. */
size_t pl_engine_answer_max(pl_engine_doc kind);

/* ---- client_address.c ---- */

typedef struct pl_engine_place {
    pl_str socket; /* path of a unix socket, into the address; empty: TCP */
    pl_str host;   /* of TCP, without brackets */
    uint16_t port;
    bool tls;
    char base[PL_ENGINE_URL_MAX]; /* "http://engine", "https://10.0.0.1:2376" */
} pl_engine_place;

/* has_tls: certificates were given. PL_UNSUPPORTED: a scheme that we do not speak. */
pl_rc pl_engine_place_of(const char *address, bool has_tls, pl_engine_place *ret,
                         pl_err *err) PL_MUST_USE;
