/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the workers of one scan are given to read files with: descriptors 5 and up, in the order of
 * pl_image_needs. Each worker has its own, so that none reads on where another one stopped, and a
 * process of its own to talk to ClamAV. For scan.c and fetch.c only. Several threads.
 */
#pragma once

#include "image/scan.h"

typedef struct pl_image_given {
    const pl_image_options *o;         /* borrowed */
    pl_image_needs needs;              /* borrows from the options */
    int secrets, malware, classifiers; /* sealed files; -1: none */
} pl_image_given;

/* One more than what is handed over: the caller's. */
typedef struct pl_image_handed {
    int fds[5];
    size_t n;
} pl_image_handed;

pl_rc pl_image_given_open(pl_image_given *g, const pl_image_options *o, pl_err *err) PL_MUST_USE;
void pl_image_given_close(pl_image_given *g);

/* For one worker. */
pl_rc pl_image_hand_over(const pl_image_given *g, pl_image_handed *ret, pl_err *err) PL_MUST_USE;
void pl_image_handed_close(pl_image_handed *h);

#define PL_AUTO_GIVEN PL_CLEANUP(pl_image_given_close)
#define PL_AUTO_HANDED PL_CLEANUP(pl_image_handed_close)
