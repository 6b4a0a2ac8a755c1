/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MD5 (RFC 1321), for what was written down as MD5 before us: dpkg's and Portage's lists of files.
 * It proves nothing against somebody who means harm. Its steps follow each other, so a processor is
 * idle most of the time that it makes one: two at a time cost what one does, and beside SHA-256 it
 * costs next to nothing (core/sha_side.h). A pl_md5 belongs to one thread at a time.
 */
#pragma once

#include "core/str.h"

enum { PL_MD5 = 16, PL_MD5_BLOCK = 64 };

typedef struct pl_md5 {
    uint32_t state[4];
    uint64_t total;
    size_t n; /* of part */
    unsigned char part[PL_MD5_BLOCK];
} pl_md5;

void pl_md5_start(pl_md5 *m);
void pl_md5_add(pl_md5 *m, pl_str bytes);
/* To two different ones. */
void pl_md5_add_two(pl_md5 *a, pl_str of_a, pl_md5 *b, pl_str of_b);
void pl_md5_end(pl_md5 *m, unsigned char ret[PL_MD5]); /* then start again */

/* For core/sha_side.c: ends the block that was begun with the first of the bytes, and returns those
 * behind it; keeps less than a block that was not begun before. Both count them. */
pl_str pl_md5_fill(pl_md5 *m, pl_str bytes);
void pl_md5_keep(pl_md5 *m, pl_str bytes);
