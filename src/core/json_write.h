/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON out: a streaming writer, and the canonical form of a parsed document.
 *
 * Both escape what RFC 8259 demands and nothing else, byte for byte as RFC 8785 section 3.2.2
 * says (\b \t \n \f \r, else \u00xx in lower case), so a document can be hashed. Text that is
 * not UTF-8 is carried as U+FFFD by the streaming writer; the ledger, which must not lose bytes,
 * uses {"b64": ...} (ledger/leaf.h).
 *
 * The streaming writer keeps the caller's key order; nesting errors are our mistakes and assert.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

#include <jansson.h>

enum { PL_JW_DEPTH = 32 };

typedef struct pl_jw {
    pl_buf *out;
    bool pretty; /* two blanks a level, for people */
    unsigned depth;
    char close[PL_JW_DEPTH]; /* '}' or ']' per open level */
    bool some[PL_JW_DEPTH];  /* something stands in the level already */
    bool after_key;
} pl_jw;

void pl_jw_object(pl_jw *w);
void pl_jw_array(pl_jw *w);
void pl_jw_end(pl_jw *w);                  /* the innermost object or array */
void pl_jw_key(pl_jw *w, const char *key); /* of our own: nothing in it needs an escape */
void pl_jw_key_str(pl_jw *w, pl_str key);
void pl_jw_str(pl_jw *w, pl_str s);
void pl_jw_c(pl_jw *w, const char *s); /* NULL writes null */
void pl_jw_int(pl_jw *w, int64_t v);
void pl_jw_bool(pl_jw *w, bool v);
void pl_jw_null(pl_jw *w);
void pl_jw_raw(pl_jw *w, pl_str json); /* one value that is JSON already */

/* What the streaming writer wrote in one line, as it would have written it for people. */
void pl_json_indent(pl_str json, pl_buf *out);

/* The same in parts, so that no buffer holds all of it. Starts as {.rest = json}, and is done when
 * nothing is left of that. */
typedef struct pl_json_lines {
    pl_str rest;
    unsigned depth;
    char before; /* the byte in front of the rest, 0 at its start */
} pl_json_lines;

/* Goes on until out has this many bytes, or a few more. */
void pl_json_lines_next(pl_json_lines *l, size_t bytes, pl_buf *out);

/* A quoted JSON string with RFC 8785 escapes. */
void pl_json_quote(pl_buf *out, pl_str s);

/*
 * RFC 8785 without its number form: integers only (a real is PL_FORMAT). Keys are sorted by
 * bytes, which equals UTF-16 order for the ASCII keys of our own documents.
 */
pl_rc pl_json_canonical(const json_t *doc, pl_buf *out, pl_err *err) PL_MUST_USE;
