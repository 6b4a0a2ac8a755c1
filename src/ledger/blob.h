/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs: documents too large or too foreign for a leaf, encrypted at rest.
 *
 * Stored file blobs/<aa>/<sha256 of the file>: 12 bytes nonce, then AES-256-GCM ciphertext and
 * 16 bytes tag, under a random key of its own, with the additional data "plimsoll blob 1". What
 * is encrypted: the content as one zstd frame, then a disclosure (ledger/sealed.h) of the
 * content's SHA-256 under the name "sha256", then its length as 16 bits big-endian. The leaf's
 * row gives the disclosure's digest as src, so the leaf commits to the content without telling
 * anything about it.
 *
 * The key, wrapped (RFC 3394) by the retention class's key, stands in .state/blobkeys; destroying
 * that row destroys the content in every copy.
 */
#pragma once

#include "core/buf.h"
#include "core/hash.h"
#include "ledger/crypto.h"
#include "ledger/leaf.h"
#include "ledger/limits.h"

#define PL_BLOB_KEYS ".state/blobkeys"

enum { PL_BLOB_KEY_ROW = 96 };

struct pl_blob_maker;

/* Where blobs are made; all borrowed but for the maker. */
typedef struct pl_blob_store {
    int log_dir;
    int keys_fd;                        /* .state/blobkeys, for appending */
    unsigned char class_key[PL_SHA256]; /* wraps the keys of blobs */
    bool dirty;                         /* rows were added that are not synced */
    struct pl_blob_maker *maker;        /* made with the first blob, for all of them */
} pl_blob_store;

typedef struct pl_blob {
    char sha256[PL_SHA256_HEX]; /* of the stored file: its address */
    char src[44];               /* digest of the disclosure, base64url */
    uint64_t n;                 /* stored bytes */
    int fd;                     /* of .state/stage/<sha256>, not yet synced; the caller closes it */
} pl_blob;

/*
 * Reads size bytes from in_fd (from offset 0) and leaves the stored form in .state/stage/<sha256>.
 * The row of its key is written, not yet synced. PL_FORMAT: in_fd has fewer bytes.
 */
pl_rc pl_blob_store_fd(pl_blob_store *s, int in_fd, uint64_t size, pl_blob *ret,
                       pl_err *err) PL_MUST_USE;

void pl_blob_store_done(pl_blob_store *s); /* frees the maker; accepts {0} */

/* The leaf's row for it. */
void pl_blob_row(const pl_blob *b, pl_str role, pl_str media, pl_buf *out);

/* A torn last row is cut off. */
pl_rc pl_blob_keys_repair(int keys_fd, pl_err *err) PL_MUST_USE;

/*
 * The content of a blob of a log. PL_NOTFOUND: file or key row is gone. PL_TAMPERED: not what the
 * row of the leaf says.
 */
pl_rc pl_blob_read(int log_dir, const unsigned char class_key[PL_SHA256], const pl_leaf_blob *row,
                   pl_buf *ret, pl_err *err) PL_MUST_USE;
