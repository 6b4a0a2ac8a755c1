/* SPDX-License-Identifier: Apache-2.0 */
/* What analyser.c and watch.c share. */
#pragma once

#include "image/analyser.h"
#include "image/limits.h"

/* Rows are tried by the last byte of the name, which most files fail at once. */
enum { ANY = 256, BUCKETS = ANY + 1, END = -1 };

struct row {
    const pl_match *m;
    int by;
    int next; /* in its bucket, in order; END: the last */
};

/* The file that passes, for the watchers. */
struct watching {
    pl_watch_place at;
    pl_str path;
    uint64_t size, left;
    unsigned wanted; /* a bit a watcher */
    pl_buf held;     /* small pieces, joined */
};

struct pl_analysis {
    const pl_analyser *const *list;
    size_t n_list;
    const pl_watcher *watchers[PL_IMAGE_WATCHERS_MAX];
    size_t n_watchers;
    struct watching watching;
    struct pl_members *members; /* owned; NULL: no watcher wants them */
    bool has_members;           /* the file that passes shows its own */
    struct row *rows;           /* owned */
    size_t n_rows;
    int bucket[BUCKETS];
    pl_arena *bytes;
    pl_note *notes; /* owned */
    size_t n, room;
};

struct pl_note_out {
    pl_analysis *a;
    uint32_t entry;
    uint16_t by;
    struct pl_members *members; /* for an analyser, of the file that it reads */
};

pl_rc pl_analysis_push(pl_analysis *a, const pl_note *note, pl_err *err) PL_MUST_USE;
