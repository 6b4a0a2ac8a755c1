/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Licences: what a package says of its licence as an SPDX expression (SPDX 2.3, annex D).
 *
 * The identifiers and the other names that licences go by are content (content/licences/,
 * docs/formats/licences.md). What no name fits becomes "LicenseRef-" and the words that were there;
 * the text as it came is kept beside it by whoever asks. Nothing is guessed: "BSD" alone names no
 * licence, and stays LicenseRef-BSD.
 *
 * The text comes from packages and is anything. Limits: PL_LICENCE_TEXT bytes, PL_LICENCE_TERMS
 * licences, PL_LICENCE_DEPTH brackets; what is over one is LicenseRef-unknown. Read-only once made,
 * any thread.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "model/bind.h"
#include "model/content.h"

enum { PL_LICENCE_TEXT = 4096, PL_LICENCE_TERMS = 256, PL_LICENCE_DEPTH = 32 };

typedef struct pl_licences pl_licences;

/* Files licences/NAME.yaml of the content; others are passed over. PL_FORMAT: file and line. */
pl_rc pl_licences_new(const pl_content_file *files, pl_licences **ret, pl_err *err) PL_MUST_USE;
void pl_licences_free(pl_licences *l); /* accepts NULL */

/* Appends the expression; nothing for a text that says nothing. False: a part of it is not known
 * (LicenseRef-). */
bool pl_licence_expression(const pl_licences *l, pl_str text, pl_buf *out);

/* May what stands under this expression be used? */
typedef enum pl_licence_verdict {
    PL_LICENCE_ALLOWED,
    PL_LICENCE_DENIED,
    PL_LICENCE_UNDECIDED, /* it depends on a licence that is not known */
} pl_licence_verdict;

/*
 * Of OR one side suffices, of AND both are needed. A licence is denied that is among denied, or,
 * when there are any allowed ones, is not among those. An item is an identifier (with " WITH ..."
 * it is for that exception alone); "GPL-*" stands for all that begin so. An unknown licence is
 * undecided until an item names it ("LicenseRef-BSD").
 */
pl_licence_verdict pl_licence_judge(pl_str expression, pl_strs allowed, pl_strs denied);

PL_DEFINE_CLEANUP(pl_auto_licences_, pl_licences *, pl_licences_free, NULL)
#define PL_AUTO_LICENCES PL_CLEANUP(pl_auto_licences_)
