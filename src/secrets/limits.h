/* SPDX-License-Identifier: Apache-2.0 */
/* The maximum of everything in secrets that outside input can make grow. */
#pragma once

enum {
    PL_SECRETS_PATTERNS = 1000,      /* patterns in the content */
    PL_SECRETS_ARENA = 8 << 20,      /* bytes of patterns and names */
    PL_SECRETS_BLOB = 64 << 20,      /* bytes of the written form */
    PL_SECRETS_WINDOW = 32 << 10,    /* bytes after a candidate that its confirmation may look at */
    PL_SECRETS_BEFORE = 64,          /* bytes before it */
    PL_SECRETS_FIND_WIDTH = 1 << 10, /* bytes that a find expression may span */
    PL_SECRETS_BLOCK = 512 << 10,    /* bytes of a stream that are scanned at a time */
    PL_SECRETS_LOOKBACK = 4 << 10,   /* bytes before a candidate that a stream keeps */
    PL_SECRETS_NEAR = 48,            /* bytes from a word of a name to the sign behind the name */
    PL_SECRETS_SIGN = 12,            /* bytes of the sign, blanks and quotes */
    PL_SECRETS_CANDIDATES = 100000,  /* candidates of one scan */
    PL_SECRETS_DECODED = 256 << 20,  /* bytes of base64 that one scan decodes */
    PL_SECRETS_HITS = 10000,         /* secrets of one scan */
    PL_SECRETS_MATCH_STEPS = 100000, /* of one confirmation */
    PL_SECRETS_MATCH_DEPTH = 1000,   /* its backtracking depth */
    PL_SECRETS_MATCH_HEAP_KIB = 1024, /* its memory */
    PL_SECRETS_NAME = 128,            /* bytes of a name in NAME=VALUE */
    PL_SECRETS_WORDS = 16,            /* words of a name that are looked at, from its end */
};
