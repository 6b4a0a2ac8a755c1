/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes tar entries (POSIX ustar, with pax headers for what ustar cannot say) into a pipe.
 *
 * A reader that goes away ends the writing without an error: it has its reasons and tells them
 * itself. With out_fd -1 nothing is written and only bytes are counted, so that a first pass can
 * tell how long the second will be. One thread.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

enum { PL_TAR_OUT_BLOCK = 512 };

typedef struct pl_tar_out {
    int fd;          /* -1: count only */
    uint64_t max;    /* bytes that may be written; 0: any number */
    bool is_stopped; /* the reader went away, or it is full */
    bool is_full;    /* an entry did not fit, and nothing was written since */
    uint64_t n;      /* bytes so far */
    pl_buf pax;      /* records for the next entry */
    char *piece;     /* for pl_tar_out_file; owned */
} pl_tar_out;

typedef struct pl_tar_header {
    pl_str name, link;
    char type; /* '0' file, '2' symbolic link, '5' folder, ... */
    unsigned mode;
    uint64_t uid, gid, size;
    int64_t mtime;
} pl_tar_header;

void pl_tar_out_done(pl_tar_out *o);
pl_rc pl_tar_out_bytes(pl_tar_out *o, pl_str bytes, pl_err *err) PL_MUST_USE;
pl_rc pl_tar_out_zeros(pl_tar_out *o, uint64_t n, pl_err *err) PL_MUST_USE;
/* n bytes from a place of a file. *eno tells what went wrong; zeros stand for what is missing. */
pl_rc pl_tar_out_file(pl_tar_out *o, int fd, uint64_t at, uint64_t n, int *eno,
                      pl_err *err) PL_MUST_USE;
/* Behind n bytes of a file: up to the end of its last block. */
pl_rc pl_tar_out_pad(pl_tar_out *o, uint64_t n, pl_err *err) PL_MUST_USE;
/* For the next entry. */
void pl_tar_out_pax(pl_tar_out *o, const char *key, pl_str value);
void pl_tar_out_pax_number(pl_tar_out *o, const char *key, uint64_t v);
/* Names and numbers that do not fit go into a pax header of their own. */
pl_rc pl_tar_out_entry(pl_tar_out *o, const pl_tar_header *h, pl_err *err) PL_MUST_USE;
/* The two blocks of zeros behind the last entry. */
pl_rc pl_tar_out_end(pl_tar_out *o, pl_err *err) PL_MUST_USE;
