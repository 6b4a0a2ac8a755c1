/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the writer: shared by writer.c and recover.c, no business of anybody else. */
#pragma once

#include "ledger/store.h"
#include "ledger/writer.h"

typedef struct pl_staged {
    int fd; /* -1: durable already */
    char from[PL_TILE_PATH];
    char to[PL_TILE_PATH];
} pl_staged;

/* .state/head: what is durable without the journal. */
typedef struct pl_head_file {
    uint64_t size;
    pl_node root;
    uint64_t generation; /* of the oldest journal that counts */
    uint64_t fence;
    bool clean; /* the last writer stopped cleanly */
} pl_head_file;

struct pl_writer {
    pl_writer_options o;
    int lock_fd;
    pl_store *store;
    pl_sha256 *h;
    pl_journal journal;
    uint64_t first_generation; /* oldest journal file still needed */
    pl_buf frames;             /* of the batch being made */
    pl_staged *staged;
    size_t n_staged, room_staged;
    size_t first_unsynced; /* of staged: those before it are durable */
    uint64_t stored;
    uint64_t published;
    bool has_note;
    bool has_unseen; /* the newest note is in the journal alone */
    uint64_t noted;  /* entries that it covers */
    pl_buf note;     /* newest signed head */
    pl_node root;
    uint64_t fence;

    /* Of keys/signed at open, and whether the journal holds that head. */
    uint64_t signed_size;
    pl_node signed_root;
    bool signed_seen;
};

pl_rc pl_head_read(int log_dir, pl_head_file *ret, pl_err *err) PL_MUST_USE;
pl_rc pl_head_write(int log_dir, const pl_head_file *h, pl_err *err) PL_MUST_USE;

/* keys/signed; size 0 when nothing was signed yet. */
pl_rc pl_signed_read(int fd, uint64_t *ret_size, pl_node *ret_root, pl_err *err) PL_MUST_USE;
pl_rc pl_signed_write(int fd, uint64_t size, const pl_node *root, pl_err *err) PL_MUST_USE;

/* Brings w to what the disk holds; w->store, lock and options are there already. */
pl_rc pl_recover(pl_writer *w, pl_recovered *ret, pl_err *err) PL_MUST_USE;

/* Verifies a note by our key and origin and takes it apart. */
pl_rc pl_own_note(const pl_skey *key, pl_str note, pl_checkpoint *ret, pl_err *err) PL_MUST_USE;
