/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that are kept on a disk and must not be read there: AES-256-GCM (NIST SP 800-38D) through
 * OpenSSL EVP, with a new random nonce each time. The form is nonce (12), ciphertext, tag (16).
 * Functions are safe in several threads.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

enum { PL_SEAL_KEY = 32, PL_SEAL_NONCE = 12, PL_SEAL_TAG = 16 };

/* Appends to out. bound: bytes that are not kept in it, without which it does not open. */
pl_rc pl_seal(const unsigned char key[PL_SEAL_KEY], pl_str bound, pl_str plain, pl_buf *out,
              pl_err *err) PL_MUST_USE;

/* Appends to out, nothing when it fails. PL_TAMPERED: other bytes, another key or other bound ones.
 */
pl_rc pl_unseal(const unsigned char key[PL_SEAL_KEY], pl_str bound, pl_str sealed, pl_buf *out,
                pl_err *err) PL_MUST_USE;
