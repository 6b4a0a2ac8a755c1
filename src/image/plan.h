/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which layers an image needs, and how they come to the worker that joins them.
 *
 * Where layers can be had one by one (a folder of blobs, an archive that is a file, a registry),
 * the worker of kind "image" reads the documents alone and sends a plan (PL_FRAME_PLAN). Its
 * parent gets each layer's result (image/packed.h) from what is kept, or from a worker of kind
 * "image-layer" that reads this layer and nothing else, and answers through a socket, in the order
 * of the plan. Documents of a source of blobs are asked for by PL_FRAME_ASK and answered the same
 * way.
 *
 * Answer: u32le pl_rc, u64le n, n bytes: a document, or of a layer u8 has_blob and 32 bytes with
 * the digest that its bytes have in this image, then its result. With an rc other than PL_OK the
 * bytes are a text that says why.
 *
 * Both sides are decoded strictly: a plan comes from a worker that has met hostile bytes.
 */
#pragma once

#include "core/buf.h"
#include "core/hash.h"
#include "image/stream.h"

typedef struct pl_plan_layer {
    pl_str name;    /* of a source of blobs; empty: it lies in the archive file itself */
    uint64_t at, n; /* of the archive file */
    bool has_diff_id, has_blob;
    unsigned char diff_id[PL_SHA256]; /* as the config says */
    unsigned char blob[PL_SHA256];    /* as the manifest, or its name, says */
} pl_plan_layer;

typedef struct pl_plan {
    pl_plan_layer *items; /* owned; names are borrowed */
    size_t n, room;
} pl_plan;

void pl_plan_done(pl_plan *p);
bool pl_plan_add(pl_plan *p, const pl_plan_layer *l); /* false: out of memory, or too many */
bool pl_plan_digest(pl_str text, unsigned char ret[PL_SHA256]); /* of "sha256:<hex>" */

void pl_plan_encode(const pl_plan *p, pl_buf *out);
/* Names point into the bytes. */
bool pl_plan_decode(pl_str bytes, pl_plan *ret);

/* A name that a parent opens below a folder: relative, with no part that goes up. */
bool pl_plan_is_name(pl_str name);

/* Where documents can be had one by one. */
typedef struct pl_blob_source {
    /* PL_NOTFOUND: there is none of that name. */
    pl_rc (*document)(void *arg, pl_str name, pl_buf *ret, pl_err *err);
    void *arg;
} pl_blob_source;

/* ---- answers, on the worker's side ---- */

typedef struct pl_answer {
    pl_in in; /* reads no further than the answer */
    int fd;
    pl_rc rc;
    uint64_t left; /* bytes that are still to be read */
} pl_answer;

/* Reads the head of the next one; all that follows is to be read before the one after it. */
pl_rc pl_answer_next(int fd, pl_answer *ret, pl_err *err) PL_MUST_USE;

enum { PL_ANSWER_HEAD = 12, PL_ANSWER_LAYER = 1 + PL_SHA256 };
void pl_answer_head(pl_rc rc, uint64_t n, unsigned char ret[PL_ANSWER_HEAD]);

#define PL_AUTO_PLAN PL_CLEANUP(pl_plan_done)
