/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content in the form in which it lies in the program: read from YAML and proved once, when the
 * program was built (cli/pack_content.c), so that no start of the program does it again.
 *
 * It holds all of pl_content but the test cases beside checks, of which only the number is left.
 * Numbers are little-endian, texts have their length before them (core/rd.h); both ends are the
 * same build. The bytes are our own: one thread builds them, any may read.
 */
#pragma once

#include "core/buf.h"
#include "model/content.h"

void pl_content_pack(const pl_content *c, pl_buf *out);

/* Slices of the result point into the bytes, which have to live as long. PL_FORMAT: other bytes.
 * PL_USAGE: the policy sets a parameter that there is none of. */
pl_rc pl_content_unpack(pl_str bytes, const pl_policy_value *policy, size_t n_policy,
                        pl_content *ret, pl_err *err) PL_MUST_USE;
