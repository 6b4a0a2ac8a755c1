/* SPDX-License-Identifier: Apache-2.0 */
/* Whole reads and writes on a blocking descriptor, going on after EINTR. Any thread. */
#pragma once

#include "core/buf.h"
#include "core/err.h"

#include <stdint.h>

pl_rc pl_write_all(int fd, pl_str bytes, pl_err *err) PL_MUST_USE;

/*
 * Copies the first length bytes of a file that another process of ours wrote, and which it could
 * still change, into ret, whose bytes it replaces. PL_WORKER: they are over max, or not there.
 */
pl_rc pl_read_copy(int fd, uint64_t length, size_t max, pl_buf *ret, pl_err *err) PL_MUST_USE;

/* Appends all that is left of fd to ret; PL_LIMIT when that is more than max bytes. */
pl_rc pl_read_all(int fd, size_t max, pl_buf *ret, pl_err *err) PL_MUST_USE;
