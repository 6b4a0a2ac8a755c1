/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MD5 and SHA-1 of a file in one pass: not because they are strong, but because they are what
 * dpkg's *.md5sums and apk's Z: lines hold. Where the provider refuses MD5 (FIPS) there is no
 * digest, and what needs one is unknown. One thread.
 */
#pragma once

#include "image/layers.h"

typedef struct pl_filehash pl_filehash;

pl_filehash *pl_filehash_new(void); /* NULL: out of memory, or no MD5 or SHA-1 to be had */
void pl_filehash_free(pl_filehash *h);
void pl_filehash_add(pl_filehash *h, const void *p, size_t n);
void pl_filehash_end(pl_filehash *h, pl_file_digests *ret); /* then starts again */
