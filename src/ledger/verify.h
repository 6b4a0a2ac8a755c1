/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verification: every byte below a log directory but .state accounted for.
 *
 * Signature of the checkpoint; every leaf hashed again and compared with its level-0 tile; tiles
 * of all levels and the root worked out again; blobs and disclosures hashed and matched with the
 * leaves that name them; numbering of every producer's records; files that belong to nothing.
 * What was proved, and what cannot be, is part of the report. The directory is not changed and
 * need not be our own; nothing in it is believed before it is checked. Uses threads of its own.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "ledger/limits.h"
#include "ledger/note.h"

typedef enum pl_problem_kind {
    PL_PROBLEM_TAMPERED,   /* the log is not what was signed, or holds what does not belong to it */
    PL_PROBLEM_INCOMPLETE, /* something that belongs to it is missing or could not be read */
} pl_problem_kind;

enum { PL_PROBLEM_TEXT = 256 };

typedef struct pl_problem {
    pl_problem_kind kind;
    char text[PL_PROBLEM_TEXT];
} pl_problem;

typedef struct pl_verify_options {
    const char *vkey;      /* NULL: the key that the log names itself */
    const char *vkey_from; /* "given by you"; for the report, a string literal */
    uint64_t signed_size;  /* the last head that was signed, when that is known; 0: not known */
    pl_node signed_root;
    bool never_signed; /* the signer's own memory, outside the log, is there and holds no head */
    unsigned threads;  /* 0: as many as there are processors, at most 8 */
    void (*progress)(void *arg, uint64_t done, uint64_t of); /* entries; NULL: silent */
    void *progress_arg;
} pl_verify_options;

typedef struct pl_verified {
    char origin[PL_ORIGIN_MAX + 1];
    pl_vkey key;
    const char *key_from; /* NULL: from the log itself */
    bool has_head;        /* the checkpoint was read and its signature is right */
    uint64_t size;
    pl_node root;

    uint64_t entries, tiles, bundles, stale_tiles, newer_files;
    uint64_t blobs, blobs_missing, sealed, sealed_missing, bytes;
    uint64_t not_records; /* entries that are no records of this program */
    uint64_t opens, closes, gaps, lost, recovers, producers;
    uint64_t verdicts, verdicts_short; /* entries of the newest assessment; what they lack */
    char first_t[32], last_t[32];
    char recovery[PL_ORIGIN_MAX + 80]; /* of the first record; "" when there is none */
    char epochs[16];

    uint64_t n_tampered, n_incomplete; /* problems, also those not kept */
    pl_problem *problems;              /* the first PL_VERIFY_NOTES */
    size_t n_problems;
} pl_verified;

/*
 * PL_OK: the log was looked at, ret says with what result. Other codes: it could not be looked at
 * (no memory, no such key).
 */
pl_rc pl_verify(int log_dir, const pl_verify_options *o, pl_verified **ret,
                pl_err *err) PL_MUST_USE;
void pl_verified_free(pl_verified *v); /* accepts NULL */

/* PL_OK: proved. PL_TAMPERED or PL_INCOMPLETE, the worse of the two. */
pl_rc pl_verified_result(const pl_verified *v);

/* For people: verdict, what was proved, what cannot be proved, problems. */
void pl_verified_print(const pl_verified *v, pl_buf *out);

PL_DEFINE_CLEANUP(pl_auto_verified_, pl_verified *, pl_verified_free, NULL)
#define PL_AUTO_VERIFIED PL_CLEANUP(pl_auto_verified_)
