/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 (FIPS 180-4) and HMAC through OpenSSL EVP, and the text forms hex, base32, base64.
 *
 * The algorithm is fetched once per process: OpenSSL's one-shot SHA256() fetches at every call
 * and is more than twice as slow. A pl_sha256 belongs to one thread at a time.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

enum { PL_SHA256 = 32, PL_SHA256_HEX = 65 /* 64 digits and a NUL */ };

typedef struct pl_sha256 pl_sha256;

pl_sha256 *pl_sha256_new(void); /* NULL: out of memory; ready for add */
void pl_sha256_free(pl_sha256 *h);
void pl_sha256_start(pl_sha256 *h); /* forget what was added */
void pl_sha256_add(pl_sha256 *h, const void *p, size_t n);
void pl_sha256_end(pl_sha256 *h, unsigned char ret[PL_SHA256]); /* then start again */

void pl_sha256_of(pl_str s, unsigned char ret[PL_SHA256]);
void pl_hmac_sha256(pl_str key, pl_str s, unsigned char ret[PL_SHA256]);

void pl_hex(const unsigned char *p, size_t n, char *ret);         /* 2n digits and a NUL */
bool pl_unhex(pl_str s, unsigned char *ret, size_t n);            /* exactly 2n lower-case digits */
void pl_base32(const unsigned char *p, size_t n, pl_buf *out);    /* RFC 4648, no padding */
void pl_base64(const unsigned char *p, size_t n, pl_buf *out);    /* RFC 4648 section 4 */
void pl_base64url(const unsigned char *p, size_t n, pl_buf *out); /* section 5, no padding */
bool pl_unbase64(pl_str s, pl_buf *out); /* section 4, padding required, strict */

PL_DEFINE_CLEANUP(pl_auto_sha256_, pl_sha256 *, pl_sha256_free, NULL)
#define PL_AUTO_SHA256 PL_CLEANUP(pl_auto_sha256_)
