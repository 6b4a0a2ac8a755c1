/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results of layers between scans: <state>/cache/layers.db, SQLite in WAL mode.
 *
 * The key is the digest of the layer's files (diff_id) with the fingerprint of all that looked at
 * them (image/packed.h), so a newer analyser, other patterns or another key find nothing. The value
 * is what the worker sent, never looked at here: whoever uses it decodes it in the jail again.
 * It holds names and files of the image as they are, and so maybe secrets: it is sealed
 * (core/seal.h) under a key of the state directory. The seal covers the whole row. The file is
 * bounded: what was used longest ago goes first. The documents of an engine's image, and what is
 * known of an image as a whole, have rows of their own (exported.c, cache.c), whose `bytes` are 0.
 *
 * Nothing here makes a scan fail or wrong: what is damaged is told and made anew, a newer schema
 * or a file that another program holds for over 5 s is told and does without. Several processes
 * may use it, and several threads.
 */
#pragma once

#include "core/clock.h"
#include "core/seal.h"
#include "image/scan.h"

#define PL_CACHE_BYTES ((uint64_t)1 << 30) /* of all results, when nobody says otherwise */

typedef struct pl_layer_cache pl_layer_cache;

typedef struct pl_layer_cache_options {
    int state_fd; /* borrowed */
    uint64_t max_bytes;
    unsigned char key[PL_SEAL_KEY]; /* not for verbs that are about the cache */
    const pl_clock *clock;
    void (*tell)(void *arg, const char *text); /* one line for people; may be NULL */
    void *arg;
} pl_layer_cache_options;

/* For verbs that are about the cache, which fail when it cannot be opened. With make false,
 * PL_NOTFOUND when there is none yet. */
pl_rc pl_layer_cache_open(const pl_layer_cache_options *o, bool make, pl_layer_cache **ret,
                          pl_err *err) PL_MUST_USE;
void pl_layer_cache_close(pl_layer_cache *c); /* accepts NULL */

/* For scans with this fingerprint. The store is the caller's, and refers to both. */
typedef struct pl_layer_cache_store {
    pl_layer_store store;
    pl_layer_cache *cache;
    unsigned char fingerprint[PL_FINGERPRINT];
} pl_layer_cache_store;
void pl_layer_cache_store_init(pl_layer_cache_store *s, pl_layer_cache *c,
                               const unsigned char fingerprint[PL_FINGERPRINT]);

typedef struct pl_layer_cache_status {
    uint64_t layers, bytes, max_bytes;
    int64_t oldest_us, newest_us; /* when they were used last; 0 when there are none */
} pl_layer_cache_status;

pl_rc pl_layer_cache_status_of(pl_layer_cache *c, pl_layer_cache_status *ret,
                               pl_err *err) PL_MUST_USE;

/* Forgets what was used longest ago until no more than max_bytes are left, and gives the room on
 * the disk back. */
pl_rc pl_layer_cache_prune(pl_layer_cache *c, uint64_t max_bytes, pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_layer_cache_, pl_layer_cache *, pl_layer_cache_close, NULL)
#define PL_AUTO_LAYER_CACHE PL_CLEANUP(pl_auto_layer_cache_)
