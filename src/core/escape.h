/* SPDX-License-Identifier: Apache-2.0 */
/* Untrusted text in CSV files. For terminals and logs see core/text.h. */
#pragma once

#include "core/buf.h"

/*
 * One cell (RFC 4180): always quoted, quotes doubled, made visible as pl_text_visible does, but
 * line feeds stay. A cell that a spreadsheet would take for a formula (first character = + - or @,
 * after blanks too, or a tab or carriage return) gets an apostrophe in front.
 */
void pl_escape_csv(pl_buf *out, pl_str s);
