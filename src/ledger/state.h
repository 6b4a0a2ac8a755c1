/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state directory: who may own it, and the secrets that lie in it beside the log.
 *
 * <state>/keys/NAME are 0400 files of the directory's owner: log.key and the class key (the
 * signer's), "identity" (the random file made at first start, with which machine ids are hashed)
 * and "redact" (with which found secrets get their recognition digest). A log that succeeds
 * another keeps the directory and so these files.
 *
 * The directory must belong to the caller, to root or to the user plimsoll, and nobody else may
 * write to it. When root makes it and the user plimsoll exists, it belongs to plimsoll. On the way
 * to it nobody else may have laid a link, and no directory may be everybody's to rename in.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

#include <sys/types.h>

enum { PL_STATE_SECRET = 32 };

/* Opens the directory; with create, makes it (0700) and its parents. The caller closes the fd. */
pl_rc pl_state_open(const char *path, bool create, int *ret_fd, pl_err *err) PL_MUST_USE;

/* As whom files below it are written: the owner of the directory. */
pl_rc pl_state_owner(int state_fd, uid_t *ret_uid, gid_t *ret_gid, pl_err *err) PL_MUST_USE;

/*
 * The 32 random bytes of <state>/keys/NAME, made (and synced) when there are none yet. NAME is
 * "identity", "redact" or another lower-case word.
 */
pl_rc pl_state_secret(int state_fd, const char *name, unsigned char ret[PL_STATE_SECRET],
                      pl_err *err) PL_MUST_USE;

/* The bytes of such a file. PL_FORMAT: it is none. */
pl_rc pl_state_secret_parse(pl_str text, unsigned char ret[PL_STATE_SECRET],
                            pl_err *err) PL_MUST_USE;

/* keys/NAME as it is (PL_NOTFOUND), and made when there is none: a file that exists stays. */
pl_rc pl_state_get(int state_fd, const char *name, pl_buf *ret, pl_err *err) PL_MUST_USE;
pl_rc pl_state_put(int state_fd, const char *name, pl_str text, pl_err *err) PL_MUST_USE;

bool pl_state_has(int state_fd, const char *name);

/* <state>/NAME, replaced whole; it belongs to the directory's owner alone. */
pl_rc pl_state_write(int state_fd, const char *name, pl_str bytes, pl_err *err) PL_MUST_USE;

/*
 * Between these two, this thread reaches files with the rights of the directory's owner. For a
 * library that opens files by name: whoever took over the user plimsoll could have put links to
 * root's files in their place. Root without CAP_DAC_READ_SEARCH (in most containers) stays as it
 * is.
 */
pl_rc pl_state_enter(int state_fd, pl_err *err) PL_MUST_USE;
void pl_state_leave(void);
