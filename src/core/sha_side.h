/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 (FIPS 180-4) of two streams side by side. Each instruction of a round waits for the one
 * before it, so a processor with SHA instructions is idle half the time that it hashes one stream:
 * a second one takes a fifth longer, not twice as long. Without those instructions it is OpenSSL,
 * one after the other. MD5 of files goes beside both. One thread at a time.
 */
#pragma once

#include "core/hash.h"
#include "core/md5.h"

typedef struct pl_sha_side pl_sha_side;

pl_sha_side *pl_sha_side_new(void); /* NULL: out of memory; ready for add */
void pl_sha_side_free(pl_sha_side *s);
void pl_sha_side_start(pl_sha_side *s); /* forget what was added */
void pl_sha_side_add(pl_sha_side *s, pl_str bytes);
/* To two different ones. */
void pl_sha_side_add_two(pl_sha_side *a, pl_str of_a, pl_sha_side *b, pl_str of_b);

/* Bytes of a file, and the digest that they are added to. */
typedef struct pl_md5_part {
    pl_md5 *md5;
    pl_str bytes;
} pl_md5_part;
/* To all of them, b may be NULL; parts of one file stand in their order, one behind the other, and
 * are used up. */
void pl_sha_side_add_all(pl_sha_side *a, pl_str of_a, pl_sha_side *b, pl_str of_b,
                         pl_md5_part *parts, size_t n);
void pl_sha_side_end(pl_sha_side *s, unsigned char ret[PL_SHA256]); /* then start again */

/* Of one short text: as pl_sha256_of, without OpenSSL's start where the instructions are there. */
void pl_sha_side_of(pl_str s, unsigned char ret[PL_SHA256]);

PL_DEFINE_CLEANUP(pl_auto_sha_side_, pl_sha_side *, pl_sha_side_free, NULL)
#define PL_AUTO_SHA_SIDE PL_CLEANUP(pl_auto_sha_side_)
