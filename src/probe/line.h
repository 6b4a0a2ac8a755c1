/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of the prober: in clear or over TLS, every wait bounded by a moment in time.
 * One thread.
 */
#pragma once

#include "probe/talk.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

/* Where it goes; found before the process gave up its files. */
typedef struct pl_line_peer {
    struct sockaddr_storage to;
    socklen_t n;
} pl_line_peer;

typedef struct pl_line {
    int fd; /* -1: none */
    SSL_CTX *ctx;
    SSL *ssl; /* NULL: in clear */
    uint64_t until_ns;
    uint8_t alert; /* PL_TALK_ALERT */
    bool wants_certificate;
} pl_line;

/* Monotonic. */
uint64_t pl_line_now(void);

/* until_ns counts for the connection and for what is done on it. */
pl_talk_end pl_line_open(const pl_line_peer *p, uint64_t until_ns, pl_line *ret);
/* line_tls.c: the handshake: any version and suite that the library has, nothing verified. */
pl_talk_end pl_line_tls(pl_line *l, const char *server_name);
pl_talk_end pl_line_send(pl_line *l, pl_str bytes);
/* Appends what there is, at most max bytes; PL_TALK_CLOSED: the end. */
pl_talk_end pl_line_receive(pl_line *l, size_t max, pl_buf *to);
void pl_line_close(pl_line *l); /* accepts one that is not open */

/* line.c, for line_tls.c: waits until the descriptor is ready, false: the time is over. */
bool pl_line_wait(const pl_line *l, short events);
pl_talk_end pl_line_tls_io(pl_line *l, int result);

#define PL_AUTO_LINE PL_CLEANUP(pl_line_close)
