/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image in a registry, in two steps: what it consists of (small documents, compared with their
 * digests, parsed in the jail), and then its layers, one by one.
 *
 *     rc = pl_remote_resolve(c, hosts, n, &reference, platform, arena, &image, err);
 *     pl_remote_source(c, &image, &source);                    for pl_image_scan
 *     rc = pl_remote_layer(c, &image, i, fd, err);             or layer i alone
 *
 * Any thread; an arena belongs to one thread at a time.
 */
#pragma once

#include "image/source.h"
#include "registry/client.h"
#include "registry/documents.h"
#include "registry/reference.h"

typedef struct pl_remote_layer_info {
    pl_descriptor blob; /* digest and size of the bytes as they are stored */
    pl_str diff_id;     /* digest of the tar inside, as the config says; unchecked */
} pl_remote_layer_info;

enum { PL_REMOTE_DEPTH = 4 /* documents from a tag to a manifest: indexes and itself */ };

typedef struct pl_remote_image {
    pl_reference reference;
    uint32_t host;                   /* that had it: a mirror, or the registry itself */
    char name[PL_REFERENCE_TEXT];    /* as engines call it: "nginx:1", "registry:5000/team/app:2" */
    pl_str digest;                   /* of its manifest, "sha256:..." */
    pl_str digests[PL_REMOTE_DEPTH]; /* of the indexes that led to it, and last its own */
    size_t n_digests;
    pl_str manifest, config; /* their bytes */
    pl_descriptor config_blob;
    pl_str platform; /* "linux/amd64", as its config says */
    pl_remote_layer_info *layers;
    size_t n_layers;
    bool is_image; /* false: something else that registries keep (a signature, a chart) */
} pl_remote_image;

/*
 * Asks the hosts in order (mirrors first) until one has it. platform: "linux/arm64"; empty: that of
 * this machine, or the only one that there is. PL_NOTFOUND: no such tag, or no such platform in it;
 * PL_FORMAT: bytes that are not what their digest says. Everything lives in the arena.
 */
pl_rc pl_remote_resolve(pl_registry *c, const uint32_t *hosts, size_t n_hosts,
                        const pl_reference *r, pl_str platform, pl_arena *a, pl_remote_image *ret,
                        pl_err *err) PL_MUST_USE;

/* One layer's bytes as they are stored into fd; waits. They are not compared with the digest: their
 * reader does that. */
pl_rc pl_remote_layer(pl_registry *c, const pl_remote_image *image, size_t i, int fd,
                      pl_err *err) PL_MUST_USE;

/*
 * The image as an OCI layout in a tar (source.c), its layers fetched one after the other while it
 * is read. The image and the client outlive the source's finish.
 */
void pl_remote_source(pl_registry *c, const pl_remote_image *image, pl_image_source *ret);

/* ---- lists (lists.c) ---- */

/*
 * All tags of a repository, all repositories of a registry, sorted. A list
 * that goes on for ever ends with PL_LIMIT; what came until then is in *ret. Names that are
 * malformed are left out and counted.
 */
typedef struct pl_remote_list {
    pl_str *items;
    size_t n, room;
    size_t n_malformed;
} pl_remote_list;

pl_rc pl_remote_tags(pl_registry *c, uint32_t host, const char *repository, pl_arena *a,
                     pl_remote_list *ret, pl_err *err) PL_MUST_USE;
pl_rc pl_remote_repositories(pl_registry *c, uint32_t host, pl_arena *a, pl_remote_list *ret,
                             pl_err *err) PL_MUST_USE;
