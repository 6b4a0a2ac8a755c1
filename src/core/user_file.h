/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that lies in a user's hands (below a home, of a rootless engine), read as that user.
 *
 * The user decides what lies there and behind it: root must neither follow his links nor wait for
 * his FUSE mount. So a child takes the user's ids, which also takes every capability away and keeps
 * the user from looking into it, opens the file under the rules of core/hostfile.h, and hands the
 * bytes back over a pipe before a deadline. A file of a third user is refused. It parses nothing.
 * Who is not root reads as himself.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

#include <sys/types.h>

typedef struct pl_user_file {
    const char *path; /* absolute */
    uid_t uid;
    gid_t gid;
    size_t max; /* bytes of the file */
    int deadline_ms;
} pl_user_file;

/* Appends the file to ret. ret_changed_us: its ctime; may be NULL. PL_NOTFOUND, PL_DENIED,
 * PL_FORMAT (no regular file), PL_LIMIT, PL_TIMEOUT. */
pl_rc pl_user_file_read(const pl_user_file *f, pl_buf *ret, int64_t *ret_changed_us,
                        pl_err *err) PL_MUST_USE;
