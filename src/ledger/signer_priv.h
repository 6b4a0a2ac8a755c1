/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the signer: setting up (signer_setup.c) and serving (signer.c). */
#pragma once

#include "core/role.h"
#include "ledger/confine.h"
#include "ledger/note.h"
#include "ledger/scribe.h"

enum { PL_SIGNER_SOCKET = PL_ROLE_SOCKET, PL_SIGNER_STATE = PL_ROLE_FIRST_FD };

/* An answer that waits for the sync. */
typedef struct pl_answer {
    pl_producer *producer;
    uint64_t tag;
    uint64_t first;
    uint32_t n;
} pl_answer;

typedef struct pl_signer {
    int log_dir;
    int lock_fd;
    int signed_fd;
    pl_skey *key;
    char recovery[PL_ORIGIN_MAX + 80]; /* "none" or the vkey of the recovery key */
    pl_scribe scribe;
    pl_writer_options options;
    pl_recovered found;
    pl_confine confine;

    pl_producer producers[PL_PRODUCERS];
    size_t n_producers;
    pl_answer answers[PL_PRODUCERS * PL_MESSAGES_IN_FLIGHT];
    size_t n_answers;
    bool publish; /* somebody asked for it in the batch at hand */
    pl_producer *closer;
    uint64_t close_tag;
    uint64_t published_ns;
    uint64_t synced_ns;
    unsigned space_told; /* percent of the last record about space */
    char *buf;           /* one message */
} pl_signer;

/*
 * From the first message to an open log: identity, keys, sandbox, recovery, the opening records.
 * Sends READY.
 */
pl_rc pl_signer_setup(pl_signer *s, pl_err *err) PL_MUST_USE;
