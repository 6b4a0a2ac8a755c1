/* SPDX-License-Identifier: Apache-2.0 */
/* Whole reads and writes on a blocking descriptor, going on after EINTR. Any thread. */
#pragma once

#include "core/buf.h"
#include "core/err.h"

pl_rc pl_write_all(int fd, pl_str bytes, pl_err *err) PL_MUST_USE;

/* Appends all that is left of fd to ret; PL_LIMIT when that is more than max bytes. */
pl_rc pl_read_all(int fd, size_t max, pl_buf *ret, pl_err *err) PL_MUST_USE;
