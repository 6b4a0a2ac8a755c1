/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process gives up that talks to one peer and nobody else: the engine client, and the client
 * of room cluster. client_cage.c says how.
 */
#pragma once

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

/* X(symbol, bit, what a sandbox without it is called) */
#define PL_ENGINE_GIVEN_LIST(X)                                                                    \
    X(UID, 0, "uid kept")                                                                          \
    X(LANDLOCK, 1, "no landlock")                                                                  \
    X(SECCOMP, 2, "no seccomp")                                                                    \
    X(ROOT, 3, "other sockets in reach")

enum {
#define X(sym, bit, missing) PL_GIVEN_##sym = 1 << (bit),
    PL_ENGINE_GIVEN_LIST(X)
#undef X
};

/*
 * Gives up everything but connecting to this unix socket (an O_PATH descriptor; -1: TCP) or to this
 * port. *ret_given says what was to be had; with PL_GIVEN_ROOT the path of the socket is from now
 * on "/N", N being its descriptor.
 */
pl_rc pl_engine_cage(int socket_fd, uint16_t port, uint32_t *ret_given, pl_err *err) PL_MUST_USE;
