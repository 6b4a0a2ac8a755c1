/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Untrusted text made visible: for terminals, logs and pages that people read.
 *
 * Control characters, bidi marks, other invisible format characters and bytes that are not UTF-8
 * become visible escapes in C's notation (\n, \x1b, \u202e), so that nothing a container calls
 * itself moves a cursor, splits a line or reverses a word. A backslash stays one: the form is for
 * reading, not for parsing back.
 *
 * Widths are display columns (wcwidth in C.UTF-8, whatever the caller's locale). Any thread.
 */
#pragma once

#include "core/buf.h"

#define PL_TEXT_ALL SIZE_MAX

/* Loads what widths need. Only a process that is about to lose the file system has to call it. */
void pl_text_init(void);

/* Appends s, cut to at most max columns; what was cut shows as "..." within them. */
void pl_text_visible(pl_buf *out, pl_str s, size_t max);

/* As pl_text_visible, then blanks up to exactly `columns`. */
void pl_text_column(pl_buf *out, pl_str s, size_t columns);

/* Columns of a text as pl_text_visible would show it. */
size_t pl_text_width(pl_str s);

/*
 * The next line of a text that is broken to `columns`, at a blank where there is one; a longer word
 * is cut between characters. *rest moves behind it and behind the blanks there, and is empty at the
 * end. At least one character is taken, however few columns there are.
 */
pl_str pl_text_line(pl_str *rest, size_t columns);

/* Appends all its lines; the first begins where the output stands, `indent` columns in, as the
 * others do. columns: of a whole line. */
void pl_text_wrap(pl_buf *out, pl_str s, size_t indent, size_t columns);

/* Code point at the start of *s, which is cut; -1 for a byte that is not UTF-8 (RFC 3629: no
 * surrogates, no overlong forms, at most U+10FFFF). *s must not be empty. */
int32_t pl_text_next(pl_str *s);
