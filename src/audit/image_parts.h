/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the worker of an image comes to its layers: from the stream that passes, or, where they can
 * be had one by one, as results that others made (image/plan.h). One thread.
 */
#pragma once

#include "audit/image_readers.h"
#include "image/archive.h"
#include "image/scan.h"

typedef struct pl_image_parts {
    const pl_image_job *job;
    pl_image_readers *readers;
    int in_fd, out_fd;
    int answers_fd;        /* -1: there are none */
    pl_blob_source source; /* of documents that are asked for */
    pl_archive *archive;
    pl_parts parts;
    bool is_planned; /* others read the layers */
    bool has_identity;
    unsigned char identity[PL_SHA256]; /* of the documents that the plan was made by */
    size_t n_known;                    /* parts of the archive by then */
} pl_image_parts;

/* in: the stream, from which something may have been read already to look at it. */
pl_rc pl_image_parts_read(pl_image_parts *p, pl_in *in, pl_err *err) PL_MUST_USE;

/* Says what the image is by its documents, and which layers it needs; nothing of an image that has
 * to be read as a stream. The set of layers is empty and stays so. */
pl_rc pl_image_parts_identify(pl_image_parts *p, pl_in *in, pl_err *err) PL_MUST_USE;

/* Results of the layers that were read here, for whoever keeps them. Before the tree is made. */
pl_rc pl_image_parts_send(pl_image_parts *p, pl_err *err) PL_MUST_USE;

/* Its documents, when they are all that the next reader needs beside the layers. */
pl_rc pl_image_parts_send_documents(pl_image_parts *p, pl_err *err) PL_MUST_USE;
