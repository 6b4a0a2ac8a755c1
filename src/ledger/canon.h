/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical JSON of records: RFC 8785, restricted so that no float code is needed.
 *
 * Strings, booleans, null, arrays, objects, and integers in [-(2^53-1), 2^53-1]. Keys match
 * [a-z_][a-z0-9_.]{0,63} and stand in byte order without duplicates; no blanks; escapes exactly
 * as RFC 8785 section 3.2.2.2 writes them; at most PL_LEAF_DEPTH levels. The checker accepts a
 * text only if it is the one canonical form of what it says, so hashing the bytes hashes the
 * meaning. It allocates nothing. Any thread.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"

typedef enum pl_canon_kind {
    PL_CANON_NULL,
    PL_CANON_BOOL,
    PL_CANON_INT,
    PL_CANON_STRING,
    PL_CANON_ARRAY,
    PL_CANON_OBJECT,
} pl_canon_kind;

/* The whole text is one value of the profile. Errors name the byte. */
pl_rc pl_canon_check(pl_str text, pl_canon_kind *ret_kind, pl_err *err) PL_MUST_USE;

/*
 * Walks the members of an object or the items of an array, checking each as it passes. Start with
 * {text}; false at the end or at the first fault, told apart by pl_canon_walked().
 */
typedef struct pl_canon_walk {
    pl_str text;     /* of the object or array */
    size_t at;       /* bytes of it that were taken */
    pl_str key;      /* out: of this member; empty in an array */
    pl_str value;    /* out: its text, with quotes when it is a string */
    const char *why; /* the fault, NULL: none */
    bool ended;
} pl_canon_walk;

bool pl_canon_next(pl_canon_walk *w);
bool pl_canon_walked(const pl_canon_walk *w); /* the end was reached without a fault */

/* Whether the name may be a key of the profile. */
bool pl_canon_is_key(pl_str key);

/* What stands between the quotes of a string that needs no escape; p NULL for anything else. */
pl_str pl_canon_plain(pl_str value);
