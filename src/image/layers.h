/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers as they pass: every entry of every layer in a few bytes, the contents of the files that
 * somebody asked for, digests of program files, and what analysers note of others.
 *
 * The order in which layers come out of an archive need not be the order in which they lie on
 * each other, so nothing is merged here (image/tree.h does). Whiteouts follow the OCI image
 * specification: ".wh.NAME" deletes NAME of lower layers, ".wh..wh..opq" all lower content of
 * its folder, other ".wh..wh." names mean nothing.
 *
 * A damaged layer is marked and named in the problems; what it held is not used. One thread.
 */
#pragma once

#include "image/analyser.h"
#include "image/paths.h"
#include "image/problems.h"
#include "image/stream.h"
#include "image/tar.h"

typedef enum pl_entry_type {
    PL_ENTRY_FILE,
    PL_ENTRY_DIR,
    PL_ENTRY_SYMLINK,
    PL_ENTRY_HARDLINK,
    PL_ENTRY_SPECIAL, /* device or FIFO */
    PL_ENTRY_WHITEOUT,
    PL_ENTRY_OPAQUE,
} pl_entry_type;

enum {
    PL_ENTRY_FILECAP = 1,
    PL_ENTRY_NOTED = 2,   /* an analyser has notes of it */
    PL_ENTRY_WATCHED = 4, /* a watcher has */
};

typedef struct pl_entry {
    uint64_t size;  /* file: bytes; symlink: bytes of its target */
    uint32_t node;  /* image/paths.h; of a whiteout: what it deletes */
    uint32_t ref;   /* symlink: where its target is kept; hard link: node of its target; file:
                       where its digests are (pl_layers_digests), 0: none were made */
    uint32_t owner; /* pl_layers_owner; 0: root */
    uint16_t mode;  /* 07777 */
    uint8_t type;   /* pl_entry_type */
    uint8_t flags;
} pl_entry;

typedef struct pl_entry_owner {
    uint32_t uid, gid; /* UINT32_MAX stands for all that is larger */
} pl_entry_owner;

/* Digests that package databases hold, of one program file. */
enum { PL_HAS_MD5 = 1, PL_HAS_SHA1 = 2, PL_HAS_SHA256 = 4 };
typedef struct pl_file_digests {
    unsigned has; /* which of them were made */
    unsigned char md5[16];
    unsigned char sha1[20];
    unsigned char sha256[32];
} pl_file_digests;

typedef struct pl_layer {
    pl_str name;                 /* of the archive's entry */
    char blob[PL_SHA256_HEX];    /* digest of the bytes as they lie in the archive, hex */
    char diff_id[PL_SHA256_HEX]; /* digest of the tar inside, hex */
    const char *compression;     /* "none", "gzip", "zstd", "xz", "bzip2" */
    uint64_t blob_bytes, bytes;
    size_t first, n; /* its entries */
    size_t unread;   /* entries that could not be read (too long, ...) */
    bool is_damaged;
    pl_rc why; /* of the last thing that is missing from it; PL_OK: nothing is */
} pl_layer;

/*
 * Which files are kept whole: "a/b/c" one path, "a/b/" all files of that folder (not below),
 * "NAME" without a slash a file of that name in any folder. In a whole path "*" is any one name.
 * suffix narrows a row.
 */
typedef struct pl_want {
    const char *path;
    const char *suffix; /* NULL: any */
} pl_want;

/* path as pl_paths_print gives it, name its last part. */
bool pl_want_matches(const pl_want *w, pl_str path, pl_str name);

typedef struct pl_layers pl_layers;

/* wants ends with a NULL path and is borrowed. NULL: out of memory. */
pl_layers *pl_layers_new(const pl_want *wants, pl_problems *problems);
void pl_layers_free(pl_layers *ls);

/* Analysers and watchers that see the files of all layers read from now on; borrowed, may be NULL.
 */
void pl_layers_analyse(pl_layers *ls, pl_analysis *analysis);

/*
 * Reads one layer to its end, so that blob's own digest is complete. What is wrong with it is in
 * the problems and in is_damaged; an error means that the whole archive cannot be read on.
 */
pl_rc pl_layers_read(pl_layers *ls, pl_str name, pl_in *blob, pl_err *err) PL_MUST_USE;

size_t pl_layers_count(const pl_layers *ls);
pl_layer *pl_layers_at(pl_layers *ls, size_t i);
pl_paths *pl_layers_paths(pl_layers *ls);
const pl_entry *pl_layers_entry(const pl_layers *ls, size_t i);
pl_entry_owner pl_layers_owner(const pl_layers *ls, const pl_entry *e);
/* False: none were made of it. */
bool pl_layers_digests(const pl_layers *ls, const pl_entry *e, pl_file_digests *ret);
pl_problems *pl_layers_problems(pl_layers *ls);
/* What each layer may read of holes (image/tar.h); to be changed before the first one is read. */
uint64_t *pl_layers_holes(pl_layers *ls);
/* Notes of an entry, in the order in which they were made; *ret_n is 0 when there are none. */
const pl_note *pl_layers_notes(const pl_layers *ls, const pl_entry *e, size_t *ret_n);
size_t pl_layers_entry_index(const pl_layers *ls, const pl_entry *e);

/* Contents of an entry that was kept. PL_NOTFOUND: nobody asked for it; PL_LIMIT: too large. */
pl_rc pl_layers_content(const pl_layers *ls, const pl_entry *e, pl_buf *ret,
                        pl_err *err) PL_MUST_USE;

/* The same at places of it, for files of any size that is kept, without it all in memory. False:
 * the bytes are not all there, or cannot be unpacked. */
pl_rc pl_layers_content_size(const pl_layers *ls, const pl_entry *e, uint64_t *ret,
                             pl_err *err) PL_MUST_USE;
bool pl_layers_content_at(pl_layers *ls, const pl_entry *e, uint64_t at, void *to, size_t n);

PL_DEFINE_CLEANUP(pl_auto_layers_, pl_layers *, pl_layers_free, NULL)
#define PL_AUTO_LAYERS PL_CLEANUP(pl_auto_layers_)
