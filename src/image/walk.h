/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder as a tar stream, for a reader that may open nothing.
 *
 * The walker trusts nothing below the folder: it opens each name by openat2 with
 * RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV, without waiting for FIFOs, and reads
 * regular files only. Links are told, never followed. It writes pax headers for what ustar cannot
 * say, and the security.capability attribute. A file that shrinks while it is read is filled with
 * zeros up to the size that was promised; one that cannot be read is left out and counted.
 */
#pragma once

#include "core/err.h"

typedef struct pl_walk_result {
    size_t unread;   /* files and folders that could not be read */
    char first[256]; /* the first of them, and why */
} pl_walk_result;

/* Stops with PL_OK when the reader went away: it has its reasons and tells them itself. */
pl_rc pl_walk_tar(int folder_fd, int out_fd, pl_walk_result *ret, pl_err *err) PL_MUST_USE;
