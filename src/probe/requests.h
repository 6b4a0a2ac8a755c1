/* SPDX-License-Identifier: Apache-2.0 */
/* What endpoints are asked over HTTP, by role: a table, so that nothing else is ever asked. */
#pragma once

#include "probe/talk.h"

enum {
    PL_ASK_ROOT = 1,      /* GET / as the port speaks */
    PL_ASK_PLAIN,         /* GET / in clear */
    PL_ASK_PORT_80,       /* in clear on port 80 of the same host: GET /, of a registry GET /v2/ */
    PL_ASK_PAGE,          /* the page that attacks are compared with */
    PL_ASK_OF_ROLE,       /* and up: rows of the table */
    PL_ASK_ATTACK = 1000, /* and up: attacks */
};

/* A question that only who is let in gets an answer to. None of them changes anything. */
typedef struct pl_role_question {
    const char *role;
    const char *method, *path;
    bool is_write; /* names something that is not there: who may write is told so, others are not
                      let that far */
} pl_role_question;

extern const pl_role_question pl_role_questions[];
extern const size_t pl_role_questions_n;

/* Appends HOST, or [HOST] where it has colons, as URLs have it. */
void pl_request_host(pl_str host, pl_buf *out);

/* Appends one request as it is sent. host: as the header names it. */
void pl_request_write(const char *method, pl_str path, pl_str host, uint16_t port, pl_buf *out);
