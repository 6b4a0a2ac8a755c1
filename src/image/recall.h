/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent's side of an image that was described before: a worker that reads nothing but the
 * documents says what image it is, and what an earlier worker sent of that image is taken in its
 * place. For scan.c only.
 *
 * A description holds the frames (image, problems, packages) as they came, and of each layer of the
 * plan what has to be true for it to count: its blob is still there, as long as it was. Form: u32le
 * number of layers; of each diff_id, blob, u64le bytes of the blob and unpacked; u64le n; one zstd
 * frame of n bytes, with frames: u32le type, u32le length, bytes.
 *
 * What the digest is over: the documents with their names and places, and how the image was asked
 * for. What it was read with is the store's business (pl_image_store). One thread.
 */
#pragma once

#include "core/jail.h"
#include "image/fetch.h"

typedef struct pl_recall {
    const pl_image_store *store; /* NULL: nothing is recalled or remembered */
    pl_buf frames;               /* of the worker that runs now */
    bool has_identity;           /* it said whose they are */
    unsigned char identity[PL_SHA256];
} pl_recall;

/* Whether the source's documents can be read without its layers, and cost nothing. */
bool pl_recall_fits(const pl_image_source *src);

/* Asks a worker. PL_OK with *ret_frames empty: nothing is known of it. in_fd is read from its start
 * again afterwards. *ret_layers: how many layers the image has. */
pl_rc pl_recall_find(pl_image_source *src, const pl_image_options *o, int in_fd, pl_buf *ret_frames,
                     size_t *ret_layers, pl_err *err) PL_MUST_USE;

/* Hands on each frame, as the jail does. */
pl_rc pl_recall_replay(pl_str frames, pl_jail_frame give, void *arg, pl_err *err) PL_MUST_USE;

/* While a worker describes the image: frames of interest, PL_FRAME_IDENTITY among them. */
pl_rc pl_recall_note(pl_recall *r, uint32_t type, pl_str payload, pl_err *err) PL_MUST_USE;
/* Afterwards: keeps them, when nothing was missing. */
void pl_recall_keep(const pl_recall *r, const pl_image_source *src, const pl_image_options *o,
                    const pl_fetch *fetch);
void pl_recall_done(pl_recall *r);

#define PL_AUTO_RECALL PL_CLEANUP(pl_recall_done)
