/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that must stay provable but may have to go: RFC 9901 disclosures.
 *
 * A disclosure is base64url(JSON [salt, name, value]) with a random salt of 128 bits; the leaf's
 * `_sd` lists base64url(SHA-256(disclosure)) in order, filled up with decoys to a multiple of
 * four. Every digest, a decoy's too, has a file sealed/<aa>/<hex of the digest> that holds the
 * disclosure, so a missing file is always a finding. A decoy is base64url(JSON [salt]).
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "core/hash.h"

enum { PL_SEALED_PAD = 4 };

/* Appends a disclosure. name NULL: a decoy. value: canonical JSON. */
pl_rc pl_sealed_make(const char *name, pl_str value, pl_buf *out, pl_err *err) PL_MUST_USE;

/* Appends base64url(SHA-256(disclosure)); ret: the digest itself. */
void pl_sealed_hash(pl_str disclosure, unsigned char ret[PL_SHA256], pl_buf *out);

/* From the leaf's form (43 characters of base64url). */
bool pl_sealed_digest(pl_str text, unsigned char ret[PL_SHA256]);
