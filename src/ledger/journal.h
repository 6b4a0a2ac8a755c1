/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal: what a record is safe in before tiles hold it. Layout: docs/formats/ledger.md.
 *
 * One file .state/journal-<16 hex of its generation>: a header of 64 bytes, then frames. A frame
 * carries a leaf or a signed note, a CRC-32C (torn or decayed bytes) and an HMAC-SHA-256 (edited
 * bytes) under a key that steps forward with every batch. One thread at a time.
 */
#pragma once

#include "ledger/merkle.h"

enum { PL_JOURNAL_HEADER = 64, PL_FRAME_HEADER = 88, PL_JOURNAL_NAME = 40 };

typedef enum pl_frame_kind { PL_FRAME_LEAF = 'L', PL_FRAME_NOTE = 'N' } pl_frame_kind;

typedef struct pl_journal {
    int fd; /* -1: closed */
    uint64_t generation;
    uint64_t end;                 /* bytes that are durable */
    uint32_t batch;               /* of the frames being made */
    unsigned char key[PL_SHA256]; /* of that batch */
} pl_journal;

void pl_journal_name(uint64_t generation, char ret[PL_JOURNAL_NAME]);

/* Makes the file and makes it durable. The secret is the log's, not this file's. */
pl_rc pl_journal_create(int log_dir, uint64_t generation, const unsigned char secret[PL_SHA256],
                        pl_journal *ret, pl_err *err) PL_MUST_USE;
void pl_journal_close(pl_journal *j);

/* Appends a frame of the current batch to out. index: of the leaf, or the size of the note. */
void pl_journal_frame(const pl_journal *j, pl_sha256 *h, pl_frame_kind kind, uint64_t index,
                      const pl_node *hash, pl_str payload, pl_buf *out);

/*
 * Writes the frames and makes them durable, then steps the key. On failure what was written is
 * cut off again if the disk allows; the caller must not go on with this journal.
 */
pl_rc pl_journal_commit(pl_journal *j, pl_str frames, pl_err *err) PL_MUST_USE;

/* ---- reading ---- */

typedef struct pl_frame {
    pl_frame_kind kind;
    uint64_t index;
    uint32_t batch;
    pl_node hash; /* leaf hash, or SHA-256 of the note */
    unsigned char mac[PL_SHA256];
    pl_str payload; /* in the reader's buffer until the next call */
    size_t n;       /* bytes of the whole frame */
} pl_frame;

/* The frame at the start of bytes; false: none that is whole and has a right CRC. */
bool pl_frame_parse(pl_str bytes, pl_frame *ret);

typedef struct pl_journal_reader pl_journal_reader;

/* PL_NOTFOUND: no such generation. PL_FORMAT: its header is torn (it then holds nothing). */
pl_rc pl_journal_open(int log_dir, uint64_t generation, const unsigned char secret[PL_SHA256],
                      pl_journal_reader **ret, pl_err *err) PL_MUST_USE;
void pl_journal_reader_free(pl_journal_reader *r); /* accepts NULL */

/*
 * The next frame; *ret_more false at the end. A last frame that is torn ends the journal: then
 * *ret_cut is how many bytes stand after the last good one. PL_TAMPERED: damage, that is a bad
 * frame with a good one after it, or a frame with a wrong HMAC or batch.
 */
pl_rc pl_journal_next(pl_journal_reader *r, pl_frame *ret, bool *ret_more, uint64_t *ret_cut,
                      pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_journal_reader_, pl_journal_reader *, pl_journal_reader_free, NULL)
#define PL_AUTO_JOURNAL_READER PL_CLEANUP(pl_auto_journal_reader_)
