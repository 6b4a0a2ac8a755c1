/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rust's marks and cargo-auditable's list of crates in a program that passes once.
 *
 * Which section a list lies in is said at the end of a file, so whatever unpacks to JSON is kept,
 * within limits, and the table of sections then says which of it is one.
 */
#pragma once

#include "package/window.h"

#include "package/limits.h"

#include <zlib.h>

/* What was unpacked, and where it lay. */
typedef struct pl_rust_list {
    uint64_t at, n;
    pl_buf json;
} pl_rust_list;

typedef struct pl_rust_watch {
    bool is_rust; /* there are texts of Rust's standard library */
    size_t n_tried, n_begun;
    bool is_cut;   /* a list was longer, or there were more places, than is looked at */
    bool has_z;    /* z is open */
    bool is_on;    /* a list is being unpacked: the last one */
    uint64_t next; /* place of its next byte */
    z_stream z;
    pl_rust_list lists[PL_RUST_AUDITS_MAX];
    size_t n;
} pl_rust_watch;

void pl_rust_watch_done(pl_rust_watch *r);
pl_rc pl_rust_watch_window(pl_rust_watch *r, const pl_window *w, pl_err *err) PL_MUST_USE;
