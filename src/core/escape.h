/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Untrusted text made safe for where it goes. Whoever writes to a terminal, a log or a CSV file
 * calls these; whoever hands text on does not.
 */
#pragma once

#include "core/buf.h"

/*
 * For a terminal or one line of a log. Left as they are: printable UTF-8. Written as \n \r \t, as
 * \xHH or as \u{HEX}: control characters (C0, DEL, C1), bytes that are not UTF-8, the marks that
 * turn or hide text (bidi controls, zero-width and interlinear characters, tags) and the line
 * separators U+2028 and U+2029.
 */
void pl_escape_line(pl_buf *out, pl_str s);

/*
 * One CSV cell (RFC 4180): always quoted, quotes doubled, escaped as pl_escape_line but for line
 * feeds, which stay. A cell that a spreadsheet would take for a formula (first character = + - @,
 * tab or carriage return, after blanks too) gets an apostrophe in front.
 */
void pl_escape_csv(pl_buf *out, pl_str s);
