/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a log: always below a directory descriptor, never through a link.
 *
 * Paths are relative, resolved with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS. Errors name the path;
 * PL_NOTFOUND is a file that is not there, PL_FORMAT one that is not a regular file, PL_LIMIT one
 * that is larger than allowed. A full disk is PL_SYS with err->sys ENOSPC (or EDQUOT, EFBIG told
 * as such).
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

#include <sys/types.h>

/* Opens for reading; a regular file. */
pl_rc pl_io_open(int dir, const char *path, int *ret_fd, off_t *ret_size, pl_err *err) PL_MUST_USE;

/* Opens a directory; with create, makes it and its parents below dir (0700). */
pl_rc pl_io_open_dir(int dir, const char *path, bool create, int *ret_fd, pl_err *err) PL_MUST_USE;

/* Reads a whole file into ret, which is emptied first. */
pl_rc pl_io_read(int dir, const char *path, size_t max, pl_buf *ret, pl_err *err) PL_MUST_USE;

/* The same of a file that the user named. */
pl_rc pl_io_read_path(const char *path, size_t max, pl_buf *ret, pl_err *err) PL_MUST_USE;

pl_rc pl_io_write(int fd, pl_str bytes, const char *name, pl_err *err) PL_MUST_USE;
pl_rc pl_io_sync(int fd, const char *name, pl_err *err) PL_MUST_USE; /* fsync */

/*
 * Syncs many files, some of them side by side: a file system answers syncs that wait together with
 * one commit, and each one after the other costs a flush of the disk.
 */
pl_rc pl_io_sync_all(const int *fds, size_t n, const char *what, pl_err *err) PL_MUST_USE;

void pl_io_start_write_back(int fd); /* a head start for the sync that follows */
pl_rc pl_io_sync_dir(int dir, const char *path, pl_err *err) PL_MUST_USE; /* "" is dir itself */

/*
 * Puts a file in place whole: written as .state/tmp/<its name>, renamed over `path`. Missing
 * directories are made; *ret_made says whether. The descriptor is handed over, not synced yet, with
 * its write-back started.
 */
pl_rc pl_io_put(int log_dir, const char *path, pl_str bytes, int *ret_fd, bool *ret_made,
                pl_err *err) PL_MUST_USE;

/* As pl_io_put, durable before it takes the place of the old one, and its name afterwards. */
pl_rc pl_io_replace(int log_dir, const char *path, pl_str bytes, pl_err *err) PL_MUST_USE;

/* Renames inside the log, making the directories of the target. */
pl_rc pl_io_move(int log_dir, const char *from, const char *to, bool *ret_made,
                 pl_err *err) PL_MUST_USE;

/* PL_OK also when it was not there. */
pl_rc pl_io_remove(int dir, const char *path, pl_err *err) PL_MUST_USE;

bool pl_io_is_full(const pl_err *err); /* no room: ENOSPC or EDQUOT */
