/* SPDX-License-Identifier: Apache-2.0 */
/* The maximum of everything in redact that outside input can make grow. */
#pragma once

enum {
    PL_REDACT_DEPTH = 64,          /* levels of a JSON document */
    PL_REDACT_DOCUMENT = 64 << 20, /* bytes of a JSON document */
    PL_REDACT_ARENA = 8 << 20,     /* bytes for the hits of one text */
    PL_REDACT_ARGS = 1 << 20,      /* bytes of a list of arguments that are looked at as a line */
    PL_REDACT_RECORD_DEPTH = 8,    /* records in records */
};
