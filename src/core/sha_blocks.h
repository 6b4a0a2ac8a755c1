/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compression function of SHA-256 (FIPS 180-4, 6.2.2) by the SHA instructions of x86 (Intel
 * SDM, volume 2: SHA256RNDS2, SHA256MSG1, SHA256MSG2). For core/sha_side.c.
 */
#pragma once

#include "core/md5.h"

enum { PL_SHA_BLOCK = 64 };

/* Where it says false, what follows must not be called. */
bool pl_sha_blocks_can(void);
void pl_sha_blocks(uint32_t state[8], const void *p, size_t blocks);
void pl_sha_blocks_two(uint32_t state_a[8], const void *a, uint32_t state_b[8], const void *b,
                       size_t blocks);

/* The same beside MD5, of which each block takes as long as two of SHA-256: `blocks` of the first,
 * and twice as many of one message or of each of two. */
enum { PL_SHA_BESIDE_MD5 = 2 };
void pl_sha_blocks_md5(uint32_t state[8], const void *p, pl_md5 *m, const void *of_m,
                       size_t blocks);
void pl_sha_blocks_two_md5(uint32_t state_a[8], const void *a, uint32_t state_b[8], const void *b,
                           pl_md5 *m, const void *of_m, size_t blocks);
