/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificate files: of the caller's own flags, variables and folders, so links are followed. The
 * bytes are not looked at; whoever speaks TLS does. PL_NOTFOUND, PL_DENIED, PL_FORMAT (empty, or no
 * regular file), PL_LIMIT; each names the file. Any thread.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

/* Appends the file. */
pl_rc pl_pem_read(const char *path, pl_buf *ret, pl_err *err) PL_MUST_USE;

/* Appends the system's certificate authorities, from where its distribution puts them. */
pl_rc pl_pem_read_system(pl_buf *ret, pl_err *err) PL_MUST_USE;
