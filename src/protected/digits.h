/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check digits and the rules of numbers that identify people, payments and those who treat them.
 * Text in, a length out; nothing is kept. Any thread.
 */
#pragma once

#include "core/str.h"

/* Luhn's check digit over text of digits only. */
bool pl_luhn(pl_str digits);

/*
 * A test of a number that has the right shape: text begins with it, the shape took n bytes. Gives
 * the bytes that it really takes, or 0 when it is no such number.
 */
typedef size_t (*pl_number_test)(pl_str text, size_t n);

/*
 * The test of this name; NULL: there is none. "none" passes everything; "ssn", "itin", "npi",
 * "dea", "mbi", "nhs", "sin", "iban", "aba", "date" and "has-digits" are the others.
 */
pl_number_test pl_number_test_named(pl_str name);
