/* SPDX-License-Identifier: Apache-2.0 */
/* Small cuts that readers of line-based files share. All slices point into what was given. */
#pragma once

#include "core/str.h"

/* Cuts the next line off, without its end. False: there is none. */
bool pl_next_line(pl_str *rest, pl_str *line);

size_t pl_indent(pl_str line); /* blanks in front */

/* Without blanks around it, and without a pair of quotes. */
pl_str pl_bare(pl_str s);

/* What stands in front of the first or behind the last c; all of it when there is none. */
pl_str pl_before(pl_str s, char c);
pl_str pl_after_last(pl_str s, char c);

/*
 * Lock files written as TOML by tools: headers of tables and "key = value" lines, values on one
 * line. Strings have no escapes there.
 */
typedef struct pl_toml_line {
    pl_str table; /* "package" of [[package]]; empty: a value */
    bool is_array;
    pl_str key, value; /* value without quotes */
} pl_toml_line;
bool pl_toml_next(pl_str *rest, pl_toml_line *ret);

/* The string behind `key = "` in an inline table: { git = "https://..." }. */
pl_str pl_toml_inline(pl_str table, const char *key);
