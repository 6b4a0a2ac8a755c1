/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an archive holds, by name: documents that were kept, numbers of layers, links between
 * names. For archive.c and manifest.c only.
 */
#pragma once

#include "image/layers.h"
#include "image/plan.h"

#include <jansson.h>

typedef enum pl_blob_kind {
    PL_BLOB_DOCUMENT,
    PL_BLOB_LAYER,
    PL_BLOB_LINK,
    PL_BLOB_OTHER
} pl_blob_kind;

#define PL_BLOB_UNREAD SIZE_MAX

typedef struct pl_blob {
    uint32_t node; /* its name, in the paths of the blobs */
    pl_blob_kind kind;
    bool is_too_large;          /* a document that was not kept */
    char sha256[PL_SHA256_HEX]; /* of a document */
    pl_str text;                /* of a document, in the arena */
    json_t *json;               /* parsed when first asked for; owned */
    size_t layer;               /* of a layer: number in the set; PL_BLOB_UNREAD: in none yet */
    uint64_t at, n;             /* of a layer that is not read yet: where it lies in the file */
    size_t plan;                /* 1 + its number in the plan; 0: nobody asked for it */
    uint32_t target;            /* of a link: node of the name that it stands for */
    bool is_followed;           /* a link that led to what somebody looked for */
} pl_blob;

typedef struct pl_blobs {
    pl_arena *arena;
    pl_paths *paths;
    pl_blob *items;
    size_t n, room;
    size_t text_bytes;
    uint64_t at;                  /* where the entry's data lie, when layers are left unread */
    bool is_index;                /* layers are left unread */
    const pl_blob_source *source; /* of what was not read yet; NULL: there is nothing more */
} pl_blobs;

pl_rc pl_blobs_init(pl_blobs *b, pl_arena *arena, pl_err *err) PL_MUST_USE;
void pl_blobs_done(pl_blobs *b);

/* Reads the entry's data to its end and adds it. A later entry of the same name replaces. */
pl_rc pl_blobs_add(pl_blobs *b, pl_layers *ls, const pl_tar_entry *e, pl_in *data,
                   pl_err *err) PL_MUST_USE;

/* A document whose bytes are known, as if it lay in the archive. */
pl_rc pl_blobs_add_document(pl_blobs *b, pl_str name, pl_str text, pl_err *err) PL_MUST_USE;

/* Follows links. NULL: not there. */
pl_blob *pl_blobs_find(pl_blobs *b, pl_str name);
/* The same for what a manifest says is a layer: of a source of blobs, nothing is asked for. */
pl_blob *pl_blobs_layer(pl_blobs *b, pl_str name);

/* Borrowed. PL_NOTFOUND: not in the archive. */
pl_rc pl_blobs_json(pl_blobs *b, pl_str name, json_t **ret, pl_blob **ret_blob,
                    pl_err *err) PL_MUST_USE;
