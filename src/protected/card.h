/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Card numbers (primary account numbers) in text.
 *
 * A number counts when its first digits and its length belong to a card brand, its check digit
 * holds (ISO/IEC 7812-1 annex B, Luhn), no letter or digit touches it, and it is written in one
 * piece or in the groups of a card with one and the same separator. The issuer ranges are code and
 * not content: what redaction relies on cannot be taken away by a folder of content. Any thread.
 */
#pragma once

#include "core/str.h"

enum { PL_CARD_DIGITS = 19 };

typedef struct pl_card {
    size_t from, n;              /* where it stands, separators included */
    char digits[PL_CARD_DIGITS]; /* for comparisons in memory: stored and shown nowhere */
    size_t n_digits;
    bool is_grouped; /* written as it stands on a card */
    bool is_valid;   /* its check digit holds */
    bool is_test;    /* the brands or payment services publish it for tests */
} pl_card;

/* Digits of a brand and its length, valid or not, that begin at `at`; no digit stands before. */
bool pl_card_at(pl_str text, size_t at, pl_card *ret);

/* The first valid number at or after `at` that is not published; false when there is none. */
bool pl_card_next(pl_str text, size_t at, size_t *ret_from, size_t *ret_n);
