/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of producers become leaves: the part of the signer that knows what a record is.
 *
 * It checks the role, stamps who, when and which number, stores blobs and disclosures, and adds
 * the leaves of one message to the writer all or none. One thread.
 */
#pragma once

#include "core/clock.h"
#include "ledger/blob.h"
#include "ledger/message.h"
#include "ledger/roles.h"
#include "ledger/writer.h"

typedef struct pl_producer {
    int fd; /* -1: gone */
    const pl_role *role;
    char inst[17]; /* random, new for each producer */
    char prog[64];
    uint64_t uid;
    uint64_t seq; /* of its next record */
    bool more;    /* said that the next message belongs to this batch */
} pl_producer;

typedef struct pl_scribe {
    pl_writer *w;
    pl_blob_store blobs;
    const pl_clock *clock;
    char boot[40];
    pl_str agent;                 /* last part of the origin */
    pl_producer self;             /* the signer's own records */
    pl_buf text;                  /* leaves of the message at hand */
    size_t end[PL_BATCH_RECORDS]; /* of each leaf in text */
    size_t n;
} pl_scribe;

/* The messages APPEND and GAP. PL_SYS is trouble with the disk; any other failure is a refusal. */
pl_rc pl_scribe_append(pl_scribe *s, pl_producer *p, pl_message *m, uint64_t *ret_first,
                       uint32_t *ret_n, bool *ret_publish, pl_err *err) PL_MUST_USE;
pl_rc pl_scribe_gap(pl_scribe *s, pl_producer *p, pl_message *m, uint64_t *ret_index,
                    pl_err *err) PL_MUST_USE;

/* A record of the signer itself; body is canonical JSON. */
pl_rc pl_scribe_own(pl_scribe *s, const char *type, pl_str body, uint64_t *ret_index,
                    pl_err *err) PL_MUST_USE;

/* Makes durable what was taken since the last commit, keys of blobs first. */
pl_rc pl_scribe_commit(pl_scribe *s, pl_commit level, pl_err *err) PL_MUST_USE;

/* A new producer: fills inst. */
pl_rc pl_producer_start(pl_producer *p, pl_err *err) PL_MUST_USE;
