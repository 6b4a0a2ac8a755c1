/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent's side of image/plan.h: opens what the worker of an image asks for, and gets each
 * layer of its plan from the store or from a worker of its own, as many at a time as there are
 * processors. Nothing of what passes is parsed here. For scan.c only.
 */
#pragma once

#include "image/given.h"
#include "image/plan.h"
#include "image/scan.h"

typedef struct pl_fetch pl_fetch;

/* Borrows all of it; store may be NULL. in_fd: of an archive in a file. */
pl_rc pl_fetch_open(pl_image_source *src, const pl_layer_store *store, const pl_image_given *given,
                    int in_fd, pl_fetch **ret, pl_err *err) PL_MUST_USE;
/* The worker's end of the answers; the fetch's own. */
int pl_fetch_worker_fd(const pl_fetch *f);
void pl_fetch_close(pl_fetch *f); /* accepts NULL */

void pl_fetch_tell(pl_fetch *f, const pl_image_progress *to);

/* Frames PL_FRAME_ASK and PL_FRAME_PLAN of the image's worker. */
pl_rc pl_fetch_frame(pl_fetch *f, uint32_t type, pl_str payload, pl_err *err) PL_MUST_USE;

void pl_fetch_counts(const pl_fetch *f, size_t *ret_known, size_t *ret_read);

/* Appends how many layers the plan had, and of each what is known of it (image/recall.h). False:
 * something is missing, or there was no plan. */
bool pl_fetch_facts(const pl_fetch *f, pl_buf *out);

/* Whether what is known of a layer is about the bytes in this image. A local blob has to be there,
 * as long as it was. ret_blob, 32 bytes or NULL: their digest. */
bool pl_fetch_is_known(pl_image_source *src, const pl_plan_layer *l, const pl_layer_facts *facts,
                       unsigned char *ret_blob);

/* Frames PL_FRAME_LAYER and PL_FRAME_LAYER_END. */
pl_rc pl_layer_frames_add(pl_layer_frames *l, uint32_t type, pl_str payload,
                          pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_fetch_, pl_fetch *, pl_fetch_close, NULL)
#define PL_AUTO_FETCH PL_CLEANUP(pl_auto_fetch_)
