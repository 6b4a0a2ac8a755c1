/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting text files into lines, words and settings. All results are slices of the input.
 */
#pragma once

#include "core/arena.h"
#include "core/str.h"

/* Next line without its end; "\r" before it goes too. False at the end of the text. */
bool pl_host_line(pl_str *rest, pl_str *line);

/* As pl_host_line, trimmed, skipping empty lines and comments that begin with one of the marks. */
bool pl_host_setting_line(pl_str *rest, const char *comment_marks, pl_str *line);

/* Next word of a line, separated by blanks and tabs. False when none is left. */
bool pl_host_word(pl_str *rest, pl_str *word);

/* "key = value", "key=value": both trimmed; quotes around the value go. False without '='. */
bool pl_host_key_value(pl_str line, pl_str *key, pl_str *value);

pl_str pl_host_unquote(pl_str s); /* one pair of " or ' around it */

/* A list of slices that grows in an arena. `lost` says that the limit or the memory ran out. */
typedef struct pl_host_strs {
    pl_arena *arena;
    pl_str *v;
    size_t n, room, max;
    bool lost;
} pl_host_strs;

void pl_host_strs_add(pl_host_strs *l, pl_str s);
bool pl_host_strs_has(const pl_str *v, size_t n, pl_str s);
void pl_host_strs_add_once(pl_host_strs *l, pl_str s);

/* ASCII letters in lower case; an empty slice when the arena is used up. */
pl_str pl_host_lower(pl_arena *a, pl_str s);

/* printf into the arena; an empty slice when it does not fit. */
pl_str pl_host_fmt(pl_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
