/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local image stores, read in place: Docker's data folder (drivers overlay2, fuse-overlayfs, vfs)
 * and containers/storage of Podman, Buildah and CRI-O (drivers overlay, vfs).
 *
 * A store becomes a stream of the form of docker save. The tar of each layer is put together again
 * from the store's tar-split file and the files in the layer's folder, so it has the digest that
 * the image promises, or something in the store was changed, which the reader of the stream tells.
 * A container is its image with one layer more: what it changed, from the upper folder of its
 * overlay.
 *
 * The store is opened once; all in it is opened below that descriptor, and files of images
 * with RESOLVE_IN_ROOT below the layer's folder. Documents and tar-split files are parsed by the
 * jailed worker "store" (store_worker.h). Nothing in the store is changed, no lock is taken: an
 * image that is deleted meanwhile is an error or an incomplete image.
 *
 * Sources: Docker (image/overlay2, layerdb, v1.10 and up); containers/storage (images.json,
 * layers.json, NAME.tar-split.gz).
 */
#pragma once

#include "core/arena.h"
#include "image/source.h"

/* An open folder is the root of such a store. */
bool pl_store_is(int folder);

/* folder is taken over. Names and ids as in pl_image_choice; PL_NOTFOUND and PL_USAGE tell what
 * there is. */
pl_rc pl_store_open(int folder, const char *path, const pl_image_choice *choice,
                    pl_image_source *ret, pl_err *err) PL_MUST_USE;

/* The folder of the engine that answered GET /info with this. */
pl_rc pl_store_root(pl_str info, pl_arena *a, pl_str *ret, pl_err *err) PL_MUST_USE;
