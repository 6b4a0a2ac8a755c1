/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiled patterns of secrets, kept below the state directory in cache/: compiling them takes
 * a quarter of a second, reading them a millisecond. One file for each content, version of
 * vectorscan and processor.
 *
 * The form holds code for vectorscan's engine, so a file counts only when it belongs to the user
 * who runs, nobody else can write it, and its bytes are those that were written. Anything else is
 * made anew. Several processes may do so at once.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "model/content.h"

/* For other forms of the same kind, by the same rules. name: of the file, at most 90 bytes, which
 * holds what the form depends on. False: there is none, or it does not count. */
bool pl_form_read(int state_fd, const char *name, pl_buf *out);
void pl_form_keep(int state_fd, const char *name, pl_str form);

/* The written form (secrets/secrets.h) of these files. state_fd: -1 compiles. *ret_compiled may be
 * NULL. That a form cannot be kept is no error. */
pl_rc pl_pattern_cache_get(int state_fd, const pl_content_file *files, pl_buf *out,
                           bool *ret_compiled, pl_err *err) PL_MUST_USE;
