/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Card numbers (primary account numbers) in text.
 *
 * A number counts when its first digits and its length belong to a card brand, its check digit
 * holds (ISO/IEC 7812-1 annex B, Luhn), no letter or digit touches it, and it is written in one
 * piece or in the groups of a card with one and the same separator. Numbers that the brands publish
 * for tests do not count. Any thread.
 */
#pragma once

#include "core/str.h"

/* The first card number at or after `at`; false when there is none. */
bool pl_pan_next(pl_str text, size_t at, size_t *ret_from, size_t *ret_n);
