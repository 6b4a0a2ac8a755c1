/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys that image signatures are verified with, and whose they are.
 *
 * A key is ECDSA on P-256 or P-384, Ed25519, or RSA of 2048 bits and more with PKCS#1 v1.5 padding,
 * each over SHA-256 as cosign and containers/image sign; its file is PEM, "BEGIN PUBLIC KEY". Key
 * files are the caller's own. Any thread.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"
#include "core/hash.h"
#include "registry/reference.h"

typedef struct pl_signature_key {
    pl_str scope; /* "HOST" or "HOST/PATH": that repository and those below; empty: all */
    pl_str file;
    pl_str der;             /* SubjectPublicKeyInfo */
    char id[PL_SHA256_HEX]; /* SHA-256 of der, hex */
} pl_signature_key;

typedef struct pl_signature_keys {
    pl_signature_key *items;
    size_t n;
} pl_signature_keys;

/* words: "[HOST[/PATH]=]FILE" with commas; NULL or empty: none. In the arena. PL_USAGE names what
 * is wrong. */
pl_rc pl_signature_keys_read(const char *words, pl_arena *a, pl_signature_keys *ret,
                             pl_err *err) PL_MUST_USE;

/* The keys for a repository: those of the longest scope that it lies in. *ret_n 0: none. */
pl_rc pl_signature_keys_for(const pl_signature_keys *all, const pl_reference *r, pl_arena *a,
                            pl_signature_keys *ret, pl_err *err) PL_MUST_USE;

/* Whether the key made this signature of the bytes. The signature is from outside: in the jail. */
bool pl_signature_holds(pl_str der, pl_str signature, pl_str bytes);
