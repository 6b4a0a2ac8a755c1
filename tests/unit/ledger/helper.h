/* SPDX-License-Identifier: Apache-2.0 */
/* A scratch state directory and logs of any size in it, for the tests of the ledger. */
#pragma once

#include "test.h"

#include "ledger/client.h"
#include "ledger/note.h"
#include "ledger/verify.h"
#include "ledger/writer.h"

typedef struct th_dir {
    char path[64]; /* state directory */
    char log[96];  /* its ledger */
    int state;     /* descriptors of both */
    int dir;
    int signed_fd; /* keys/signed */
    pl_skey *key;
} th_dir;

void th_make(th_dir *d);           /* empty, with a key for an in-process writer */
void th_make_in_memory(th_dir *d); /* as th_make, where syncs cost nothing */
void th_drop(th_dir *d);

/* Path below the log, valid until the next call. */
const char *th_path(const th_dir *d, const char *name);

pl_rc th_open_writer(const th_dir *d, pl_writer **ret, pl_recovered *found, pl_err *err);

/* Record number i of the one producer; 0 is the log's opening. */
void th_leaf(const th_dir *d, uint64_t i, pl_buf *out);

/* Appends records from the writer's size on, n of them, without committing. */
void th_add(const th_dir *d, pl_writer *w, uint64_t n);

/* A whole log of this size, cleanly stopped; committed in batches of `batch`. */
void th_log(const th_dir *d, uint64_t size, uint64_t batch);

/* Verifies the log with its own key; the report must be freed. */
pl_verified *th_verify(const th_dir *d);
pl_rc th_verdict(const th_dir *d);
void th_assert_proved(const th_dir *d);

/* Opens through the signer. */
pl_ledger *th_client(const th_dir *d);

uint64_t th_file_size(const th_dir *d, const char *name);
void th_flip(const th_dir *d, const char *name, uint64_t at, unsigned char mask);
