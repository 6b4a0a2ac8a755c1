/* SPDX-License-Identifier: Apache-2.0 */
/* Hints as bytes, for the worker. */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/rd.h"
#include "host/hints.h"

void pl_hints_encode(const pl_host_hints *h, pl_buf *out);
/* Slices point into the input. False: malformed, or the arena is used up. */
bool pl_hints_decode(pl_rd *r, pl_arena *a, pl_host_hints *ret);
