/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jailed worker of kind "store": reads the documents of a local image store, so that their
 * bytes are parsed by nobody who could do harm.
 *
 * Jobs (the first byte of the arguments, then the name or id that is looked for):
 *
 *   DOCKER      input: documents; repositories.json, then config.v2.json of containers
 *   CONTAINERS  input: the five documents images.json, layers.json, volatile-layers.json,
 *               containers.json, volatile-containers.json (containers/storage); empty: not there
 *   CONFIG      input: the config of an image
 *   INFO        input: an engine's answer to GET /info
 *   SPLIT_SIZE, SPLIT   input: a tar-split file, gzip
 *
 * A document is {u32le length, bytes}. Answers: one frame PL_STORE_FOUND for the first four, one
 * PL_STORE_SIZE, many PL_STORE_PLAN.
 *
 * tar-split (github.com/vbatts/tar-split, tar/storage): one JSON object a line; type 2 is a piece
 * of the layer's tar (base64), type 1 stands for the bytes of a file of the store. So the tar of a
 * layer can be put together again, byte for byte, and has the digest that the image promises.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jail.h"
#include "image/stream.h"

typedef enum pl_store_job {
    PL_STORE_JOB_DOCKER = 'd',
    PL_STORE_JOB_DOCKER_CONTAINER = 'D',
    PL_STORE_JOB_CONTAINERS = 'c',
    PL_STORE_JOB_CONTAINERS_CONTAINER = 'C',
    PL_STORE_JOB_CONFIG = 'i',
    PL_STORE_JOB_INFO = 'r',
    PL_STORE_JOB_SPLIT_SIZE = 's',
    PL_STORE_JOB_SPLIT = 'S',
} pl_store_job;

typedef enum pl_store_frame {
    PL_STORE_FOUND = PL_FRAME_USER, /* pl_store_found_encode */
    PL_STORE_SIZE,                  /* u64le: bytes of the tar */
    PL_STORE_PLAN, /* pieces: u8 'B', lstr bytes; or u8 'F', u64le size, lstr name */
} pl_store_frame;

enum {
    PL_STORE_DOCUMENTS_MAX = 64 << 20, /* bytes of all documents of a store together */
    PL_STORE_TAGS_MAX = 64,            /* names of one image that are told */
    PL_STORE_CONTAINERS_FILES = 5,
    PL_STORE_LINE_MAX = 6 << 20,    /* one line of a tar-split file */
    PL_STORE_CONTAINERS_MAX = 4096, /* containers of one store that are looked at */
    PL_STORE_LAYERS_MAX = 1000,     /* layers of one image of a store */
};

#define PL_STORE_TAR_MAX ((uint64_t)1 << 40) /* bytes of one layer's tar */

/* What was found. All text is hex, "sha256:" and hex, or a name; not yet believed. */
typedef struct pl_store_found {
    pl_str image;                /* id, hex */
    pl_str container, name, top; /* of a container: id, name, its own layer */
    pl_str tags[PL_STORE_TAGS_MAX];
    size_t n_tags;
    pl_str layers[PL_STORE_LAYERS_MAX]; /* lowest first: ids, or diff ids of a config */
    size_t n_layers;
} pl_store_found;

void pl_store_found_encode(const pl_store_found *f, pl_buf *out);
bool pl_store_found_decode(pl_str bytes, pl_store_found *ret); /* slices point into bytes */

/* The body of the worker kind "store". */
pl_rc pl_store_worker(int in_fd, int out_fd, pl_str args, pl_err *err);

/* ---- the parsers, for the worker and the fuzz target ---- */

/* "busy:1" for "docker.io/library/busy:1", "localhost/busy:1" and "busy:1"; "x" is "x:latest". */
bool pl_store_is_name(pl_str wanted, pl_str name);
/* The whole id, or its first 12 digits or more; with or without "sha256:". */
bool pl_store_is_id(pl_str wanted, pl_str id);

/* in is a tar-split file; frames go to out_fd. */
pl_rc pl_store_split(pl_in *in, int out_fd, bool is_size, pl_err *err) PL_MUST_USE;

/* documents as described above. PL_NOTFOUND names what there is. Nothing was named and there are
 * several: no image, and name is their names. */
pl_rc pl_store_find(pl_store_job job, pl_str wanted, pl_str documents, pl_arena *a,
                    pl_store_found *ret, pl_err *err) PL_MUST_USE;
/* The folder that an engine's info names, as name. */
pl_rc pl_store_info(pl_str info, pl_arena *a, pl_store_found *ret, pl_err *err) PL_MUST_USE;
/* The diff ids of an image's config. */
pl_rc pl_store_config(pl_str config, pl_arena *a, pl_store_found *ret, pl_err *err) PL_MUST_USE;
