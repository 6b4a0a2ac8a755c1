/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder as a tar stream, for a reader that may open nothing.
 *
 * The walker trusts nothing below the folder: it opens each name by openat2 with
 * RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV, without waiting for FIFOs, and reads
 * regular files only. Links are told, never followed. It writes pax headers for what ustar cannot
 * say, and the security.capability attribute; holes are told as such (GNU sparse 0.1), not written.
 * A file that shrinks while it is read is filled with zeros up to the size that was promised. What
 * cannot be read is an empty entry with the pax record PLIMSOLL.unread and the errno, so that the
 * reader knows what is missing.
 */
#pragma once

#include "core/err.h"
#include "image/tar_out.h"

/* Stops with PL_OK when the reader went away: it has its reasons and tells them itself. */
pl_rc pl_walk_tar(int folder_fd, int out_fd, pl_err *err) PL_MUST_USE;

/*
 * The entries of the upper folder of an overlay, without the end of a tar: what the kernel writes
 * for deleted names (devices 0:0) and opaque folders becomes whiteouts as image layers have them
 * (Linux Documentation/filesystems/overlayfs.rst; OCI image specification, layer). Names whose
 * bytes lie in a lower folder (metacopy, redirect) are told as unread.
 */
pl_rc pl_walk_upper(int folder_fd, pl_tar_out *out, pl_err *err) PL_MUST_USE;

/* An entry that says that something is missing from the whole folder. */
pl_rc pl_walk_miss(pl_tar_out *out, int eno, pl_err *err) PL_MUST_USE;
