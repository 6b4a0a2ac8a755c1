/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person says, into the log: through the signer, in the role "govern". The caller has
 * redacted the texts; documents that are attached go in as they are, as encrypted blobs.
 */
#pragma once

#include "ledger/client.h"

typedef struct pl_govern_note {
    const char *type;        /* PL_GOVERN_... of govern/read.h */
    pl_ledger_subject about; /* kind "control", "finding", "container", "day" */
    json_t *body;            /* borrowed */
    const pl_ledger_blob *blobs;
    size_t n_blobs;
} pl_govern_note;

/* All of them, then a checkpoint. ret_indices: room for n. o->role is set here. */
pl_rc pl_govern_write(const pl_ledger_options *o, const pl_govern_note *notes, size_t n,
                      uint64_t *ret_indices, pl_err *err) PL_MUST_USE;

/* A text as a member of a body; what is not UTF-8 is refused. */
pl_rc pl_govern_put(json_t *body, const char *key, pl_str text, pl_err *err) PL_MUST_USE;
pl_rc pl_govern_put_time(json_t *body, const char *key, int64_t us, pl_err *err) PL_MUST_USE;

/* The documents that are attached, by name and digest, as member "files". */
pl_rc pl_govern_put_files(json_t *body, const pl_str *names, const pl_ledger_blob *blobs, size_t n,
                          pl_err *err) PL_MUST_USE;
