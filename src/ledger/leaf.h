/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as leaves: one JSON object of the profile in ledger/canon.h, 1 to PL_LEAF_MAX bytes.
 *
 * pl_leaf_build writes one, pl_leaf_parse takes one apart again (and refuses what a writer of
 * ours cannot have written). Slices of a parsed leaf point into its text. Any thread.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

typedef struct pl_leaf_parts {
    pl_str type;  /* "scan.result" */
    pl_str subj;  /* canonical array */
    pl_str body;  /* canonical object */
    pl_str blobs; /* canonical array, empty: none */
    pl_str sd;    /* canonical array of digests, empty: none */
    pl_str ret;   /* retention class */
    pl_str agent, inst, prog, via;
    uint64_t uid;
    uint64_t seq;
    pl_str boot; /* boot id of the kernel */
    uint64_t mono_ns;
    int64_t t_us;
    unsigned char id[16]; /* random bits for the UUIDv7; time and version are filled in */
} pl_leaf_parts;

/* Appends the leaf. PL_FORMAT: a part is not of the profile. PL_LIMIT: too long. */
pl_rc pl_leaf_build(const pl_leaf_parts *p, pl_buf *out, pl_err *err) PL_MUST_USE;

typedef struct pl_leaf {
    pl_str text;
    pl_str type, t, ret, boot, id; /* without quotes */
    pl_str inst;                   /* from.inst, without quotes */
    pl_str body, from, subj;       /* JSON text */
    pl_str blobs, sd;              /* JSON text, empty: none */
    uint64_t seq, mono_ns;
} pl_leaf;

pl_rc pl_leaf_parse(pl_str text, pl_leaf *ret, pl_err *err) PL_MUST_USE;

/* "word.word", lower case, digits and underscores. */
bool pl_leaf_is_type(pl_str s);

/* One row of the leaf's blobs. */
typedef struct pl_leaf_blob {
    pl_str enc, key, media, role, sha256, src; /* without quotes; sha256 is 64 hex digits */
    uint64_t n;                                /* stored bytes */
} pl_leaf_blob;

pl_rc pl_leaf_blob_parse(pl_str row, pl_leaf_blob *ret, pl_err *err) PL_MUST_USE;
