/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions by vectorscan: UTF-8, a full match of the value.
 *
 * A pattern that vectorscan does not take (back references, look-around) or that is larger than
 * the room's limits is PL_FORMAT with the reason. A pattern is compiled once, by whichever thread
 * needs it first; the scratch space belongs to one evaluation at a time.
 */
#pragma once

#include "core/attr.h"
#include "core/err.h"
#include "core/str.h"

#include <hs/hs.h>

typedef struct pl_regex {
    pl_str pattern;
    hs_database_t *db;     /* NULL: compiled when first matched */
    struct pl_regex *next; /* all of a pl_rules, to free them */
} pl_regex;

/* The pattern is borrowed until pl_regex_done. */
pl_rc pl_regex_compile(pl_str pattern, pl_regex *ret, pl_err *err) PL_MUST_USE;
/* One that is known to compile: it costs milliseconds, and most are never matched. */
void pl_regex_later(pl_str pattern, pl_regex *ret);
void pl_regex_done(pl_regex *re);

typedef enum pl_regex_result { PL_REGEX_NO, PL_REGEX_YES, PL_REGEX_FAILED } pl_regex_result;

/* Bytes that are not UTF-8 count as U+FFFD. FAILED: memory, or a value of 4 GiB. *scratch grows as
 * the pattern needs; start with NULL. */
pl_regex_result pl_regex_match(pl_regex *re, pl_str value, hs_scratch_t **scratch);
