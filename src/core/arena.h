/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arena: everything that one parse makes lives and dies together.
 *
 * An arena has a budget in bytes. Hostile input that asks for more gets NULL, which the parser
 * reports as PL_LIMIT. One arena belongs to one thread at a time.
 */
#pragma once

#include "core/attr.h"
#include "core/str.h"

#include <stdarg.h>

typedef struct pl_arena pl_arena;

pl_arena *pl_arena_new(size_t budget); /* NULL: out of memory */
void pl_arena_free(pl_arena *a);       /* accepts NULL */
size_t pl_arena_used(const pl_arena *a);

/* Forgets all that was made, and may keep some memory for what comes next. */
void pl_arena_reset(pl_arena *a);

/* Zeroed, aligned for any type. NULL: the budget or the memory is used up, or n * size overflows.
 */
void *pl_arena_calloc(pl_arena *a, size_t n, size_t size) PL_MUST_USE;

/* A copy that outlives the source. p is NULL on failure, never for an empty slice. */
pl_str pl_arena_str(pl_arena *a, pl_str s);

/* A text made of others; empty, p never NULL, when there is no room for it. */
pl_str pl_arena_vtext(pl_arena *a, const char *fmt, va_list args) PL_PRINTF(2, 0);

#define PL_NEW(a, T) ((T *)pl_arena_calloc((a), 1, sizeof(T)))

PL_DEFINE_CLEANUP(pl_auto_arena_, pl_arena *, pl_arena_free, NULL)
#define PL_AUTO_ARENA PL_CLEANUP(pl_auto_arena_)
