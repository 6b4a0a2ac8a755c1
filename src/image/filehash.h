/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MD5, SHA-1 and SHA-256 of a file in one pass: not because they are strong, but because they are
 * what dpkg's *.md5sums, apk's Z: lines and rpm's headers hold. A digest that the provider
 * refuses (MD5 under FIPS) is not made, and what needs it is unknown. One thread.
 */
#pragma once

#include "image/layers.h"

typedef struct pl_filehash pl_filehash;

pl_filehash *pl_filehash_new(void); /* NULL: out of memory */
void pl_filehash_free(pl_filehash *h);
void pl_filehash_begin(pl_filehash *h, unsigned which); /* PL_HAS_... */
void pl_filehash_add(pl_filehash *h, const void *p, size_t n);
void pl_filehash_end(pl_filehash *h, pl_file_digests *ret);
