/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening host files below a root descriptor, as the ground rules say: openat2 with
 * RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS, O_NOFOLLOW, O_NONBLOCK, O_NOATIME; only regular files
 * of local file systems are read, up to a limit, and what counts is the opened descriptor.
 * Paths are absolute and mean "below the root". Any thread.
 */
#pragma once

#include "host/snap.h"

#include <sys/stat.h>

pl_rc pl_host_code(int eno); /* errno as a code: PL_NOTFOUND, PL_DENIED, PL_SYS */

/* O_PATH descriptor of the last component itself, also when it is a link. */
pl_rc pl_host_open_path(int root, const char *path, int *ret_fd, pl_err *err) PL_MUST_USE;

/* Opens a regular file and reads it; *ret_st is its fstat, filled also when the kind is refused. */
pl_rc pl_host_read_file(int root, const char *path, size_t max, pl_buf *out, struct stat *ret_st,
                        pl_err *err) PL_MUST_USE;

/* Names in a directory but . and .., sorted, each ended by NUL. */
pl_rc pl_host_list_dir(int root, const char *path, pl_buf *out, pl_err *err) PL_MUST_USE;
