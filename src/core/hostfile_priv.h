/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the opener share. Nobody else includes this. */
#pragma once

#include "core/hostfile.h"

/* What the path names, by one lookup, unopened (O_PATH); flags beside O_PATH: O_NOFOLLOW or 0. */
pl_rc pl_root_find(const pl_root *r, pl_str path, int flags, int *ret_fd, pl_err *err);

/* The error of errno value eno about a path. */
pl_rc pl_root_fail(const pl_root *r, pl_str path, int eno, pl_err *err);

/* "ROOT/path: why" */
pl_rc pl_root_say(const pl_root *r, pl_str path, pl_rc rc, pl_err *err, const char *fmt, ...)
    PL_PRINTF(5, 6);

enum { PL_PROC_FD_PATH = 32 };

/* The name under which the kernel gives an O_PATH descriptor to calls that want a path. */
void pl_proc_fd_path(int fd, char ret[PL_PROC_FD_PATH]);
