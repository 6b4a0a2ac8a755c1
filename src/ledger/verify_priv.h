/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the verification: one run over a log directory. */
#pragma once

#include "ledger/store.h"
#include "ledger/verify.h"

#include <pthread.h>

/* A file that a leaf names. */
typedef struct pl_ref {
    unsigned char digest[PL_SHA256];
    uint64_t n;    /* stored bytes, 0: any */
    uint64_t leaf; /* index */
    bool seen;     /* the file is there */
} pl_ref;

typedef struct pl_refs {
    pl_ref *p;
    size_t n, room;
} pl_refs;

/* Records of one producer within a chunk, or over all: numbers must follow each other. */
typedef struct pl_series {
    uint64_t inst;  /* hash of from.inst; 0: free place */
    uint64_t first; /* number of the first record */
    uint64_t next;  /* number that must come next */
} pl_series;

/* An entry with verdicts about a subject, or with documents that tell of one. */
typedef struct pl_about {
    uint64_t inst; /* hash of from.inst */
    uint64_t what; /* of from.inst and subj */
    uint64_t leaf; /* index */
    bool is_verdict;
    bool is_whole; /* of verdicts: names all that an entry by itself can */
} pl_about;

typedef struct pl_abouts {
    pl_about *p;
    size_t n, room;
} pl_abouts;

/* What one thread found in one chunk of bundles. */
typedef struct pl_chunk {
    pl_series *series;
    size_t n_series, room_series;
} pl_chunk;

typedef struct pl_run {
    int dir;
    const pl_verify_options *o;
    pl_verified *v;
    pthread_mutex_t lock;         /* of v, refs and progress */
    pl_node *roots;               /* of each full bundle */
    pl_node edge[PL_TILE_HASHES]; /* leaf hashes of the open bundle */
    pl_chunk *chunks;
    uint64_t n_bundles, n_chunks;
    uint64_t next_chunk; /* atomic */
    uint64_t done;
    bool stop; /* atomic: out of memory */
    pl_refs blobs, sealed;
    pl_abouts abouts;
} pl_run;

enum { PL_CHUNK_BUNDLES = 64 };

/* Thread safe. */
void pl_problem_add(pl_run *r, pl_problem_kind kind, const char *fmt, ...) PL_PRINTF(3, 4);

/* A read that failed: what is missing or changed is tampered, what cannot be read is incomplete. */
void pl_problem_read(pl_run *r, pl_rc rc, const pl_err *e);

/* All entries and tiles; the root comes out of the lowest level. */
pl_rc pl_verify_tree(pl_run *r, pl_err *err) PL_MUST_USE;

/* What the leaves of one chunk say; called from several threads, each with its own chunk. */
bool pl_verify_leaf(pl_run *r, pl_chunk *c, uint64_t index, pl_str text);
void pl_chunk_done(pl_chunk *c);

/* Entries with verdicts: taken one by one, then counted. */

struct pl_leaf;
bool pl_verify_about(pl_run *r, const struct pl_leaf *leaf, uint64_t index);
void pl_verify_verdicts(pl_run *r);

/* FNV-1a, never 0: which producer or subject, not a secret. Begin with PL_HASH_START. */
#define PL_HASH_START 0xcbf29ce484222325u
uint64_t pl_verify_hash(uint64_t h, pl_str s);

/* A member of an object, without quotes; p NULL: none, or no plain string. */
pl_str pl_verify_member(pl_str body, const char *name);

/* Ends the run; false. */
bool pl_verify_no_memory(pl_run *r);

/* Chunks in order: numbering of each producer. */
pl_rc pl_verify_series(pl_run *r, pl_err *err) PL_MUST_USE;

/* Somebody holds the log's lock. */
bool pl_log_is_written(int dir);

/* All files below the directory. */
pl_rc pl_verify_files(pl_run *r, pl_err *err) PL_MUST_USE;
