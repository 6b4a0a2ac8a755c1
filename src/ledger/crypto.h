/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cryptography of the ledger that is not hashing, through OpenSSL EVP: random bytes, Ed25519
 * (RFC 8032), and the wrapping of keys (RFC 3394). A pl_ed25519 belongs to one thread at a time.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"

pl_rc pl_random(void *p, size_t n, pl_err *err) PL_MUST_USE;

typedef struct pl_ed25519 pl_ed25519;

pl_rc pl_ed25519_new(const unsigned char seed[32], pl_ed25519 **ret, unsigned char ret_public[32],
                     pl_err *err) PL_MUST_USE;
void pl_ed25519_free(pl_ed25519 *k);
pl_rc pl_ed25519_sign(const pl_ed25519 *k, pl_str text, unsigned char ret[64],
                      pl_err *err) PL_MUST_USE;
bool pl_ed25519_holds(const unsigned char public_key[32], pl_str text,
                      const unsigned char signature[64]);

enum { PL_WRAPPED_KEY = 40 };

/* AES-256 key wrap of one 32-byte key by another. */
pl_rc pl_key_wrap(const unsigned char kek[32], const unsigned char key[32],
                  unsigned char ret[PL_WRAPPED_KEY], pl_err *err) PL_MUST_USE;
/* PL_TAMPERED: not wrapped by this key. */
pl_rc pl_key_unwrap(const unsigned char kek[32], const unsigned char wrapped[PL_WRAPPED_KEY],
                    unsigned char ret[32], pl_err *err) PL_MUST_USE;
