/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WWW-Authenticate (RFC 9110 section 11.6.1), as registries send it: which schemes the server
 * takes, and of Bearer the token server, the service and the scope (distribution "token"
 * specification). Hostile text: what is malformed or too long is no challenge. Any thread.
 */
#pragma once

#include "core/buf.h"
#include "registry/limits.h"

enum { PL_CHALLENGE_TEXT = 1024 };

typedef struct pl_challenge {
    bool has_basic, has_bearer;
    char realm[PL_CHALLENGE_TEXT]; /* of Bearer: a URL, not yet looked at */
    char service[PL_CHALLENGE_TEXT];
    char scope[PL_CHALLENGE_TEXT]; /* empty: none */
} pl_challenge;

/* Adds what one header's value says. False: it is malformed; what stood before the mistake stays
 * out too. */
bool pl_challenge_read(pl_str value, pl_challenge *c);

/* Appends text with all but unreserved characters as %XX (RFC 3986 section 2.3). */
void pl_url_escape(pl_buf *out, pl_str text);
