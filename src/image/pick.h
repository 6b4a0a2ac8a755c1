/* SPDX-License-Identifier: Apache-2.0 */
/* Joining the parts of one image by the manifests of its archive. For archive.c only. */
#pragma once

#include "image/archive.h"
#include "image/blobs.h"
#include "image/plan.h"

enum { PL_PICK_V1_LAYERS = 1000 };

struct candidate;
struct pl_pick {
    pl_blobs *blobs;
    pl_layers *ls;
    pl_str select;
    bool has_changes; /* pl_archive_of_container */
    pl_str config;    /* when set, only the manifest of this config is looked for */
    bool is_kept;     /* layers of no promised digest lie in the archive unpacked */
    pl_plan *plan;    /* when set, layers that are not read yet go here, and nothing is compared */
    size_t visited;   /* descriptors of indexes, so that indexes in indexes come to an end */
    const struct candidate *taken; /* of an OCI layout, while others are counted */
    size_t n_others;               /* images that could have been meant as well */
    pl_str other;                  /* what the first of them is called */
};

/* manifest.json of docker save. */
pl_rc pl_pick_docker(struct pl_pick *p, pl_parts *ret, pl_err *err) PL_MUST_USE;
/* index.json of an OCI layout. */
pl_rc pl_pick_oci(struct pl_pick *p, pl_parts *ret, pl_err *err) PL_MUST_USE;

/* "repositories" of docker save before 1.10. */
pl_rc pl_pick_v1(struct pl_pick *p, pl_parts *ret, pl_err *err) PL_MUST_USE;

/* The OCI manifest of a config that manifest.json led to, when the archive has one. */
void pl_pick_manifest(struct pl_pick *p, pl_parts *ret);

/* ---- shared by both ---- */

/* Nobody said which image is meant, and there are others: they are not read, and that is told. */
void pl_pick_tell_others(struct pl_pick *p);

pl_rc pl_pick_config(struct pl_pick *p, pl_str name, pl_str digest, pl_parts *ret,
                     pl_err *err) PL_MUST_USE;
/* Makes room for n layers and takes their diff ids from the config, which must name as many. */
pl_rc pl_pick_diff_ids(struct pl_pick *p, size_t n, pl_parts *ret, pl_err *err) PL_MUST_USE;
/* Finds layer i by its name in the archive and compares its digests. */
void pl_pick_layer(struct pl_pick *p, size_t i, pl_str name, pl_str digest, pl_parts *ret);
/* Adds a layer of which nobody promised a digest: its own is taken. There is room for it. */
void pl_pick_unpromised(struct pl_pick *p, pl_str name, pl_parts *ret);
/* "blobs/sha256/<hex>" of "sha256:<hex>"; empty when the digest is none. */
pl_str pl_pick_blob_name(struct pl_pick *p, pl_str digest);
/* "sha256:<hex>"; empty when there is no memory. */
pl_str pl_pick_digest(struct pl_pick *p, const char *hex);
/* The digest that a name promises: "blobs/sha256/<hex>" or "<hex>.json"; else empty. */
pl_str pl_pick_promise(struct pl_pick *p, pl_str name);
