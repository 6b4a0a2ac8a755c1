/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tar reader with the semantics that container engines give layers.
 *
 * Read: POSIX.1-1988 ustar and older, GNU (long names, base-256 numbers, old sparse files), pax
 * (POSIX.1-2001; path, linkpath, size, uid, gid, security.capability in its SCHILY and LIBARCHIVE
 * forms, GNU.sparse 0.0, 0.1 and 1.0). As with Go's archive/tar, which Docker and containerd use,
 * links, devices and folders carry no data whatever their size says, global pax headers change
 * nothing, and an archive may end at a block edge without the two zero blocks.
 *
 * Names are bytes: not UTF-8, not cleaned. The reader believes no length: what is over a limit
 * is PL_LIMIT, what is damaged or cut PL_FORMAT; both end the archive. One thread.
 */
#pragma once

#include "image/stream.h"

#include <string.h>

typedef enum pl_tar_type {
    PL_TAR_FILE,
    PL_TAR_HARDLINK,
    PL_TAR_SYMLINK,
    PL_TAR_CHAR,
    PL_TAR_BLOCK,
    PL_TAR_DIR,
    PL_TAR_FIFO,
    PL_TAR_OTHER, /* GNU volume labels and the like: nothing that an image holds */
} pl_tar_type;

typedef struct pl_tar_entry {
    pl_str path; /* this and link are valid until the next call of pl_tar_next */
    pl_str link; /* target of a symbolic or hard link, else empty */
    pl_tar_type type;
    uint32_t mode; /* permission bits, 07777 */
    uint64_t uid, gid;
    uint64_t size;    /* bytes that pl_tar_read gives: holes of a sparse file included */
    uint64_t holes;   /* how many of them are holes, at most */
    bool is_hole;     /* all of them are: there is nothing to read */
    int64_t mtime_s;  /* seconds since 1970; fractions are dropped */
    bool has_filecap; /* xattr security.capability is not empty */
    int unread;       /* errno by which our own walker could not read it; 0: it could */
} pl_tar_entry;

typedef struct pl_tar pl_tar;

pl_tar *pl_tar_new(pl_in *from); /* borrows from; NULL: out of memory */
void pl_tar_free(pl_tar *t);

/* Reading holes of sparse files takes from *left, which other readers may share; when that is used
 * up they are PL_LIMIT. A few bytes can promise a petabyte of zeros. */
void pl_tar_limit_holes(pl_tar *t, uint64_t *left);

/* Skips what is left of the entry before. *ret_end: nothing follows, *ret is not written. */
pl_rc pl_tar_next(pl_tar *t, pl_tar_entry *ret, bool *ret_end, pl_err *err) PL_MUST_USE;

/* Data of the entry that pl_tar_next gave last, at most n bytes; none at its end. They are the
 * reader's own and valid until its next call. */
pl_rc pl_tar_lend(pl_tar *t, size_t n, pl_str *ret, pl_err *err) PL_MUST_USE;

/* The same into the caller's memory. */
static inline pl_rc pl_tar_read(pl_tar *t, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    pl_str lent = {"", 0};
    pl_rc rc = pl_tar_lend(t, n, &lent, err);

    if (!rc && lent.n)
        memcpy(buf, lent.p, lent.n);
    *ret_n = lent.n;
    return rc;
}

/* The same as a stream. */
pl_in *pl_tar_data(pl_tar *t);

/* True for a 512-byte block whose checksum is that of a tar header, or that is all zeros. */
bool pl_tar_is_header(pl_str block);

PL_DEFINE_CLEANUP(pl_auto_tar_, pl_tar *, pl_tar_free, NULL)
#define PL_AUTO_TAR PL_CLEANUP(pl_auto_tar_)
