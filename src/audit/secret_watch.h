/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watcher that searches every file of every layer for secrets, and its notes. A note says what
 * kind of secret stands where; of the secret itself it holds a keyed digest and, when the secret is
 * long enough, its last four characters. One thread.
 */
#pragma once

#include "image/analyser.h"
#include "secrets/secrets.h"

typedef struct pl_secret_watch pl_secret_watch;

/* Borrows patterns and key; the key may be empty. */
pl_rc pl_secret_watch_open(pl_secrets *patterns, pl_str key, pl_secret_watch **ret,
                           pl_err *err) PL_MUST_USE;
void pl_secret_watch_close(pl_secret_watch *w); /* accepts NULL */
const pl_watcher *pl_secret_watch_watcher(const pl_secret_watch *w);

typedef struct pl_secret_note {
    pl_str kind, ref, tail; /* ref, tail: may be empty */
    pl_severity severity;
    bool is_example;
    uint64_t offset; /* in the file */
    uint64_t line;   /* from 1; 0: the file is not text */
    pl_str member;   /* "!/a.txt": of an archive that the file is; empty: none */
} pl_secret_note;

/* False: no note of this watcher. Slices point into bytes. */
bool pl_secret_note_decode(pl_str bytes, pl_secret_note *ret);

/* First 16 digits of the keyed digest of a secret; empty without a key. p is NULL: no room. */
pl_str pl_secret_ref(pl_str key, pl_str secret, pl_arena *a);
