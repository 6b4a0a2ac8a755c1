/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts of bytes as people write them: "1048576", "64K", "500M", "1G". */
#pragma once

#include "core/err.h"
#include "core/str.h"

/* PL_USAGE names what. NULL: 0. */
pl_rc pl_cli_bytes(const char *what, const char *text, uint64_t *ret, pl_err *err) PL_MUST_USE;
