/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slices: a pointer and a length into bytes that somebody else owns.
 *
 * Input from outside is never assumed to end in NUL and may contain NUL. A slice is passed by
 * value. It is valid as long as the buffer or arena that it points into.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pl_str {
    const char *p; /* may be NULL when n is 0 */
    size_t n;      /* bytes */
} pl_str;

#define PL_S(literal) ((pl_str){(literal), sizeof(literal) - 1})

/* For printf: "%.*s", PL_F(s). Clips at INT_MAX. */
#define PL_F(s) ((s).n > INT32_MAX ? INT32_MAX : (int)(s).n), ((s).p ? (s).p : "")

bool pl_str_eq(pl_str a, pl_str b);
int pl_str_cmp(pl_str a, pl_str b); /* by bytes, the shorter first; < 0, 0, > 0 */
bool pl_str_starts(pl_str s, pl_str prefix);
bool pl_str_ends(pl_str s, pl_str suffix);
bool pl_str_has(pl_str s, pl_str part);    /* an empty part is in every slice */
bool pl_str_eq_nocase(pl_str a, pl_str b); /* ASCII letters only */
/* The pattern has at most one "*", which stands for any bytes or none. Made for tables of names
 * that are asked for every file: most are refused by their first byte. */
bool pl_str_fits(pl_str s, const char *pattern);
pl_str pl_str_c(const char *c);                     /* of a C string; NULL gives the empty slice */
pl_str pl_str_sub(pl_str s, size_t from, size_t n); /* clipped to what is there */
pl_str pl_str_trim(pl_str s);

/*
 * Cuts *rest at the first SEP: *head is what stood before it, *rest what comes after. Without
 * SEP, *head is all of *rest and *rest becomes empty. False once there is nothing left to cut;
 * *head is then empty.
 */
bool pl_str_cut(pl_str *rest, char sep, pl_str *head);

/* Whole slice, decimal digits only, no sign, no blanks. False on anything else or overflow. */
bool pl_str_u64(pl_str s, uint64_t *ret);

/* As pl_str_u64 with an optional leading '-'. */
bool pl_str_i64(pl_str s, int64_t *ret);

/* As pl_str_u64 in base 8 (file modes) or 16 (kernel tables); no prefix. */
bool pl_str_u64_base(pl_str s, unsigned base, uint64_t *ret);

/*
 * A C string for a libc call, in the caller's buffer. False when it does not fit or holds NUL.
 */
bool pl_str_to_c(pl_str s, char *buf, size_t room);
