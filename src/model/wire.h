/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as bytes: how a jailed worker hands what it found to its parent.
 *
 * Layout, little-endian: lstr kind name, u32 field count, then per field u8 state and, when
 * present, the value: bool u8; int and time u64; string lstr; lists u32 count and their items;
 * records nested. Unreadable: lstr reason. Fields stand in the order of the kind's table: both
 * ends are the same program.
 *
 * Decoding believes nothing: unknown kinds, wrong counts, more than PL_WIRE_DEPTH levels, and
 * lengths beyond the input are PL_FORMAT; what does not fit the arena is PL_LIMIT.
 */
#pragma once

#include "core/buf.h"
#include "core/rd.h"
#include "model/value.h"

enum { PL_WIRE_DEPTH = 8 };

void pl_record_encode(const pl_record *r, pl_buf *out);

/* Slices of the result are copied into the arena. in is left after the record. */
pl_rc pl_record_decode(const pl_schema *s, pl_arena *a, pl_rd *in, pl_record **ret,
                       pl_err *err) PL_MUST_USE;
