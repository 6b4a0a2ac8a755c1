/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an image comes from. Every source becomes one stream that a jailed worker reads: an
 * archive as it is, a folder as the tar that a small walker makes of it, the body of an engine's
 * answer as it arrives. So no temporary file is written, and the worker opens nothing.
 *
 * A source is an interface of two functions; the engine's room has its own.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"

typedef enum pl_image_form {
    PL_IMAGE_ARCHIVE,   /* docker save or an OCI layout, as a tar */
    PL_IMAGE_ROOTFS,    /* the files themselves, as a tar */
    PL_IMAGE_STORE,     /* as an archive, from an engine's own folders (image/store.h) */
    PL_IMAGE_CONTAINER, /* the same; the highest layer is what a container changed */
    PL_IMAGE_BLOBS,     /* an OCI layout, or docker save, whose parts are asked for one by one */
    PL_IMAGE_KEPT,      /* documents of an earlier export (image/archive.h); layers are known */
} pl_image_form;

typedef struct pl_image_source pl_image_source;

/* One part of a source of blobs, while it is read. */
#define PL_BLOB_STREAM UINT64_MAX
typedef struct pl_image_blob {
    int fd;
    uint64_t n;    /* bytes of a file that can be read at any place; PL_BLOB_STREAM: a pipe */
    uint64_t size; /* of a pipe: how many bytes it should give; 0: not known */
    void *feed;    /* the source's own */
} pl_image_blob;

struct pl_image_source {
    char name[256]; /* for errors, and the image's reference when it has no tag */
    char id[96];    /* "container:...": what it is known by in place of an image's id */
    pl_image_form form;
    /* Gives a descriptor that the stream can be read from; it is the source's own until finish. */
    pl_rc (*start)(pl_image_source *s, int *ret_fd, pl_err *err);
    /* After the reader is done: closes, and tells what went wrong on the writing side. */
    pl_rc (*finish)(pl_image_source *s, pl_err *err);
    /*
     * Of the form PL_IMAGE_BLOBS, else NULL: one part by its name, as "index.json" or
     * "blobs/sha256/<hex>". Layers that are known from earlier scans are not asked for. Several
     * threads call it at once. PL_NOTFOUND: there is none of that name.
     */
    pl_rc (*blob)(pl_image_source *s, pl_str name, pl_image_blob *ret, pl_err *err);
    /* After its reader is done: closes, and tells what went wrong on the writing side. NULL: the
     * descriptor is closed and that is all. */
    pl_rc (*blob_end)(pl_image_source *s, pl_image_blob *b, pl_err *err);
    bool has_local_blobs; /* opening one costs nothing */
    bool is_file;         /* the stream is a file that can be read at any place */
    int fd;               /* for the sources of this room */
    int feed_fd;
    void *feed; /* for those that have a thread */
};

/* "-": standard input. A file: an archive. A folder with an oci-layout file: an OCI layout; any
 * folder in which an engine keeps images (image/store.h): the only one there is; any other folder:
 * a root file system. Only opens; layers are read later. */
pl_rc pl_image_source_open(const char *path, pl_image_source *ret, pl_err *err) PL_MUST_USE;

/* Which one of a folder in which an engine keeps images; NULL or "": the only one there is. */
typedef struct pl_image_choice {
    const char *image;     /* name, id or its first digits */
    const char *container; /* what it is made of now, in place of an image */
} pl_image_choice;

/* As pl_image_source_open; for other sources the choice means nothing, but a container can only be
 * found in such a folder (PL_USAGE). */
pl_rc pl_image_source_choose(const char *path, const pl_image_choice *choice, pl_image_source *ret,
                             pl_err *err) PL_MUST_USE;

/* An archive, or with form PL_IMAGE_ROOTFS a tar of files, from an open descriptor, taken over. */
void pl_image_source_of_fd(int fd, const char *name, pl_image_form form, pl_image_source *ret);

/* What a thread writes into a pipe. */
typedef struct pl_image_writer {
    pl_rc (*write)(void *arg, int out_fd, pl_err *err); /* PL_OK when the reader went away */
    void (*done)(void *arg);                            /* frees arg */
    void *arg;
} pl_image_writer;

/* The writer's argument is taken over, also when this fails. */
pl_rc pl_image_source_of_writer(const pl_image_writer *writer, const char *name, pl_image_form form,
                                pl_image_source *ret, pl_err *err) PL_MUST_USE;
/* For readers that want all of it as one stream: parts of a folder are not asked for any more. */
pl_rc pl_image_source_as_stream(pl_image_source *s, pl_err *err) PL_MUST_USE;

/* A folder that holds an OCI layout; the descriptor is taken over. */
void pl_image_source_of_layout(int fd, const char *name, pl_image_source *ret);

pl_rc pl_image_blob_end(pl_image_source *s, pl_image_blob *b, pl_err *err);

/* Closes what was opened and never started. */
void pl_image_source_drop(pl_image_source *s);
