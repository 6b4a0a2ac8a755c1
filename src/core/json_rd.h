/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pull reader over one JSON text (RFC 8259), for documents of which few keys are wanted.
 *
 * Nothing is allocated: strings come as slices of the text. The first mistake makes the reader bad
 * for good and every later call says "no more", so a caller reads to the end and asks once:
 *
 *     pl_json_rd r = pl_json_rd_of(text);
 *     if (pl_json_enter_object(&r))
 *         for (pl_str key; pl_json_key(&r, &key);)
 *             if (pl_str_eq(key, PL_S("id")))
 *                 pl_json_string(&r, arena, 100, &id);
 *             else
 *                 pl_json_skip(&r);
 *     if (!pl_json_done(&r)) ... r.why, r.p - r.start ...
 *
 * Within a loop each value is taken exactly once: by string, raw, skip, or a loop of its own. Text
 * that is skipped is checked for JSON's grammar, not for UTF-8; strings that are taken are checked
 * for both.
 */
#pragma once

#include "core/arena.h"
#include "core/str.h"

typedef struct pl_json_rd {
    const char *p, *start, *end;
    unsigned depth;
    bool at_open; /* just behind a '{' or '[' */
    bool is_bad;
    const char *why; /* of the first mistake, a literal */
} pl_json_rd;

pl_json_rd pl_json_rd_of(pl_str text);

/* '{', '[', '"', '0' for a number, 't', 'f', 'n'; 0 at the end or when bad. */
char pl_json_peek(pl_json_rd *r);

/*
 * Enters an object or array: false when the value is something else (which is then skipped).
 * Every pl_json_enter_* that was true is followed by its loop until that says false.
 */
bool pl_json_enter_object(pl_json_rd *r);
bool pl_json_enter_array(pl_json_rd *r);
bool pl_json_key(pl_json_rd *r, pl_str *key); /* key without escapes undone; value comes next */
bool pl_json_item(pl_json_rd *r);

/*
 * A string, raw as it stands between the quotes. False, and the value is skipped, when it is none.
 */
bool pl_json_raw(pl_json_rd *r, pl_str *ret);

/*
 * A string of at most max bytes with its escapes undone: in place where it has none, else in the
 * arena. Any other value, a longer string or one that is not UTF-8 makes the reader bad.
 */
bool pl_json_string(pl_json_rd *r, pl_arena *a, size_t max, pl_str *ret);

/*
 * The first max bytes of a string, cut at a character's end; empty when the value is no string.
 */
void pl_json_string_head(pl_json_rd *r, pl_arena *a, size_t max, pl_str *ret);

/* Where the strings of an object go that have these keys. */
typedef struct pl_json_slot {
    const char *key;
    pl_str *to;
} pl_json_slot;

/*
 * Behind pl_json_key: takes the first max bytes of the value when one of the slots has the key.
 * False: none has, and the value is still to be taken.
 */
bool pl_json_pick(pl_json_rd *r, pl_arena *a, pl_str key, const pl_json_slot *slots, size_t n,
                  size_t max);

/* A number of bytes or things: without sign, fraction and exponent; anything else is taken as 0. */
uint64_t pl_json_size(pl_json_rd *r);
/* The text of a number, as it is written; true or false. False, and the value is skipped, when it
 * is none. */
bool pl_json_number(pl_json_rd *r, pl_str *ret);
bool pl_json_bool(pl_json_rd *r, bool *ret);

void pl_json_skip(pl_json_rd *r);
void pl_json_fail(pl_json_rd *r, const char *why); /* the caller's own complaint: a literal */

/* Read to the end without a mistake, and nothing but white space follows. */
bool pl_json_done(pl_json_rd *r);

bool pl_json_is_utf8(pl_str s); /* RFC 3629 */
