/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first message of a TLS handshake, and the first answer to it, by hand (RFC 8446, RFC 5246,
 * RFC 6101): which version and which cipher suite a server accepts.
 *
 * A handshake of the library's offers only what the library's build and the machine's policy let it
 * offer. A server's SSL 3.0, RC4 or export suites would then look as if they were not there. This
 * hello offers anything, and ends with the server's choice, so no cryptography is needed.
 */
#pragma once

#include "core/buf.h"
#include "core/str.h"

enum {
    PL_TLS_SSL3 = 0x0300,
    PL_TLS_10 = 0x0301,
    PL_TLS_11 = 0x0302,
    PL_TLS_12 = 0x0303,
    PL_TLS_13 = 0x0304,
};

/* A suite by its number; the table ends with a NULL name. */
typedef struct pl_suite {
    uint16_t number;
    const char *name; /* IANA's */
} pl_suite;

extern const pl_suite pl_suites[];

/* NULL: it is none of the table. */
const char *pl_suite_name(uint16_t number);
/* TLS 1.3 has suites of its own. */
bool pl_suite_is_13(uint16_t number);

/*
 * Appends a hello that offers this one version, and these suites in this order. server_name: as the
 * certificate has it; empty, or an address: none is sent.
 */
void pl_hello_write(uint16_t version, const uint16_t *suites, size_t n, pl_str server_name,
                    pl_buf *out);

typedef enum pl_hello_end {
    PL_HELLO_MORE,      /* not all of it is there yet */
    PL_HELLO_ACCEPTED,  /* version and suite were chosen */
    PL_HELLO_ALERT,     /* refused */
    PL_HELLO_ODD,       /* an answer that is no TLS */
    PL_HELLO_CLOSED,    /* no answer: the connection ended */
    PL_HELLO_SILENT,    /* no answer in time */
    PL_HELLO_UNREACHED, /* no connection */
    PL_HELLO_UNREAD,    /* a record of TLS that is neither of the two: cut up, or too large */
} pl_hello_end;

typedef struct pl_hello_answer {
    pl_hello_end end;
    uint16_t version, suite; /* PL_HELLO_ACCEPTED; the version may be a lower one than offered */
    uint8_t alert;           /* PL_HELLO_ALERT: AlertDescription */
} pl_hello_answer;

/* Decodes what has come so far: a bounded decoder, fuzzed. Only a whole first message counts. */
void pl_hello_read(pl_str bytes, pl_hello_answer *ret);
