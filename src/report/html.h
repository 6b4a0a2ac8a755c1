/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTML writer: opens and closes elements, escapes every text and attribute. Private to the room.
 *
 * There is no way to write markup but by elements, so no text from outside can become any: control
 * characters and bidi marks are made visible first (core/text.h), then & < > " ' are escaped. Tags
 * and attribute names are literals of ours. Nesting errors are our mistakes and assert.
 */
#pragma once

#include "core/buf.h"

enum { PL_HTML_DEPTH = 48 };

typedef struct pl_html {
    pl_buf *out;
    unsigned depth;
    const char *open[PL_HTML_DEPTH];
} pl_html;

/* <tag name="value" ...>; pairs of C strings end with NULL. A NULL value leaves the pair out. */
void pl_html_open(pl_html *h, const char *tag, ...) __attribute__((sentinel));
void pl_html_void(pl_html *h, const char *tag, ...) __attribute__((sentinel)); /* no end tag */
void pl_html_close(pl_html *h); /* the innermost element */

void pl_html_c(pl_html *h, const char *words);           /* words of ours */
void pl_html_text(pl_html *h, pl_str s, size_t columns); /* text from outside, cut */
void pl_html_fmt(pl_html *h, const char *fmt, ...) PL_PRINTF(2, 3);

/* <tag class="klass">words</tag>; klass may be NULL. */
void pl_html_el(pl_html *h, const char *tag, const char *klass, const char *words);
void pl_html_el_text(pl_html *h, const char *tag, const char *klass, pl_str s, size_t columns);

/* "prefix" and s with every byte but letters, digits, dot, dash and _ replaced: for id and href. */
enum { PL_HTML_ID = 96 };
const char *pl_html_id(const char *prefix, pl_str s, char ret[PL_HTML_ID]);

/* <a href="#PREFIXs">s</a> */
void pl_html_link(pl_html *h, const char *prefix, pl_str s);
