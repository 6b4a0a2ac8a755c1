/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The little of TOML that containerd's configuration needs: string values and arrays of strings of
 * one key in one table (toml.io v1.0.0; dotted tables are compared as written, quotes taken off).
 */
#pragma once

#include "host/lines.h"

/* section "" is the top of the file. False: not set. The slice points into the text. */
bool pl_toml_string(pl_str text, pl_str section, pl_str key, pl_str *ret);
/* Adds each string of the array; a lone string counts as an array of one. */
void pl_toml_strings(pl_str text, pl_str section, pl_str key, pl_host_strs *ret);
