/* SPDX-License-Identifier: Apache-2.0 */
/* What an endpoint may cost us: every maximum of room probe. */
#pragma once

enum {
    PL_PROBE_CONNECT_MS = 3000,  /* one connection */
    PL_PROBE_STEP_MS = 4000,     /* one hello, handshake or exchange, behind the connection */
    PL_PROBE_ALL_MS = 30000,     /* one endpoint */
    PL_PROBE_BANNER_MS = 300,    /* for what a server says unasked */
    PL_PROBE_GRACE_MS = 3000,    /* beyond that: then the process counts as dead */
    PL_PROBE_BANNER_BYTES = 256, /* of it that are read */
    PL_PROBE_HELLO_BYTES = 2048, /* of an answer to a hello that are read */
    PL_PROBE_HANDSHAKE_BYTES = 256 << 10, /* that a handshake may bring */
    PL_PROBE_CHAIN_BYTES = 64 << 10,      /* of all certificates that a server shows */
    PL_PROBE_CHAIN = 16,                  /* certificates that are kept of them */
    PL_PROBE_SUITES = 192,          /* accepted cipher suites that are told apart, a version */
    PL_PROBE_HEAD_BYTES = 16 << 10, /* of the head of an answer */
    PL_PROBE_BODY_BYTES = 64 << 10, /* of the body of an answer that are read */
    PL_PROBE_HEADERS = 100,         /* of one answer */
    PL_PROBE_COOKIES = 50,          /* of one answer */
    PL_PROBE_NAMES = 200,           /* of one certificate that are kept */
    PL_PROBE_ATTACKS = 48,          /* in the table of harmless attacks */
    PL_PROBE_ATTACK_PAUSE_MS = 100, /* between requests when there are attacks among them */
    PL_PROBE_ATTACK_MS = 120000,    /* one endpoint then */
    PL_PROBE_REQUESTS = 64,         /* that one endpoint is asked */
    PL_PROBE_REQUEST_BYTES = 2048,  /* of one request */
    PL_PROBE_MSG = 48 << 10,        /* bytes of a message to or from the process */
    PL_PROBE_TRANSCRIPT = 2 << 20,  /* bytes that the process may tell of one endpoint */
    PL_PROBE_NOTES = 2000,          /* things in it */
    PL_PROBE_ARENA = 8 << 20,       /* of the record of one endpoint */
    PL_PROBE_AUTHORITIES = 1000,    /* certificates of authorities that are trusted */
    PL_PROBE_AUTHORITIES_BYTES = 4 << 20, /* of their files */
    PL_PROBE_FINGERPRINTS = 100,          /* of authorities that the configuration names */
    PL_PROBE_ENDPOINTS = 256,             /* that one audit looks at */
    PL_PROBE_REGISTRIES = 64,             /* that images of one host come from */
    PL_PROBE_AT_ONCE = 8,                 /* of them at the same time */
};
