/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether somebody whose public key we were given has signed an image.
 *
 * Signatures lie beside the image, each known by the digest of its manifest, or of an index that
 * leads to it: under the tag sha256-HEX.sig (cosign, containers/image), or among its referrers (OCI
 * distribution specification 1.1), which an older registry keeps under the tag sha256-HEX. Of a
 * signature the bytes are verified first; only what holds is parsed. It counts when it names this
 * very digest and, where the format has a name, this repository.
 *
 * Not told by this: whether a transparency log knows it, and who holds a certificate of a key that
 * lived for minutes. Any thread.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"
#include "image/source.h"
#include "registry/fetch_msg.h"
#include "registry/signature_key.h"

/* What is kept beside an image, wherever that is. */
typedef struct pl_signature_place {
    /* A document: manifest by tag or digest, blob by digest, referrers by digest. It need not be
     * what its digest says. ret_more: there is more of the list. PL_NOTFOUND: there is none. */
    pl_rc (*get)(void *arg, pl_fetch_what what, pl_str name, pl_buf *ret, bool *ret_more,
                 pl_err *err);
    void *arg;
} pl_signature_place;

typedef struct pl_signature_query {
    pl_reference reference; /* host and repository: the name that must have been signed; no
                               repository: any, and the keys are chosen by what was signed */
    const pl_str *digests;  /* of the manifest and of the indexes that lead to it */
    size_t n_digests;
    const pl_signature_keys *keys;
} pl_signature_query;

typedef struct pl_signature_result {
    bool is_signed;
    bool has_none;      /* nothing that looks like a signature is there, nor is in doubt */
    const char *reason; /* not NULL: not signed as far as it is known, and why it is not known */
    pl_str *by;         /* "KEY (FILE)": each key that a signature holds with, once */
    size_t n_by;
    pl_str *problems; /* what was found and does not count, or could not be read, in words */
    size_t n_problems;
} pl_signature_result;

/* Everything lives in the arena. Fails only when that is used up. */
pl_rc pl_signatures_look(const pl_signature_place *place, const pl_signature_query *q, pl_arena *a,
                         pl_signature_result *ret, pl_err *err) PL_MUST_USE;

/* Beside an image in a registry. hosts: as for pl_remote_resolve, asked in their order until one
 * answers. */
struct pl_registry;
typedef struct pl_signature_hosts {
    struct pl_registry *c;
    const uint32_t *hosts;
    size_t n;
    const char *repository;
} pl_signature_hosts;

pl_signature_place pl_signatures_at_registry(const pl_signature_hosts *at); /* borrowed */

/* Documents of an OCI layout by their names ("index.json", "blobs/sha256/<hex>"). PL_NOTFOUND:
 * there is none of that name. */
typedef struct pl_layout_documents {
    pl_rc (*read)(void *arg, pl_str name, pl_buf *ret, pl_err *err);
    void *arg;
} pl_layout_documents;

/* Of a folder (pl_image_source_of_layout, which need not be started; borrowed). */
pl_layout_documents pl_layout_documents_of_folder(pl_image_source *layout);

/* Of a tar, plain or compressed: all that may be documents, read once. */
typedef struct pl_layout_document {
    pl_str name, text;
} pl_layout_document;
typedef struct pl_layout_archive {
    pl_arena *arena; /* owned */
    pl_layout_document *items;
    size_t n;
    const char *cut; /* the limit that cut the list; NULL: all are there */
} pl_layout_archive;

/* The descriptor is a file, read by place. To be freed also when it failed. */
pl_rc pl_layout_archive_read(int fd, uint64_t size, pl_layout_archive *ret,
                             pl_err *err) PL_MUST_USE;
void pl_layout_archive_done(pl_layout_archive *l);
#define PL_AUTO_LAYOUT_ARCHIVE PL_CLEANUP(pl_layout_archive_done)
pl_layout_documents pl_layout_documents_of_archive(const pl_layout_archive *l); /* borrowed */

/* Signatures in an OCI layout; borrowed. */
pl_signature_place pl_signatures_in_layout(const pl_layout_documents *layout);

/* The digest of an image's manifest, and those of indexes of the layout that lead to it: as many as
 * are told. Slices in the arena. */
enum { PL_SIGNATURE_DIGESTS = 4 };
size_t pl_signatures_layout_digests(const pl_layout_documents *layout, pl_str digest, pl_arena *a,
                                    pl_str ret[PL_SIGNATURE_DIGESTS]);
