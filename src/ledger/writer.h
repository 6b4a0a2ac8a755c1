/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer of a log: one at a time, whoever holds .state/lock.
 *
 * Records are added, then committed together: journal first, one sync, then tiles and checkpoint,
 * which can be made again from the journal (design: docs/rooms/ledger.md). A failed commit or sync
 * leaves the writer unusable: free it and open again, which recovers from what the disk holds.
 * One thread at a time.
 */
#pragma once

#include "core/clock.h"
#include "ledger/journal.h"
#include "ledger/note.h"

typedef struct pl_writer pl_writer;

typedef struct pl_writer_options {
    int log_dir;        /* borrowed */
    int signed_fd;      /* keys/signed, the last head signed; borrowed */
    const pl_skey *key; /* borrowed; its name is the origin */
    unsigned char journal_secret[PL_SHA256];
    unsigned wait_ms; /* for the lock */
    bool has_lock;    /* the caller holds it (pl_writer_lock), and longer than the writer lives */
    uint64_t reserve; /* bytes kept free for the last words; 0: none */
} pl_writer_options;

/* What open found. */
typedef struct pl_recovered {
    bool created;      /* there was no log */
    bool crashed;      /* the last writer did not stop cleanly */
    uint64_t replayed; /* entries taken from the journal */
    uint64_t cut;      /* bytes of a torn tail that were dropped */
    uint64_t orphans;  /* staged blobs of records that never were */
    uint64_t fence;    /* number of this opening */
} pl_recovered;

/* Takes .state/lock, making .state; closing ret_fd gives it back. PL_DENIED: it is held. */
pl_rc pl_writer_lock(int log_dir, unsigned wait_ms, int *ret_fd, pl_err *err) PL_MUST_USE;

/*
 * PL_DENIED: the lock is held. PL_TAMPERED: damage, or a head smaller than or in conflict with
 * one that was signed; everything is kept as it is. ENOSPC: no room for the reserve.
 */
pl_rc pl_writer_open(const pl_writer_options *o, pl_writer **ret, pl_recovered *ret_found,
                     pl_err *err) PL_MUST_USE;
void pl_writer_free(pl_writer *w); /* as it is, nothing is written; accepts NULL */

/* In memory only until commit. PL_LIMIT: a leaf must have 1 to PL_LEAF_MAX bytes. */
pl_rc pl_writer_add(pl_writer *w, pl_str leaf, uint64_t *ret_index, pl_err *err) PL_MUST_USE;

/*
 * A file that the records being added name: .state/stage/NAME, written but not yet synced. It is
 * made durable before the journal is and moved to `to` afterwards. Takes fd.
 */
pl_rc pl_writer_stage(pl_writer *w, int fd, const char *name, const char *to,
                      pl_err *err) PL_MUST_USE;

/* How many files are staged; and takes back those after a mark (a record was refused). */
size_t pl_writer_staged(const pl_writer *w);
void pl_writer_unstage(pl_writer *w, size_t mark);

/* How far a commit goes; each does what those before it do, all in the same sync. */
typedef enum pl_commit {
    PL_COMMIT_STORE,   /* what was added is durable in the journal */
    PL_COMMIT_SIGN,    /* so is a signed checkpoint over it, which nobody may see yet */
    PL_COMMIT_PUBLISH, /* the files of the log show that checkpoint */
} pl_commit;

pl_rc pl_writer_commit(pl_writer *w, pl_commit level, pl_err *err) PL_MUST_USE;

/* Commits, publishes, makes tiles and checkpoint durable and starts the journal afresh. */
pl_rc pl_writer_sync(pl_writer *w, pl_err *err) PL_MUST_USE;

/* sync, and the mark of a clean stop. The writer is to be freed next. */
pl_rc pl_writer_stop(pl_writer *w, pl_err *err) PL_MUST_USE;

/* Gives up the reserve, so that last words can be written to a full disk. */
void pl_writer_release_reserve(pl_writer *w);

uint64_t pl_writer_size(const pl_writer *w);           /* with what is not yet committed */
uint64_t pl_writer_stored(const pl_writer *w);         /* durable */
uint64_t pl_writer_published(const pl_writer *w);      /* covered by the file checkpoint */
uint64_t pl_writer_pending(const pl_writer *w);        /* journal bytes not yet committed */
uint64_t pl_writer_journal(const pl_writer *w);        /* bytes in the journal */
pl_str pl_writer_checkpoint(const pl_writer *w);       /* the newest note */
void pl_writer_root(const pl_writer *w, pl_node *ret); /* of the newest note */

PL_DEFINE_CLEANUP(pl_auto_writer_, pl_writer *, pl_writer_free, NULL)
#define PL_AUTO_WRITER PL_CLEANUP(pl_auto_writer_)
