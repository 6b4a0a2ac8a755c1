/* SPDX-License-Identifier: Apache-2.0 */
/* What store.c found out and store_stream.c writes. For these two only. */
#pragma once

#include "image/store.h"
#include "image/store_worker.h"

#include <limits.h>

struct pl_store_layer {
    char folder[NAME_MAX + 64]; /* below the root: its files */
    char split[NAME_MAX + 64];  /* its tar-split file */
    char name[NAME_MAX];        /* id or digest, hex */
};

struct pl_store {
    int root;
    pl_arena *a;
    pl_store_found found; /* slices in the arena */
    pl_str config;        /* bytes of the image's config */
    struct pl_store_layer *layers;
    size_t n_layers;
    char upper[NAME_MAX + 64]; /* of a container; empty: an image */
};

/* Below the root of the store, no links followed. */
pl_rc pl_store_file(const struct pl_store *s, const char *path, int flags, int *ret_fd,
                    pl_err *err) PL_MUST_USE;

/* Writes the whole stream into out_fd. */
pl_rc pl_store_write(const struct pl_store *s, int out_fd, pl_err *err) PL_MUST_USE;
