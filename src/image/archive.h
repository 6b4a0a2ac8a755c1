/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image as a stream: what `docker save` writes (the layout before Docker 1.10, that of 1.10 to
 * 24, and the one since 25 that is an OCI layout as well), an OCI layout in a tar, or the files of
 * a root file system. The whole archive may be compressed.
 *
 * A pipe cannot be read twice, and manifest.json may stand at the end. So each blob is taken for
 * what its first bytes say, layers are read as they pass (image/layers.h) and documents are
 * kept; pl_archive_pick then joins them. Every digest that a document or a name promises is
 * compared with the bytes: blobs, the config, the tar inside each layer.
 *
 * Formats: OCI image specification 1.1 (image-layout, manifest, config); Docker image
 * specification 1.2 ("Combined Image JSON + Filesystem Changeset Format").
 */
#pragma once

#include "image/layers.h"
#include "image/plan.h"

#include <jansson.h>

/* Names in the archive; made by pl_archive_read. */
typedef struct pl_archive pl_archive;

typedef struct pl_image_layer {
    long layer;     /* number in the set, -1: missing, damaged or not what its digest says */
    long found;     /* number of what the archive has in its place, damaged or not; -1: nothing */
    pl_rc why;      /* when layer is -1: what is wrong with it */
    pl_str blob;    /* "sha256:..." of the bytes in the archive; empty: not known */
    pl_str diff_id; /* "sha256:..." as the config says */
} pl_image_layer;

/* One image of the archive. All slices live in the arena of the problems. */
typedef struct pl_parts {
    const char *format;     /* "docker-archive", "oci", "rootfs", "store", "container" */
    json_t *config;         /* borrowed from the archive; NULL: a root file system */
    pl_str id;              /* of a container; empty: the config's digest */
    pl_str config_digest;   /* "sha256:...", computed; empty for a root file system */
    pl_str manifest_digest; /* "sha256:..."; empty when the archive has no OCI manifest */
    json_t *annotations;    /* of the OCI manifest, borrowed; may be NULL */
    const pl_str *tags;     /* references that the archive gives it */
    size_t n_tags;
    pl_image_layer *layers; /* lowest first */
    size_t n_layers;
    size_t n_images;  /* in the archive */
    bool has_changes; /* the highest layer is a container's; the config does not know of it */
} pl_parts;

/* Reads the stream to its end. Problems go to those of the set of layers. */
pl_rc pl_archive_read(pl_layers *ls, pl_in *in, pl_archive **ret, pl_err *err) PL_MUST_USE;
/* The stream is one layer: the files of a root file system. */
pl_rc pl_archive_read_rootfs(pl_layers *ls, pl_in *in, pl_archive **ret, pl_err *err) PL_MUST_USE;

/*
 * The same without the layers, which stay unread: of an uncompressed archive in a file that can be
 * read at any place, or of a source that has documents one by one. What pl_archive_plan says is
 * needed is then read by somebody, and pl_archive_took says which layer of the set each became.
 */
pl_rc pl_archive_index(pl_layers *ls, int fd, uint64_t size, pl_archive **ret,
                       pl_err *err) PL_MUST_USE;
/* The source is borrowed. */
pl_rc pl_archive_ask(pl_layers *ls, const pl_blob_source *source, pl_archive **ret,
                     pl_err *err) PL_MUST_USE;

/*
 * The documents that the one image of the archive was picked by, so that a reader who has its
 * layers finds the same without the archive. False: they would not do, as something is missing,
 * links stand for layers, or layers are compressed under names that do not promise their digests.
 * ls: the set that the parts are numbered in.
 */
bool pl_archive_keep(pl_archive *a, const pl_layers *ls, const pl_parts *parts, pl_buf *out);
/* From what was kept; the layers are to be planned. The source is borrowed and has nothing more. */
pl_rc pl_archive_kept(pl_layers *ls, pl_str bytes, const pl_blob_source *source, pl_archive **ret,
                      pl_err *err) PL_MUST_USE;

/*
 * Digest of all that was read to make the plan: documents, names and places of layers, problems.
 * With the same layers the same digest gives the same image. False: there is more to it, as an
 * archive that broke off, or layers that had to be read.
 */
bool pl_archive_identity(pl_archive *a, unsigned char ret[PL_SHA256]);
/* How many documents and layers are known by now: more than when the plan was made, when joining
 * the layers asked for others. */
size_t pl_archive_parts(const pl_archive *a);

/* Errors are those of pl_archive_pick. Names in the plan live as long as the archive. */
pl_rc pl_archive_plan(pl_archive *a, pl_str select, pl_plan *ret, pl_err *err) PL_MUST_USE;
/* layer: number in the set; -1: there is none of that name. */
void pl_archive_took(pl_archive *a, size_t i, long layer);
/* What layer i of the plan is called in the archive; in ret. */
pl_str pl_archive_name(pl_archive *a, size_t i, pl_buf *ret);

void pl_archive_free(pl_archive *a);

/* The stream was written by store.h: takes over what that had to complain of. */
#define PL_STORE_PROBLEMS "plimsoll/problems.json"
void pl_archive_of_store(pl_archive *a);
/* The highest layer that manifest.json names is what a container changed: the config knows nothing
 * of it, and its diff id is what its bytes have. */
void pl_archive_of_container(pl_archive *a);

/*
 * Which image: select is a reference ("web:1"), a config or manifest digest, a platform
 * ("linux/arm64"), or empty: the first one (of several platforms that of this machine).
 */
pl_rc pl_archive_pick(pl_archive *a, pl_str select, pl_parts *ret, pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_archive_, pl_archive *, pl_archive_free, NULL)
#define PL_AUTO_ARCHIVE PL_CLEANUP(pl_auto_archive_)
