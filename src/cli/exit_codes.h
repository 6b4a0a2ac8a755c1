/* SPDX-License-Identifier: Apache-2.0 */
/* The exit codes of every verb, as docs/formats/policy.md has them. */
#pragma once

#include <stdio.h>

/* `plimsoll help exit-codes` */
void pl_exit_codes_print(FILE *out);
/* What each help ends with: the codes in two lines. */
void pl_exit_codes_brief(FILE *out);
