/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts of bytes as people write them: "1048576", "64K", "500M", "1G". */
#pragma once

#include "core/err.h"
#include "core/str.h"

/* "12.3 MiB", "812 bytes" */
enum { PL_BYTES_TEXT = 24 };
void pl_cli_bytes_text(uint64_t n, char ret[PL_BYTES_TEXT]);

/* PL_USAGE names what. NULL: 0. */
pl_rc pl_cli_bytes(const char *what, const char *text, uint64_t *ret, pl_err *err) PL_MUST_USE;
